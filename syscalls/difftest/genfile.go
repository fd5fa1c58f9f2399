package difftest

import (
	"fmt"

	"vmsim/syscalls/script"
	"vmsim/vm"
)

// The sizes, offsets and counts of file programs: around page boundaries, around the end, far beyond it.
var (
	fileSizes   = []int64{0, 5000, 5000, 32768, 32768, 163840, 409650}
	smallSizes  = []int64{0, 5000, 20480} // of files of a tmpfs that is soon full
	mapOffsets  = []uint64{0, 0, 0, 0, 0x1000, 0x2000, 0x5000, 0x9000}
	readCounts  = []uint64{1, 10, 64, 4096, 5000, 12288}
	readOffsets = []uint64{0, 1, 4000, 4096, 8192, 36869, 159744}
	truncSizes  = []uint64{0, 1, 4096, 5000, 12288, 40960, 163847}
)

// How the files are opened.
const (
	openReadOnly  = uint64(0)
	openReadWrite = uint64(2)
)

// Head is what comes before the first random statement: the machine, the files and their descriptors. The directives
// that set the machine up come first; the opens run like any other statement.
func (g *Generator) Head() []script.Op {
	switch g.Kind {
	case UnderPressure:
		return g.pressureHead()
	case Hugetlb:
		return g.hugeHead()
	case Swapping:
		return g.swapHead()
	}
	if !g.Kind.files() {
		return nil
	}
	ops := []script.Op{g.machine()}
	if g.Kind.executes() {
		ops = append(ops, g.execHead()...)
	}
	return append(ops, g.openFiles()...)
}

// openFiles makes two files and opens them.
func (g *Generator) openFiles() (ops []script.Op) {
	for i, name := range []string{"/data/a", "/data/b"} {
		file, flags := g.fileLine(name), openReadWrite
		if i > 0 && g.dice.percent(37) || file.Do.(*script.Directive).File.RootOwned {
			flags = openReadOnly
		}
		ops = append(ops, file, script.Op{PID: 1, Do: openFile(name, flags)})
		g.fds = append(g.fds, 3+i)
	}
	return ops
}

// machine is the line that says which file system there is, and how large.
func (g *Generator) machine() script.Op {
	d := &script.Directive{Name: "machine", Settings: []script.Setting{{Name: "fs", Value: g.Kind.fs()}}}
	if g.Kind == FullTmpfs {
		pages := 2*smallSizes[len(smallSizes)-1]/vm.PageSize + pick(g.dice, []int64{0, 0, 1, 2, 5, 9})
		d.Settings = append(d.Settings, script.Setting{Name: "tmpfs_size", Value: fmt.Sprint(pages * vm.PageSize)})
	}
	for _, s := range d.Settings {
		d.Args = append(d.Args, s.Name+"="+s.Value)
	}
	return script.Op{Do: d}
}

func (g *Generator) fileLine(path string) script.Op {
	spec := &script.FileSpec{Path: path, Size: pick(g.dice, fileSizes), Cold: g.dice.percent(50)}
	if g.Kind == FullTmpfs {
		spec.Size = pick(g.dice, smallSizes)
	}
	args := []string{path, fmt.Sprint(spec.Size)}
	if spec.Cold {
		args = append(args, "cold")
	}
	if spec.RootOwned = g.User != "" && g.dice.percent(30); spec.RootOwned {
		args = append(args, "owner=root")
	}
	return script.Op{Do: &script.Directive{Name: "file", Args: args, File: spec}}
}

func openFile(path string, flags uint64) script.Action {
	return callWith("openat", num(signed(-100)), script.Str{Val: path}, num(flags))
}

func (g *Generator) fd() uint64 {
	if g.dice.percent(1) || len(g.fds) == 0 {
		return 99
	}
	return uint64(pick(g.dice, g.fds))
}

// mapFile makes an area of a file, or now and then an anonymous one.
func mapFile(g *Generator) script.Action {
	if g.dice.percent(14) {
		return mapAnon(g)
	}
	n := g.newLength()
	if n > 1<<20 && g.dice.percent(70) || g.dice.percent(10) {
		n = 135168 // longer than most of the files
	}
	kind := draw(g.dice, []weighted[uint64]{{70, mapPrivate}, {30, mapShared}})
	addr, how := g.place()
	return call("mmap", addr, n, draw(g.dice, prots), kind|how|g.extras()&^mapGrowsDown, g.fd(),
		pick(g.dice, mapOffsets))
}

// buffer is an address of the program's own memory that n bytes of a file may be copied from or to; ok is false where
// it is memory that the kernel has filled.
func (g *Generator) buffer(n uint64) (buf script.Expr, ok bool) {
	at := g.page() + pick(g.dice, []vm.Addr{0, 0, 7, 4000})
	return num(uint64(at)), !g.sight().meets(at, at+vm.Addr(n), span.filled)
}

func readAt(g *Generator) script.Action { return g.transferAt("pread64", g.into) }

func writeAt(g *Generator) script.Action { return g.transferAt("pwrite64", g.from) }

// transferAt is a call that reads or writes a file at an offset, with a buffer as choose finds it.
func (g *Generator) transferAt(name string, choose func(uint64) (script.Expr, bool)) script.Action {
	n, off := pick(g.dice, readCounts), pick(g.dice, readOffsets)
	buf, ok := choose(n)
	if !ok {
		return nil
	}
	return callWith(name, num(g.fd()), buf, num(n), num(off))
}

// into is where a read puts its bytes.
func (g *Generator) into(n uint64) (buf script.Expr, ok bool) {
	if g.dice.percent(45) {
		return g.buffer(n)
	}
	return script.Scratch{}, true
}

// from is where a write takes its bytes from.
func (g *Generator) from(n uint64) (buf script.Expr, ok bool) {
	if g.dice.percent(50) {
		return g.buffer(n)
	}
	return script.Pattern{K: script.Num{Val: uint64(g.made), Base: 'd'}}, true
}

func resize(g *Generator) script.Action { return call("ftruncate", g.fd(), pick(g.dice, truncSizes)) }

func allocate(g *Generator) script.Action {
	mode := pick(g.dice, []uint64{0, 1, 3, 3, 16})
	return call("fallocate", g.fd(), mode, pick(g.dice, []uint64{0, 4096, 16384}),
		pick(g.dice, []uint64{4096, 4096, 8192, 24576}))
}

func syncFile(g *Generator) script.Action { return call("fsync", g.fd()) }
