//go:build linux && amd64

package host

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"vmsim/syscalls/leash"
)

// claim is a directory that outlives processes: of /dev/shm, of control groups, of the tracing system. A guardian
// removes it when this process was killed; where that was killed too, the next run does, which sees by the lock that no
// process holds it any more. Its name alone does not tell: the process of that number may live in another PID
// namespace.
type claim struct {
	lock    *os.File
	dismiss func()
}

const claimPrefix = "vmsim-"

// claimName is a name that no other run has.
func claimName() string { return fmt.Sprintf("%s%d-%08x", claimPrefix, os.Getpid(), rand.Uint32()) }

// newClaim makes the directory name below parent. line removes it, for the guardian: its $0 is the path, or the name
// where it has a file to find it by.
func newClaim(parent, name, line string, file *os.File, mode os.FileMode) (c claim, err error) {
	what := filepath.Join(parent, name)
	if file != nil {
		what = name
	}
	c.dismiss = leash.Guard(line, what, file)
	dir := filepath.Join(parent, name)
	if err = os.Mkdir(dir, mode); err == nil {
		if c.lock, err = os.Open(dir); err == nil {
			err = syscall.Flock(int(c.lock.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
		}
	}
	if err != nil {
		c.release()
		return claim{}, fmt.Errorf("%s: %w", dir, err)
	}
	return c, nil
}

// release ends the claim; the guardian removes what its owner has not.
func (c *claim) release() {
	if c.lock != nil {
		_ = c.lock.Close()
	}
	if c.dismiss != nil {
		c.dismiss()
	}
	*c = claim{}
}

// sweep removes the directories below parent whose process and guardian were both killed.
func sweep(parent string, remove func(dir string) error) {
	left, _ := filepath.Glob(filepath.Join(parent, claimPrefix+"*-*"))
	for _, dir := range left {
		pid, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), claimPrefix), "-")
		if _, err := os.Stat("/proc/" + pid); err == nil || claimed(dir) {
			continue
		}
		_ = remove(dir)
	}
}

// claimed reports whether a process holds the directory's lock, or whether that cannot be known.
func claimed(dir string) bool {
	f, err := os.Open(dir)
	if err != nil {
		return true
	}
	defer f.Close()
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil
}
