//go:build linux && amd64

package host

import (
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"syscall"

	"vmsim/syscalls"
	"vmsim/syscalls/leash"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// tree is the root directory that puppets live in: /stub is their image, and files lie on the file system that a
// program asks for, but for those in /dev/shm.
type tree struct {
	layout
	root   int    // descriptor of the root directory
	memory int    // descriptor of a tmpfs that has nothing but the image; -1 where the root has it
	dir    string // the path of the root directory for this process
	top    string // the directory that holds the tree where it is a plain one; empty otherwise
	bare   bool   // it has no devices, whose files only root can make
	shared bool   // puppets cannot have a root of their own: the tree is the directory that they work in
	owner  int    // the user whose tree it is: who programs run as
	drops  uint64 // how often caches had been dropped when it was made: see worn
	loop   *loop
	stamps *stamps // beside loop
	claim  claim   // of top
}

// layout is what a program asks of the file system.
type layout struct {
	fs      string // tmpfs or ext4
	tmpfs   uint64 // bytes that a tmpfs may hold
	sized   bool   // the program says how many
	counted bool   // a scribe writes its files, and runs the image that was there before its own copy
}

const imageName = "/stub"

// newTree makes a tree. Without root's rights it is a directory of /dev/shm.
func newTree(l layout) (*tree, error) {
	if l.fs != "tmpfs" && !profile.OnDisk(release()) && os.Getenv(AnyKernel) == "" {
		return nil, fmt.Errorf("fs=%s of Linux %v was not compared with the model (%s=1 tries it all the same)",
			l.fs, release(), AnyKernel)
	}
	t := &tree{layout: l, root: -1, memory: -1, owner: os.Geteuid(), drops: cacheDrops()}
	err := t.mount()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSYS) {
		if l.fs != "tmpfs" {
			return nil, fmt.Errorf("fs=%s needs the right to mount (root): %w", l.fs, err)
		}
		if l.sized {
			return nil, fmt.Errorf("tmpfs_size= needs the right to mount (root): %w", err)
		}
		err = t.plain()
	}
	if err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

// mount makes the tree of file systems that are mounted nowhere.
func (t *tree) mount() error {
	apart := t.fs != "tmpfs" || t.sized && (!t.counted || stacksMounts())
	size := t.tmpfs
	if !apart {
		size += t.images() * imagePages * vm.PageSize
	}
	memory, err := mountDetached("tmpfs", map[string]string{"mode": "0755", "size": fmt.Sprint(size)})
	if err != nil {
		return err
	}
	t.rootAt(memory)
	if !apart {
		return t.populate()
	}
	if t.memory, err = mountDetached("tmpfs", map[string]string{"mode": "0755"}); err != nil {
		return err
	}
	if t.fs == "tmpfs" {
		return errors.Join(t.putImage(), t.makeDirectories())
	}
	t.root = -1
	defer syscall.Close(memory)
	return t.mountDisk(memory)
}

// worn reports whether caches have been dropped since the tree was made. A file in memory keeps what that has done to
// it: where no process had the image mapped, its page has the mark of one to be reclaimed, and fault-around leaves it
// out from then on.
// Linux: deactivate_file_folio (mm/swap.c), next_uptodate_folio (mm/filemap.c).
func (t *tree) worn() bool { return t.drops != cacheDrops() }

// images is how many images lie in the tree's memory, beside what programs have there. One that has no name any more
// takes up room as long as a process runs it.
func (t *tree) images() uint64 {
	if t.counted {
		return 2
	}
	return 1
}

// mountDisk makes an ext4 the root. /dev/shm is memory, a tmpfs.
func (t *tree) mountDisk(memory int) (err error) {
	if t.loop, err = newLoop(); err != nil {
		return err
	}
	if t.stamps, err = newStamps(); err != nil {
		return err
	}
	// no journal by the clock
	root, err := mountDetached(t.fs, map[string]string{"source": t.loop.path, "commit": "300"})
	if err != nil {
		return err
	}
	t.rootAt(root)
	if err := t.makeDirectories(); err != nil {
		return err
	}
	if err := t.putImage(mount{fd: memory, at: shmDir[1:]}); err != nil {
		return fmt.Errorf("mounting a tmpfs under ext4: %w", err)
	}
	return os.Chmod(t.path(shmDir), worldMode)
}

// rootAt takes the directory at descriptor fd for the root.
func (t *tree) rootAt(fd int) { t.root, t.dir = fd, fmt.Sprintf("/proc/self/fd/%d", fd) }

// populate makes what every tree has.
func (t *tree) populate() error {
	if err := t.putImage(); err != nil {
		return err
	}
	return t.makeDirectories()
}

// makeDirectories makes those of every tree, with the devices in them.
func (t *tree) makeDirectories() error {
	for _, d := range directories {
		if err := makeDir(t.path(d.path), d.mode); err != nil {
			return err
		}
	}
	return t.makeDevices()
}

// The modes of the root and of the directories that programs have their files in, and of those files.
const (
	rootMode   os.FileMode = 0o755
	openMode   os.FileMode = 0o777
	worldMode              = openMode | os.ModeSticky
	fileMode               = 0o644
	deviceMode             = 0o666
)

const shmDir = "/dev/shm"

type directory struct {
	path string
	mode os.FileMode
}

// directories are there before a program makes any.
var directories = []directory{{"/data", openMode}, {"/tmp", worldMode}, {"/dev", rootMode}, {shmDir, worldMode}}

// memoryMajor is the number of the driver of the devices.
// Linux: MEM_MAJOR (include/uapi/linux/major.h).
const memoryMajor = 1

// makeDevices makes those that are not there. An ordinary user cannot.
func (t *tree) makeDevices() error {
	for _, d := range syscalls.MemoryDevices() {
		err := syscall.Mknod(t.path(d.Path), syscall.S_IFCHR, memoryMajor<<8|d.Minor)
		if errors.Is(err, syscall.EPERM) {
			t.bare = true
			return nil
		}
		if err == nil {
			err = os.Chmod(t.path(d.Path), deviceMode)
		}
		if err != nil && !errors.Is(err, syscall.EEXIST) {
			return err
		}
	}
	return nil
}

// makeDir makes a directory of just that mode, whatever mask this process has.
func makeDir(path string, mode os.FileMode) error {
	if err := os.Mkdir(path, mode); err != nil {
		return err
	}
	return os.Chmod(path, mode)
}

// makeDirs makes a directory of the tree and those above it.
func (t *tree) makeDirs(dir string) error {
	if _, err := os.Stat(t.path(dir)); err == nil || dir == "/" {
		return err
	}
	if err := t.makeDirs(path.Dir(dir)); err != nil {
		return err
	}
	if err := makeDir(t.path(dir), openMode); err != nil {
		return err
	}
	return os.Chown(t.path(dir), t.owner, -1)
}

// give makes the tree another user's.
func (t *tree) give(owner int) error {
	if t.owner == owner {
		return nil
	}
	if t.top != "" {
		return fmt.Errorf(".machine user=: user %d lets no programs run as user %d here: that needs the right to mount",
			t.owner, owner)
	}
	for _, p := range []string{"/", "/data", imageName} {
		if err := os.Chown(t.path(p), owner, owner); err != nil {
			return err
		}
	}
	t.owner = owner
	return nil
}

// putImage writes the puppet's executable, and mounts it where it has a mount of its own, after others. Meanwhile no
// other part of this process may fork: the child would have the descriptor until its own execve, and a file that is
// open for writing cannot be executed.
func (t *tree) putImage(others ...mount) error {
	at := t.path(imageName)
	if t.memory >= 0 {
		at = t.inMemory(imageName)
	}
	if err := writeImage(at); err != nil || t.memory < 0 {
		return err
	}
	return t.mountImage(others...)
}

func writeImage(at string) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(at, image(), rootMode); err != nil {
		return err
	}
	return os.Chmod(at, rootMode)
}

// mountImage mounts the image in the place of its name, and takes the mount of the last one away.
func (t *tree) mountImage(others ...mount) error {
	const empty = imageName + ".new"
	if err := os.WriteFile(t.path(empty), nil, rootMode); err != nil {
		return err
	}
	if err := os.Rename(t.path(empty), t.path(imageName)); err != nil { // a mount goes with the name that it is on
		return err
	}
	return t.join(append(others, mount{t.memory, imageName[1:], imageName[1:]})...)
}

// inMemory is where this process finds what the image's own file system has.
func (t *tree) inMemory(p string) string { return fmt.Sprintf("/proc/self/fd/%d%s", t.memory, p) }

// path is where this process finds the tree's path p.
func (t *tree) path(p string) string { return t.dir + path.Clean("/"+p) }

// clear takes away what programs have left.
func (t *tree) clear() error {
	for _, dir := range []string{"/", "/data", "/tmp", "/dev", shmDir} {
		if is, err := t.isDir(dir); err != nil {
			return err
		} else if !is {
			continue
		}
		names, err := os.ReadDir(t.path(dir) + "/")
		if err != nil {
			return err
		}
		for _, n := range names {
			if p := path.Join(dir, n.Name()); !t.keeps(p) {
				if err := leash.RemoveAll(t.path(p)); err != nil {
					return err
				}
			}
		}
	}
	return t.restore()
}

// replaceImage puts the image back where a program has taken its name away.
func (t *tree) replaceImage() error {
	if t.memory >= 0 {
		return t.mountImage()
	}
	return t.putImage()
}

// isDir reports whether a program has left a directory where it was. What it has put in its place is taken away: a
// symbolic link would lead out of the tree.
func (t *tree) isDir(dir string) (bool, error) {
	if dir == "/" {
		return true, nil
	}
	info, err := os.Lstat(t.path(dir))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case info.IsDir():
		return true, os.Chmod(t.path(dir), openMode) // another may have its name, of whatever mode
	}
	return false, os.Remove(t.path(dir))
}

// inside refuses a path that leads through a symbolic link: for this process such a link may lead out of the tree.
func (t *tree) inside(p string) error {
	for at := path.Dir(path.Clean("/" + p)); at != "/"; at = path.Dir(at) {
		if info, err := os.Lstat(t.path(at)); err == nil && info.Mode()&os.ModeSymlink != 0 {
			return fmt.Errorf("%s is a symbolic link, and no directory", at)
		}
	}
	return nil
}

// restore makes anew what a program has taken away of the tree itself, and gives the directories their modes back.
func (t *tree) restore() error {
	if _, err := os.Lstat(t.path(imageName)); errors.Is(err, os.ErrNotExist) {
		if err := t.replaceImage(); err != nil {
			return err
		}
	}
	if err := os.Chmod(t.path("/"), rootMode); err != nil {
		return err
	}
	for _, d := range directories {
		err := os.Mkdir(t.path(d.path), d.mode)
		if err == nil && d.path == "/data" && t.owner != os.Geteuid() {
			err = os.Chown(t.path(d.path), t.owner, t.owner)
		}
		if err == nil || errors.Is(err, os.ErrExist) {
			err = os.Chmod(t.path(d.path), d.mode)
		}
		if err != nil {
			return err
		}
	}
	return t.makeDevices()
}

// keeps reports whether a path is of the tree itself.
func (t *tree) keeps(p string) bool {
	return syscalls.IsMemoryDevice(p) || p == imageName || p == "/lost+found" ||
		slices.ContainsFunc(directories, func(d directory) bool { return d.path == p })
}

func (t *tree) close() {
	if t.root >= 0 {
		_ = syscall.Close(t.root)
	}
	if t.memory >= 0 {
		_ = syscall.Close(t.memory)
	}
	if t.loop != nil {
		t.loop.close()
	}
	if t.stamps != nil {
		t.stamps.close()
	}
	if t.top != "" {
		_ = leash.RemoveAll(t.top)
	}
	t.claim.release()
}
