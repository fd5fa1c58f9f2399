package leash

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// Guard starts a shell that runs a line on what, its $0, when this process has ended, however it ended: then the pipe
// between them closes. It comes first and what it clears away second, so that there is no moment without it: the line
// has to do where nothing is there yet. The file, where there is one, is the shell's descriptor 3. dismiss has the line
// run at once and waits for its end. Without a shell nothing is guarded, and dismiss does nothing: a caller clears up
// without a guard as well.
func Guard(line, what string, file *os.File) (dismiss func()) {
	if file != nil {
		defer file.Close()
	}
	cmd, w, err := guardian(line, what)
	if err != nil {
		return func() {}
	}
	if file != nil {
		cmd.ExtraFiles = []*os.File{file}
	}
	return begin(cmd, w)
}

// systemFolders has what the shell runs (rm, rmdir, sleep, swapoff), whatever PATH the process has.
const systemFolders = ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// guardian is the shell, not yet started. It waits in a process group of its own, deaf to what a terminal or a service
// manager sends to all: it is not to end before those it waits for.
func guardian(line, what string) (cmd *exec.Cmd, w *os.File, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	cmd = exec.Command("/bin/sh", "-c", "trap '' HUP INT TERM; read -r x; "+line, what)
	cmd.Dir, cmd.Stdin = "/", r
	cmd.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+systemFolders)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd, w, nil
}

func begin(cmd *exec.Cmd, w *os.File) (dismiss func()) {
	err := cmd.Start()
	_ = cmd.Stdin.(*os.File).Close()
	if err != nil {
		_ = w.Close()
		return func() {}
	}
	return func() {
		_ = w.Close()
		_ = cmd.Wait()
	}
}

// Foreign has a program that knows nothing of this package end with this process, and with it all that it starts: they
// are in the process group of a shell that kills its own. done is called after the program has ended.
func Foreign(cmd *exec.Cmd) (done func()) {
	shell, w, err := guardian("kill -9 0", "foreign")
	if err != nil {
		return func() {}
	}
	done = begin(shell, w)
	if shell.Process != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: shell.Process.Pid}
	}
	return done
}

// Until is a line for Guard that runs a command until $0 has exited, or five seconds have passed: processes that still
// end may use it.
func Until(command string) string {
	return `n=0; while ` + command + ` 2>/dev/null; test -e "$0" && test $n -lt 50; do n=$((n+1)); sleep 0.1; done`
}

// Removal is a line for Guard that removes a directory with what is in it, as RemoveAll does.
var Removal = Until(`rm -rf -- "$0" 2>/dev/null || { chmod -R u+rwx -- "$0"; rm -rf -- "$0"; }`)

// Dir makes a directory with a name that begins with path, which goes with this process; remove takes it away at once.
func Dir(path string, mode os.FileMode) (dir string, remove func(), err error) {
	if path, err = filepath.Abs(path); err != nil {
		return "", nil, err
	}
	dir = fmt.Sprintf("%s%d-%016x", path, os.Getpid(), rand.Uint64())
	dismiss := Guard(Removal, dir, nil)
	err = os.Mkdir(dir, mode)
	if err == nil {
		err = os.Chmod(dir, mode) // whatever mask this process has
	}
	if err != nil {
		dismiss()
		return "", nil, err
	}
	return dir, func() {
		_ = RemoveAll(dir)
		dismiss()
	}, nil
}

// tempDirs take temporary files where the usual directory does not.
var tempDirs = []string{"/dev/shm", "/var/tmp"}

// ownTemp makes the directory for temporary files one that goes with this process. Where it can be made nowhere, that
// stays as it is.
func ownTemp() (remove func()) {
	const everybodys = 0o777 | os.ModeSticky // a test may run a program as another user
	for _, parent := range append([]string{os.TempDir()}, tempDirs...) {
		dir, remove, err := Dir(filepath.Join(parent, "vmsim-test-"), everybodys)
		if err == nil {
			_ = os.Setenv("TMPDIR", dir)
			return remove
		}
	}
	return func() {}
}
