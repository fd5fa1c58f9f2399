//go:build linux && amd64

package host

import (
	"os"
	"os/exec"
	"syscall"
)

// startGuardian starts a process that runs a line of shell on what when this one has ended, however it ended: then the pipe
// between them closes. The file, where there is one, is its descriptor 3. dismiss does the same at once. Without a shell the next
// run sweeps instead.
func startGuardian(line, what string, file *os.File) (dismiss func()) {
	r, w, err := os.Pipe()
	if err != nil {
		return func() {}
	}
	defer r.Close()
	cmd := exec.Command("/bin/sh", "-c", "read -r x; "+line, what)
	cmd.Stdin = r
	if file != nil {
		defer file.Close()
		cmd.ExtraFiles = []*os.File{file}
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt of the keyboard is not for it
	if cmd.Start() != nil {
		_ = w.Close()
		return func() {}
	}
	return func() {
		_ = w.Close()
		_ = cmd.Wait()
	}
}
