package difftest

import (
	"fmt"

	"vmsim/syscalls/script"
	"vmsim/vm"
)

// What programs in a small control group do: they scan files larger than the group, keep memory of their own beside
// them, fork, lock, give memory up and ask for it again.

// limitPages are the limits of the group. A window of readahead, 32 pages, fits into each several times.
var limitPages = []int64{96, 128, 128, 160, 200, 256, 256, 384, 512}

// pressureMenu is what such programs are made of.
var pressureMenu = []weighted[dish]{
	{10, mapScanned}, {6, mapOwn}, {16, scanLoads}, {10, scanStores}, {14, loadByte}, {10, storeByte},
	{10, readSpan}, {4, writeSpan}, {12, advisePressure}, {4, adviseScanned}, {4, lockSome}, {4, unlock}, {4, forkNow},
	{3, exitNow}, {4, unmap}, {5, syncRange}, {6, syncFile}, {3, inCore}, {2, protect}, {2, readAheadOf},
}

// pressureHead is the head of such a program: its limit and its files, from half as large as the group to three times.
func (g *Generator) pressureHead() []script.Op {
	fs, limit := "ext4", pick(g.dice, limitPages)
	if g.dice.percent(20) {
		fs = "tmpfs"
	}
	d := &script.Directive{Name: "machine", Settings: []script.Setting{{Name: "fs", Value: fs},
		{Name: "memcg", Value: fmt.Sprintf("%dK", limit*4)}}}
	for _, s := range d.Settings {
		d.Args = append(d.Args, s.Name+"="+s.Value)
	}
	g.limit = int(limit)
	ops := []script.Op{{Do: d}}
	for i, name := range []string{"/data/a", "/data/b"} {
		size := limit * int64(1+g.dice.below(6)) * vm.PageSize / 2
		spec := &script.FileSpec{Path: name, Size: size + int64(pick(g.dice, []int{0, 0, -1, 100})), Cold: true}
		args := []string{name, fmt.Sprint(spec.Size), "cold"}
		ops = append(ops, script.Op{Do: &script.Directive{Name: "file", Args: args, File: spec}},
			script.Op{PID: 1, Do: openFile(name, openReadWrite)})
		g.fds = append(g.fds, 3+i)
	}
	return ops
}

// syncAfter has what a statement makes dirty written by the next ones: when the flusher does so is not up to the
// program.
func (g *Generator) syncAfter(do script.Action) {
	if g.Kind != UnderPressure {
		return
	}
	switch do := do.(type) {
	case *script.Access:
		if !do.Store {
			return
		}
	case *script.Call:
		if do.Name != "pwrite64" {
			return
		}
	}
	for _, fd := range g.fds {
		g.queue = append(g.queue, call("fsync", uint64(fd)))
	}
}

// mapScanned maps a large part of a file.
func mapScanned(g *Generator) script.Action {
	if len(g.areas()) > 12 {
		return nil
	}
	pages := uint64(g.limit * (1 + g.dice.below(6)) / 2)
	kind := draw(g.dice, []weighted[uint64]{{70, mapShared}, {30, mapPrivate}})
	return call("mmap", 0, pages*vm.PageSize, draw(g.dice, []weighted[uint64]{{70, 3}, {15, 1}, {15, 5}}), kind, g.fd(),
		uint64(g.dice.below(4)*g.limit/4)*vm.PageSize)
}

// mapOwn makes an anonymous area, smaller than the group.
func mapOwn(g *Generator) script.Action {
	if len(g.areas()) > 12 {
		return nil
	}
	return call("mmap", 0, uint64(1+g.dice.below(g.limit/4))*vm.PageSize, 3,
		draw(g.dice, []weighted[uint64]{{80, mapPrivate}, {20, mapShared}})|mapAnonymous, noFD, 0)
}

// scan is an access to the pages of a range, one after another.
func (g *Generator) scan(most int) *script.Access {
	s, ok := g.area()
	if !ok {
		return nil
	}
	first := g.dice.below(s.pages())
	n := 1 + g.dice.below(min(most, s.pages()-first))
	step := uint64(1+max(0, g.dice.below(8)-5)) * vm.PageSize
	from := s.start + vm.Addr(first)*vm.PageSize
	if g.sight().meets(from, from+vm.Addr(n)*vm.PageSize, span.filled) {
		return nil
	}
	return &script.Access{Base: num(uint64(from)), Form: script.Range, A: num(0), B: num(uint64(n) * vm.PageSize),
		Step: num(step)}
}

func scanLoads(g *Generator) script.Action {
	if a := g.scan(3 * g.limit / 2); a != nil {
		return a
	}
	return nil
}

func scanStores(g *Generator) script.Action {
	a := g.scan(g.limit / 4)
	if a == nil {
		return nil
	}
	a.Store, a.Value = true, num(uint64(1+g.dice.below(255)))
	return a
}

// spanCounts are how many bytes a read or a write moves.
var spanCounts = []uint64{1, 100, 4096, 4096, 16384, 65536, 131072}

func (g *Generator) spanOffset() uint64 {
	return uint64(g.dice.below(3*g.limit))*vm.PageSize + pick(g.dice, []uint64{0, 0, 0, 5, 2048})
}

func readSpan(g *Generator) script.Action {
	return callWith("pread64", num(g.fd()), script.Scratch{}, num(pick(g.dice, spanCounts)), num(g.spanOffset()))
}

func writeSpan(g *Generator) script.Action {
	return callWith("pwrite64", num(g.fd()), script.Pattern{K: script.Num{Val: uint64(g.made), Base: 'd'}},
		num(pick(g.dice, spanCounts[:5])), num(g.spanOffset()))
}

// pressureAdvice is advice that says what memory is needed for.
var pressureAdvice = []weighted[uint64]{{10, 4}, {5, 0}, {6, 1}, {5, 2}, {8, 3}, {8, 8}, {12, 20}, {14, 21},
	{4, 22}, {4, 23}}

func advisePressure(g *Generator) script.Action {
	s, ok := g.area()
	if !ok {
		return nil
	}
	first, advice, most := g.dice.below(s.pages()), draw(g.dice, pressureAdvice), g.limit
	if advice == 3 || advice >= 22 {
		most = mostAhead
	}
	n := 1 + g.dice.below(min(most, s.pages()-first))
	return call("madvise", uint64(s.start)+uint64(first)*vm.PageSize, uint64(n)*vm.PageSize, advice)
}

// mostAhead is how many pages are asked for ahead of need. With more, reclaim meets some that the disk is still
// reading, or has just read: that is up to the disk.
const mostAhead = 16

func adviseScanned(g *Generator) script.Action {
	n, advice := pick(g.dice, []uint64{0, 4096, 65536, 262144}), pick(g.dice, []uint64{0, 1, 2, 3, 4, 4})
	if advice == 3 {
		n = pick(g.dice, []uint64{4096, mostAhead * vm.PageSize})
	}
	return call("fadvise64", g.fd(), g.spanOffset(), n, advice)
}

func readAheadOf(g *Generator) script.Action {
	return call("readahead", g.fd(), g.spanOffset(), pick(g.dice, []uint64{4096, mostAhead * vm.PageSize}))
}

// lockSome locks a few pages: a group full of locked ones has no room.
func lockSome(g *Generator) script.Action {
	return call("mlock", uint64(g.page()), uint64(1+g.dice.below(max(1, g.limit/16)))*vm.PageSize)
}
