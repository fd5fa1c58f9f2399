package difftest

import (
	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/vm"
)

func openProcess(g *Generator) script.Action {
	if len(g.kin.pidfds) > 4 {
		return nil
	}
	const thread, nonblock = 0o200, 0o4000
	return call("pidfd_open", g.someone(), pick(g.dice, []uint64{0, 0, 0, 0, thread, nonblock, 1}))
}

// usePidfd does with a pidfd what is for files.
func usePidfd(g *Generator) script.Action {
	if len(g.kin.pidfds) == 0 {
		return nil
	}
	fd := pick(g.dice, g.kin.pidfds)
	if g.dice.percent(40) {
		return pidfdNumbers(g, fd)
	}
	return pidfdBytes(g, fd)
}

// pidfdBytes moves bytes, an offset or pages that a pidfd does not have.
func pidfdBytes(g *Generator, fd uint64) script.Action {
	n := pick(g.dice, []uint64{0, 1, 100, vm.PageSize})
	off := pick(g.dice, []uint64{0, 0, 5, vm.PageSize, signed(-1)})
	to := fd
	if g.dice.percent(50) {
		to = uint64(g.dice.below(8))
	}
	buffer := structure("iov_base", "iov_len", uint64(g.page()), n)
	one := script.Composite{Open: '[', Items: []script.Field{{X: buffer}}}
	switch pick(g.dice, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 11, 12, 13}) {
	case 0:
		return callWith(pick(g.dice, []string{"read", "write"}), num(fd), script.Scratch{}, num(n))
	case 1:
		return callWith(pick(g.dice, []string{"pread64", "pwrite64"}), num(fd), script.Scratch{}, num(n), num(off))
	case 2:
		return callWith(pick(g.dice, []string{"readv", "writev"}), num(fd), one, num(uint64(g.dice.below(2))))
	case 3:
		return callWith(pick(g.dice, []string{"preadv", "pwritev"}), num(fd), one, num(1), num(off), num(0))
	case 4:
		return call("lseek", fd, off, uint64(g.dice.below(6)))
	case 5:
		return call("ftruncate", fd, off)
	case 6:
		return call("fallocate", fd, pick(g.dice, []uint64{0, 1, 2, 3, 0x10}), off, n)
	case 7:
		return call(pick(g.dice, []string{"fsync", "fdatasync", "syncfs"}), fd)
	case 8:
		return call("sync_file_range", fd, off, n, uint64(g.dice.below(9)))
	case 9:
		return call("fadvise64", fd, off, n, uint64(g.dice.below(7)))
	case 10:
		page := pick(g.dice, []uint64{0, 0, 1, signed(-1) &^ vm.PageMask})
		return call("mmap", 0, pick(g.dice, []uint64{0, 1, vm.PageSize}), draw(g.dice, prots),
			pick(g.dice, []uint64{mapShared, mapPrivate, mapPrivate, mapShared | mapPrivate}), fd, page)
	case 11:
		return callWith("sendfile", num(fd), num(to), num(0), num(n))
	case 12:
		return callWith("copy_file_range", num(fd), num(0), num(to), num(0), num(n), num(0))
	}
	return call("readahead", fd, off, n)
}

// pidfdNumbers asks what a descriptor is, or makes another of it.
func pidfdNumbers(g *Generator, fd uint64) script.Action {
	const get, set, noWait, exited, ofPidfd = 3, 4, 1, 4, 3
	switch g.dice.below(7) {
	case 0:
		return callWith("fstat", num(fd), script.Scratch{})
	case 1:
		return call("fcntl", fd, get)
	case 2:
		return call("fcntl", fd, set, pick(g.dice, []uint64{0, uint64(syscalls.OpenNonblock),
			uint64(syscalls.OpenAppend), uint64(syscalls.OpenDirect)}))
	case 3:
		return call("dup", fd)
	case 4:
		return call("fchmod", fd, 0o600)
	case 5:
		return callWith("waitid", num(ofPidfd), num(fd), script.Scratch{}, num(noWait|exited), num(0))
	}
	return call("close", fd)
}
