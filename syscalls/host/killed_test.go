//go:build linux && amd64

package host

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"vmsim/syscalls"
	"vmsim/syscalls/leash"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
)

// mostMoment is the latest moment of a busy run that it is killed at: by then it has done everything more than once.
const mostMoment = 80 * time.Millisecond

// kills is how often a run is killed: VMSIM_KILLS=200 makes it more.
func kills() int {
	if n, err := strconv.Atoi(os.Getenv("VMSIM_KILLS")); err == nil {
		return n
	}
	return 8
}

// busy makes all that outlives processes, and takes it away, again and again.
func busy(fs string) {
	for {
		m, err := New()
		if err != nil {
			fmt.Println(err)
			return
		}
		_ = m.KeepCounted()
		settings, files := []script.Setting{{Name: "fs", Value: fs}}, []script.FileSpec(nil)
		switch fs {
		case "swapfile":
			settings[0].Value, files = "ext4", []script.FileSpec{{Path: "/data/s", Size: 64 << 10, Swap: true}}
		case "memcg":
			settings = []script.Setting{{Name: "memcg", Value: "1M"}}
		case "hugetlb":
			settings = []script.Setting{{Name: poolSize, Value: "2"}, {Name: poolExcess, Value: "1"}}
		}
		if err := m.Setup(run.Config{Settings: settings, Files: files}); err != nil {
			fmt.Println(err)
			return
		}
		m.Watch(run.Trace | run.IO)
		if p, ok := m.Process(1); ok {
			_, _ = p.Call(syscalls.SysFork, syscalls.Args{})
			if files != nil {
				_ = p.Poke(script.ScratchAddr, []byte("/data/s\x00"))
				_, _ = p.Call(syscalls.SysSwapon, syscalls.Args{uint64(script.ScratchAddr)})
				time.Sleep(10 * mostMoment) // the kill comes meanwhile
			}
		}
		m.Close()
	}
}

// births starts one puppet after another, and does nothing else.
func births() {
	m, err := New()
	if err == nil {
		err = m.Setup(run.Config{})
	}
	for err == nil {
		m.thread.do(func() {
			var p *Process
			if p, err = m.spawn(); err == nil {
				p.p.kill()
			}
		})
	}
	fmt.Println(err)
}

func TestRunKilledAtAnyMomentLeavesNothingBehind(t *testing.T) {
	own := func(*testing.T) *exec.Cmd { return exec.Command(os.Args[0]) }
	for _, c := range []struct {
		name, role string
		program    func(*testing.T) *exec.Cmd
	}{{"tmpfs", "busy tmpfs", own}, {"ext4", "busy ext4", own},
		{"limit", "busy memcg", own}, {"huge pages", "busy hugetlb", own}, {"swap files", "busy swapfile", own},
		{"ordinary user", "busy tmpfs",
			asOrdinaryUser}, {"births", "births", own}} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "swap files" && os.Getenv("VMSIM_KILLS") == "" {
				t.Skip("a swap area is the whole machine's; VMSIM_KILLS=20 go test ./syscalls/host runs it")
			}
			program := c.program(t)
			for range kills() {
				cmd := *program
				killedSoon(t, c.role, &cmd)
			}
		})
	}
}

// killedSoon starts a busy run and kills it after a while, which ends early only where the run does.
func killedSoon(t *testing.T, role string, cmd *exec.Cmd) {
	t.Helper()
	cmd.Env = append(os.Environ(), childRole+"="+role)
	leash.Child(cmd)
	attr := syscall.SysProcAttr{Setsid: true} // by their session all are known that it starts
	if cmd.SysProcAttr != nil {
		attr.Credential = cmd.SysProcAttr.Credential
	}
	cmd.SysProcAttr = &attr
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd.Stdout = w
	err = cmd.Start()
	_ = w.Close()
	if err != nil {
		t.Fatal(err)
	}
	most := mostMoment
	if strings.HasSuffix(role, "swapfile") {
		most *= 10 // a swap file is laid and put into use after all else
	}
	moment := rand.N(most)
	_ = r.SetReadDeadline(time.Now().Add(moment))
	said, err := io.ReadAll(r)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if err == nil {
		t.Skipf("no puppets here: %s", said)
	}
	if !within(2*time.Second, func() bool { return len(remains(cmd.Process.Pid)) == 0 }) {
		t.Errorf("killed after %v, it leaves %v", moment, remains(cmd.Process.Pid))
	}
}

// remains are the processes, devices and directories of a run that has ended.
func remains(pid int) (left []string) {
	left = append(inSession(pid), loopsOf(pid)...)
	left = append(left, poolLeft()...)
	places := []string{plainParent}
	if group, err := memoryGroup(); err == nil {
		places = append(places, group)
	}
	if fs, err := mountDetached("tracefs", nil); err == nil {
		defer syscall.Close(fs)
		places = append(places, fmt.Sprintf("/proc/self/fd/%d/instances", fs))
	}
	for _, place := range places {
		dirs, _ := filepath.Glob(fmt.Sprintf("%s/%s%d-*", place, claimPrefix, pid))
		left = append(left, dirs...)
	}
	return left
}

// poolLeft is what the pool of huge pages has although no process has taken it.
func poolLeft() (left []string) {
	f, err := os.Open(excessKnob)
	if err != nil {
		return nil
	}
	defer f.Close()
	if have := pools(); have != "none" && syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
		left = append(left, "huge pages: "+have)
	}
	return left
}

// inSession are the processes of a session that have not ended.
func inSession(session int) (found []string) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, at := range stats {
		text, _ := os.ReadFile(at)
		head, rest, _ := strings.Cut(string(text), ") ")
		f := strings.Fields(rest)
		if len(f) > 3 && f[0] != "Z" && f[3] == strconv.Itoa(session) {
			found = append(found, "process "+head+") "+f[0])
		}
	}
	return found
}

// loopsOf are the loop devices whose image is that of a process.
func loopsOf(pid int) (found []string) {
	images, _ := filepath.Glob("/sys/block/loop*/loop/backing_file")
	for _, at := range images {
		if text, _ := os.ReadFile(at); strings.HasPrefix(string(text), fmt.Sprintf("/memfd:vmsim-disk-%d ", pid)) {
			found = append(found, at)
		}
	}
	return found
}
