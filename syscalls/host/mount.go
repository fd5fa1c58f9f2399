//go:build linux && amd64

package host

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"syscall"
	"unsafe"
)

// The calls of the mount interface, which package syscall does not have.
const (
	sysOpenTree  = 428
	sysMoveMount = 429
	sysFsopen    = 430
	sysFsconfig  = 431
	sysFsmount   = 432

	fsCloexec          = 1
	fsconfigSetString  = 1
	fsconfigCreate     = 6
	moveMountEmptyPath = 4
	openTreeClone      = 1
	atRecursive        = 0x8000
	atEmptyPath        = 0x1000
)

// mountDetached mounts a file system nowhere: it is reached by the descriptor, and goes when the last user of it does.
func mountDetached(fs string, options map[string]string) (fd int, err error) {
	name, _ := syscall.BytePtrFromString(fs)
	ctx, _, e := syscall.Syscall(sysFsopen, uintptr(unsafe.Pointer(name)), fsCloexec, 0)
	if e != 0 {
		return -1, fmt.Errorf("fsopen %s: %w", fs, e)
	}
	defer syscall.Close(int(ctx))
	for k, v := range options {
		key, _ := syscall.BytePtrFromString(k)
		val, _ := syscall.BytePtrFromString(v)
		if _, _, e := syscall.Syscall6(sysFsconfig, ctx, fsconfigSetString, uintptr(unsafe.Pointer(key)),
			uintptr(unsafe.Pointer(val)), 0, 0); e != 0 {
			return -1, fmt.Errorf("fsconfig %s %s=%s: %w", fs, k, v, e)
		}
	}
	if _, _, e := syscall.Syscall6(sysFsconfig, ctx, fsconfigCreate, 0, 0, 0, 0); e != 0 {
		return -1, fmt.Errorf("fsconfig %s: %w", fs, e)
	}
	mnt, _, e := syscall.Syscall(sysFsmount, ctx, fsCloexec, 0)
	if e != 0 {
		return -1, fmt.Errorf("fsmount %s: %w", fs, e)
	}
	return int(mnt), nil
}

// mount is a mount at a descriptor, or a copy of what it has at a name, and where under the root it belongs.
type mount struct {
	fd   int
	name string // of a file; empty for the mount itself
	at   string
}

// attach puts the mount under the root.
func (m mount) attach(root int) error {
	if m.name == "" {
		return attach(m.fd, root, m.at)
	}
	file, err := copyTree(m.fd, m.name)
	if err != nil {
		return err
	}
	defer syscall.Close(file)
	return attach(file, root, m.at)
}

// stacksMounts reports whether a mount that no namespace holds can have others on it: since 6.15 (fs: allow mount
// detached trees onto each other). It is tried, since distributions bring such changes to older releases.
var stacksMounts = sync.OnceValue(func() bool {
	lower, err := mountDetached("tmpfs", nil)
	if err != nil {
		return false
	}
	defer syscall.Close(lower)
	upper, err := mountDetached("tmpfs", nil)
	if err != nil {
		return false
	}
	defer syscall.Close(upper)
	return syscall.Mkdirat(lower, "on", uint32(rootMode)) == nil && attach(upper, lower, "on") == nil
})

// join puts mounts under the root.
func (t *tree) join(list ...mount) error {
	err := attachAll(list, t.root)
	if !errors.Is(err, syscall.EINVAL) {
		return err
	}
	// Where mounts do not stack, only one that a namespace holds can have others on it.
	return t.joinInNamespace(list)
}

func attachAll(list []mount, root int) error {
	for _, m := range list {
		if err := m.attach(root); err != nil {
			return err
		}
	}
	return nil
}

// joinInNamespace puts mounts under the root in a mount namespace of its own, and takes copies of the root and of the
// image's mount that no namespace holds. The namespace goes with its only thread.
func (t *tree) joinInNamespace(list []mount) error {
	whole, memory := -1, -1
	err := onThreadOfItsOwn(func() (err error) {
		if err := syscall.Unshare(syscall.CLONE_NEWNS); err != nil {
			return err
		}
		// Else the namespace that this one is a copy of would get the mounts too.
		if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
			return err
		}
		if memory, err = takeIn(t.memory); err != nil {
			return err
		}
		if err := attach(t.root, atWorkingDirectory, "/"); err != nil {
			return err
		}
		if err := attachAll(list, t.root); err != nil {
			return err
		}
		whole, err = copyTree(t.root, "")
		return err
	})
	if err != nil {
		_ = syscall.Close(memory)
		return err
	}
	_, _ = syscall.Close(t.root), syscall.Close(t.memory)
	t.rootAt(whole)
	t.memory = memory
	return nil
}

// takeIn makes a mount one of this thread's namespace, so that its files can be copied, and gives a copy for the next
// namespace.
func takeIn(mnt int) (again int, err error) {
	if err := attach(mnt, atWorkingDirectory, "/"); err != nil {
		return -1, err
	}
	return copyTree(mnt, "")
}

// onThreadOfItsOwn calls fn on a thread that ends with it. The first thread of a process lives on, and /proc/self shows
// its namespace: where the scheduler gives that one, fn goes to another.
func onThreadOfItsOwn(fn func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // for ever: when this goroutine ends, its thread does
		if syscall.Gettid() == syscall.Getpid() {
			done <- onThreadOfItsOwn(fn)
			runtime.UnlockOSThread()
			return
		}
		done <- fn()
	}()
	return <-done
}

// copyTree copies what the mount at descriptor root has from name on, with all on it; no namespace holds the copy. An
// empty name is the whole.
func copyTree(root int, name string) (int, error) {
	from, _ := syscall.BytePtrFromString(name)
	fd, _, e := syscall.Syscall(sysOpenTree, uintptr(root), uintptr(unsafe.Pointer(from)),
		openTreeClone|atRecursive|atEmptyPath|syscall.O_CLOEXEC)
	if e != 0 {
		return -1, fmt.Errorf("open_tree: %w", e)
	}
	return int(fd), nil
}

// atWorkingDirectory means no descriptor: a path begins at the root or at the working directory.
const atWorkingDirectory = -100

// attach puts the mount at descriptor mnt on the directory name under root.
func attach(mnt, root int, name string) error {
	empty, _ := syscall.BytePtrFromString("")
	at, _ := syscall.BytePtrFromString(name)
	if _, _, e := syscall.Syscall6(sysMoveMount, uintptr(mnt), uintptr(unsafe.Pointer(empty)), uintptr(root),
		uintptr(unsafe.Pointer(at)), moveMountEmptyPath, 0); e != 0 {
		return e
	}
	return nil
}
