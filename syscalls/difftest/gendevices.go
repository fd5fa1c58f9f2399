package difftest

import (
	"slices"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
)

var deviceNames = []string{"null", "zero", "full"}

// openDevice opens one of the devices that give zeros, or nothing.
func openDevice(g *Generator) script.Action {
	if len(g.fds) >= maxFDs+4 {
		return closeSome(g)
	}
	if l, ok := g.other.(run.PathLacker); ok && l.Lacks("/dev/zero") {
		return nil
	}
	name := pick(g.dice, []string{"/dev/null", "/dev/zero", "/dev/zero", "/dev/full"})
	flags := pick(g.dice, []uint64{0, 1, 2, 2, 2, 0o2002, 0o1002, 0o102, 0o40002, 0o200000})
	return callWith("openat", num(signed(-100)), script.Str{Val: name}, num(flags), num(0o644))
}

// useDevice is a call on a device, where one is open.
func useDevice(g *Generator) script.Action {
	fd, ok := g.device()
	if !ok {
		return openDevice(g)
	}
	n := pick(g.dice, pipeCounts)
	at, ok := g.memory(n)
	if !ok {
		return nil
	}
	switch g.dice.below(7) {
	case 0, 1:
		return callWith("read", num(fd), num(at), num(n))
	case 2, 3:
		return callWith("write", num(fd), num(at), num(n))
	case 4:
		return callWith("pread64", num(fd), num(at), num(n), num(g.offset()))
	case 5:
		return call("lseek", fd, g.offset(), pick(g.dice, []uint64{0, 1, 2, 3, 9}))
	}
	return callWith("fstat", num(fd), script.Scratch{})
}

// device is the descriptor of a device, where one is open.
func (g *Generator) device() (fd uint64, ok bool) {
	for _, have := range g.fds {
		if slices.Contains(deviceNames, g.files[have]) {
			fd, ok = uint64(have), true
		}
	}
	return fd, ok
}

// mapDevice maps a device: /dev/zero is one that can be.
func mapDevice(g *Generator) script.Action {
	fd, ok := g.device()
	if !ok {
		return nil
	}
	addr, how := g.place()
	kind := pick(g.dice, []uint64{mapShared, mapPrivate, mapPrivate})
	return call("mmap", addr, g.newLength(), draw(g.dice, prots), kind|how|g.extras(), fd, pick(g.dice, mapOffsets))
}
