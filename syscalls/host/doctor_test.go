//go:build linux && amd64

package host

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// TestPtraceIsNotBlamedWhereALoopDeviceIsMissing tries ext4 in a mount namespace whose /dev/loop-control is /dev/null.
func TestPtraceIsNotBlamedWhereALoopDeviceIsMissing(t *testing.T) {
	const inside = "VMSIM_TEST_NO_LOOP_DEVICE"
	if os.Getenv(inside) == "" {
		if err := tryPuppet("ext4"); err != nil {
			t.Skipf("no ext4 here: %v", err)
		}
		self := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		self.Env = append(os.Environ(), inside+"=1")
		self.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
		if out, err := self.CombinedOutput(); err != nil {
			t.Errorf("in a namespace without a loop device: %v\n%s", err, out)
		}
		return
	}
	if err := syscall.Mount("/dev/null", "/dev/loop-control", "", syscall.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	err := tryPuppet("ext4")
	if err == nil || !strings.Contains(err.Error(), "loop device") || strings.Contains(err.Error(), "ptrace") {
		t.Errorf("ext4 without a loop device: %v", err)
	}
}
