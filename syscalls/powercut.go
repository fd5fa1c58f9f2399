package syscalls

import (
	"syscall"

	"vmsim/disk"
	"vmsim/pagecache"
	"vmsim/vm"
)

// PowerCut cuts the power and restarts the machine: there are no processes, memory is empty, and the disk has the
// metadata of the last commit. Of the blocks in the disk's write cache, those for which survives is true reach the
// disk; a nil survives means none.
// Linux: none; what ext4 finds when it is mounted again.
func (k *Kernel) PowerCut(survives func(disk.Block) bool) {
	if survives == nil {
		survives = func(disk.Block) bool { return false }
	}
	var found *disk.FileSystem
	if k.Disk != nil {
		found = k.Disk.Crash(survives)
	}
	k.forgetAll()
	if k.Disk = found; found == nil {
		return
	}
	found.EachOther(func(path, target string) {
		if target == "" {
			k.files.name(path, k.Cache.NewHashedDirectory(path, found)).BeDirectory()
		} else {
			k.files.name(path, k.Cache.NewLink(path, target, found))
		}
	})
	opened := map[*disk.Inode]*pagecache.Mapping{}
	found.Each(func(path string, n *disk.Inode) {
		if m := opened[n]; m != nil { // a further name
			m.Linked(1)
			k.files.put(path, m)
			return
		}
		opened[n] = k.openOnDisk(path, n)
		k.files.put(path, opened[n])
	})
}

// forgetAll drops all of memory.
func (k *Kernel) forgetAll() {
	for _, p := range k.procs[1:] {
		p.Exit()
	}
	k.procs, k.current, k.segments = make([]*Process, 1), nil, segments{}
	k.files.empty()
	k.Commit.Committed = 0
	k.addSwap()
	k.handler.Swap, k.Proc.Swap = k.swap, k.swap
}

// LoseDisk takes the disk away: whatever is asked of it fails with EIO. A power cut brings it back.
// Linux: none; a device that is unplugged.
func (k *Kernel) LoseDisk() error {
	if k.Disk == nil {
		return syscall.ENODEV
	}
	k.Disk.Device.Lost = true
	return nil
}

// AllPages means every page of a file.
const AllPages = pagecache.LastPage

// FailDisk makes every further transfer of a page of a file, or of all its pages, fail with err, as on a failing disk.
// The error is ENOENT where no file has the path, EINVAL where it is on no disk.
// Linux: none; fault injection (Documentation/fault-injection).
func (k *Kernel) FailDisk(path string, op disk.Op, page vm.PageIndex, err syscall.Errno) error {
	m := k.files.find(path)
	switch {
	case m == nil:
		return syscall.ENOENT
	case m.Inode() == nil:
		return syscall.EINVAL
	}
	m.Fail(op, page, err)
	return nil
}
