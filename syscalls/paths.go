package syscalls

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"syscall"

	"vmsim/pagecache"
)

// names is the tree of names: it maps paths to files and directories.
// Linux: the dentry cache (fs/dcache.c).
type names struct {
	kernel *Kernel
	root   *pagecache.Name
	files  []*pagecache.Name // of regular files, in the order of their births
	fixed  []*pagecache.Name // directories that are there before any program
}

func newNames(k *Kernel) names {
	n := names{kernel: k, root: pagecache.NewRoot()}
	n.fixed = []*pagecache.Name{n.root}
	for _, dir := range []string{"/data", deviceDir, shmDir, "/tmp"} {
		n.makeDir(dir)
	}
	return n
}

// at is the name that a whole path leads to, without symbolic links; nil for none.
func (n *names) at(path string) *pagecache.Name {
	x := n.root
	for w := range strings.SplitSeq(path, "/") {
		switch {
		case w == "":
		case x == nil:
			return nil
		default:
			x = x.Find(w)
		}
	}
	return x
}

func (n *names) find(path string) *pagecache.Mapping {
	x := n.at(path)
	if x == nil || x.IsDir() {
		return nil
	}
	return x.File
}

// FileAt is the file that path leads to, nil for none.
func (k *Kernel) FileAt(path string) *pagecache.Mapping { return k.files.find(path) }

// FileOf is the file that descriptor fd of the process leads to, nil for none.
func (p *Process) FileOf(fd int) *pagecache.Mapping {
	if fd < 0 || fd >= len(p.fds.slots) || p.fds.slots[fd] == nil {
		return nil
	}
	return p.fds.slots[fd].file.Mapping
}

// create makes an empty file on the file system that the path leads to.
func (n *names) create(path string) *pagecache.Name {
	m := n.kernel.newFile(path)
	if inode := m.Inode(); inode != nil {
		n.kernel.Disk.Link(path, inode)
	}
	return n.put(path, m)
}

// put adds a path, which must not exist, for a new file.
func (n *names) put(path string, m *pagecache.Mapping) *pagecache.Name {
	m.Perm = 0o644
	x := n.name(path, m)
	n.files = append(n.files, x)
	return x
}

// name makes a path lead to something. Directories that are missing on the way are made.
func (n *names) name(p string, m *pagecache.Mapping) *pagecache.Name {
	x := n.makeDir(parent(p)).NewName(path.Base(p), m)
	x.Add()
	return x
}

// Name gives a file of the page cache a path.
func (k *Kernel) Name(path string, m *pagecache.Mapping) { k.files.put(path, m) }

// putDevice makes a path lead to a device, which no list of files has.
func (n *names) putDevice(path string, m *pagecache.Mapping) {
	m.Perm = 0o660
	n.name(path, m)
}

// putDevices makes the devices that every program may use.
func (n *names) putDevices() {
	for _, d := range MemoryDevices() {
		file := d.open(n.kernel.Cache)
		n.putDevice(d.Path, file)
		file.Perm = 0o666
	}
}

// remove removes a name; the file is freed with its last name and its last reference.
// Linux: vfs_unlink (fs/namei.c).
func (n *names) remove(x *pagecache.Name) {
	if n.onDisk(x) {
		n.kernel.Disk.Unlink(x.Path())
	}
	x.Drop()
	n.forget(x)
}

// forget takes note that a name is dropped.
func (n *names) forget(x *pagecache.Name) {
	if i := slices.Index(n.files, x); i >= 0 { // only regular files are listed
		n.files = slices.Delete(n.files, i, i+1)
	}
	if x.File != nil {
		x.File.Linked(-1)
	}
}

// onDisk reports whether the disk knows of a name.
func (n *names) onDisk(x *pagecache.Name) bool {
	return n.kernel.Disk != nil && n.fileSystem(x) != n.shm() && !x.Within(n.devices())
}

func (n *names) devices() *pagecache.Name { return n.root.Find(path.Base(deviceDir)) }

// shm is where another file system than the root's is mounted: where the root is a disk.
func (n *names) shm() *pagecache.Name {
	if dev := n.devices(); dev != nil && n.kernel.Disk != nil {
		return dev.Find(path.Base(shmDir))
	}
	return nil
}

// fileSystem is the root of the file system that a name is on.
// Linux: struct vfsmount (include/linux/mount.h).
func (n *names) fileSystem(x *pagecache.Name) *pagecache.Name {
	if shm := n.shm(); shm != nil && x.Within(shm) {
		return shm
	}
	return n.root
}

// HasPath reports whether anything has that path.
func (k *Kernel) HasPath(path string) bool { return k.files.at(path) != nil }

// MakeDir makes a directory and those above it. The error is ENOTDIR where a file is in the way.
func (k *Kernel) MakeDir(path string) error {
	if err := k.files.noFileAt(path); err != nil {
		return err
	}
	k.files.makeDir(path)
	return nil
}

// noFileAt is ENOTDIR where a path, or what it leads through, is no directory.
func (n *names) noFileAt(dir string) error {
	x := n.root
	for w := range strings.SplitSeq(strings.Trim(dir, "/"), "/") {
		if x = x.Find(w); x == nil {
			return nil
		}
		if !x.IsDir() {
			return fmt.Errorf("%s is not a directory: %w", x.Path(), syscall.ENOTDIR)
		}
	}
	return nil
}

// makeDir makes a directory and those above it, before any program does. No file may be in the way.
func (n *names) makeDir(dir string) *pagecache.Name {
	x := n.root
	for w := range strings.SplitSeq(strings.Trim(dir, "/"), "/") {
		next := x.Find(w)
		if w == "" {
			break
		}
		if next == nil {
			next = x.NewName(w, nil)
			next.BeDirectory()
			next.Add()
			n.fixed = append(n.fixed, next)
		}
		x = next
	}
	return x
}

func parent(p string) string { return path.Dir(path.Clean("/" + p)) }

// opened makes sure that a directory is a file too.
func (n *names) opened(x *pagecache.Name) *pagecache.Name {
	if x == nil || x.File != nil {
		return x
	}
	path := x.Path()
	x.File = n.kernel.newDirectory(path)
	switch path {
	case "/", deviceDir:
		x.File.Perm = 0o755
	case "/tmp", shmDir:
		x.File.Perm, x.File.RootOwned = 0o1777, true
	default:
		x.File.Perm = 0o777 // where programs put their files
	}
	return x
}

// relabelled gives what is at a name, and below it, the label of its path.
func (n *names) relabelled(x *pagecache.Name) {
	x.Each(func(y *pagecache.Name) {
		if y.File != nil {
			y.File.Label = y.Path()
		}
	})
}

// empty removes every name that programs have made, and all files.
func (n *names) empty() {
	var drop []*pagecache.Name
	n.root.Each(func(x *pagecache.Name) {
		if !slices.Contains(n.fixed, x) && (x.File == nil || x.File.Type() != pagecache.CharDevice) {
			drop = append(drop, x)
		}
	})
	for _, x := range slices.Backward(drop) {
		n.remove(x)
	}
	for _, x := range n.fixed {
		n.restore(x)
	}
}

// restore makes a directory that was there before any program lead where it did.
func (n *names) restore(x *pagecache.Name) {
	if x.Unlinked() {
		x.Add()
	}
}
