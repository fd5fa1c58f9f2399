package difftest

import (
	"strings"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
)

// pipeMenu is about pipes: bytes that are copied into them and out of them, references to pages of files and of the
// program's own memory, and stores to those pages while they wait in a pipe. No end of a pipe waits: a program that
// waits for another process would wait for ever.
var pipeMenu = []weighted[dish]{{34, makePipe}, {14, closeSome}, {6, duplicateAny}, {12, forkNow},
	{10, brokenPipe}, {6, exitNow}, {14, openDevice}, {20, useDevice}, {10, mapDevice}, {60, pipeRead},
	{80, pipeWrite}, {22, pipeReadv}, {26, pipeWritev}, {90, spliceSome}, {30, teeSome}, {60, vmspliceSome},
	{26, sendSome}, {14, pipeSize}, {26, pipeWaiting}, {10, pipeFlag}, {16, onAnyFile}, {24, writeBytes},
	{8, readBytes}, {40, mapFile}, {60, mapAnon}, {50, loadByte}, {90, storeByte}, {14, unmap}, {14, advise},
	{8, protect}, {12, resize}, {12, allocate}, {8, remap}, {26, makeSockets}, {40, sendTo}, {50, receiveFrom},
	{5, shutSome}, {20, underWay}}

const (
	nonblock   = 0o4000
	readEnd    = "pipe r"
	writeEnd   = "pipe w"
	spliceNone = 2 // SPLICE_F_NONBLOCK
)

// brokenPipe asks for the default action of SIGPIPE, or for none.
func brokenPipe(g *Generator) script.Action {
	return &script.On{Signal: script.BrokenPipe, Ends: len(g.alive) > 1 && g.dice.percent(80)}
}

// makePipe makes a pipe, sometimes where its descriptors cannot be stored.
func makePipe(g *Generator) script.Action {
	if len(g.fds) >= maxFDs+4 {
		return closeSome(g)
	}
	to := g.placeForEnds()
	return callWith("pipe2", to, num(draw(g.dice, []weighted[uint64]{{70, nonblock}, {20, nonblock | 0o2000000},
		{16, nonblock | 0o40000}, {1, nonblock | 1}, {1, nonblock | 0o2000}})))
}

// placeForEnds is where the descriptors of two ends go, sometimes where they cannot be stored.
func (g *Generator) placeForEnds() script.Expr {
	to := script.Expr(script.Scratch{})
	if g.dice.percent(12) {
		if at, ok := g.place8(8); ok {
			to = num(at)
		}
	}
	if g.dice.percent(3) {
		to = num(pick(g.dice, badAddrs))
	}
	return to
}

// endOf is the descriptor of a pipe's end of that kind, mostly.
func (g *Generator) endOf(kind string) uint64 {
	for range 8 {
		fd := g.someFD()
		name := g.files[int(int32(fd))]
		if strings.HasPrefix(name, kind) || name == socketEnd && g.dice.percent(40) {
			return fd
		}
	}
	return g.someFD()
}

// regular is the descriptor of a file that is no pipe, mostly.
func (g *Generator) regular() uint64 {
	for range 8 {
		fd := g.someFD()
		if name := g.files[int(int32(fd))]; name != "" && !strings.HasPrefix(name, "pipe") {
			return fd
		}
	}
	return g.someFD()
}

func duplicateAny(g *Generator) script.Action {
	if len(g.fds) >= maxFDs+4 {
		return closeSome(g)
	}
	return pick(g.dice, []script.Action{call("dup", g.someFD()), call("dup2", g.someFD(), g.someFD())})
}

// pipeCounts are how much is moved at a time: often around a page, sometimes more than a pipe holds.
var pipeCounts = []uint64{0, 1, 3, 10, 64, 100, 1000, 4000, 4095, 4096, 4097, 5000, 8192, 12288, 20000, 65536, 70000}

func (g *Generator) pipeCount() uint64 {
	if g.dice.percent(2) {
		return pick(g.dice, []uint64{1 << 63, noFD, 1<<63 - 1, 0x7ffff000})
	}
	return pick(g.dice, pipeCounts)
}

func pipeRead(g *Generator) script.Action {
	n := g.pipeCount()
	if g.dice.percent(50) && n <= script.ScratchSize {
		return callWith("read", num(g.endOf(readEnd)), script.Scratch{}, num(n))
	}
	at, ok := g.memory(n)
	if !ok {
		return nil
	}
	return callWith("read", num(g.endOf(readEnd)), num(at), num(n))
}

func pipeWrite(g *Generator) script.Action {
	n := g.pipeCount()
	if g.dice.percent(50) && n <= script.ScratchSize {
		return callWith("write", num(g.endOf(writeEnd)), script.Pattern{K: num(uint64(g.made))}, num(n))
	}
	at, ok := g.memory(n)
	if !ok {
		return nil
	}
	return callWith("write", num(g.endOf(writeEnd)), num(at), num(n))
}

func pipeReadv(g *Generator) script.Action {
	vec, n, ok := g.buffers(fills)
	if !ok {
		return nil
	}
	return g.moveBuffers("read", func() uint64 { return g.endOf(readEnd) }, vec, n, noFD)
}

func pipeWritev(g *Generator) script.Action {
	vec, n, ok := g.buffers(reads)
	if !ok {
		return nil
	}
	return g.moveBuffers("write", func() uint64 { return g.endOf(writeEnd) }, vec, n, noFD)
}

// spliceFlag is flags of splice.
func (g *Generator) spliceFlag() uint64 {
	return draw(g.dice, []weighted[uint64]{{50, 0}, {20, 2}, {8, 1}, {8, 4}, {4, 8}, {4, 15}, {1, 16}, {1, 1 << 31}})
}

// pipeOffset is the address of a splice's offset, mostly NULL for a pipe.
func (g *Generator) pipeOffset(pipe bool) script.Expr {
	if pipe && g.dice.percent(96) {
		return num(0)
	}
	return g.offsetArg(g.offset())
}

func spliceSome(g *Generator) script.Action {
	var in, out uint64
	ofPipe := [2]bool{true, true}
	switch draw(g.dice, []weighted[int]{{45, 0}, {35, 1}, {20, 2}, {2, 3}}) {
	case 0:
		in, out, ofPipe[0] = g.regular(), g.endOf(writeEnd), false
	case 1:
		in, out, ofPipe[1] = g.endOf(readEnd), g.regular(), false
	case 2:
		in, out = g.endOf(readEnd), g.endOf(writeEnd)
	default:
		in, out = g.someFD(), g.someFD()
	}
	from, to := g.pipeOffset(ofPipe[0]), g.pipeOffset(ofPipe[1])
	if c, ok := to.(script.Composite); ok && !ofPipe[1] && farther(c) {
		return nil
	}
	return callWith("splice", num(in), from, num(out), to, num(g.pipeCount()), num(g.spliceFlag()))
}

// farther reports whether an offset is one at which a write would make an enormous file.
func farther(c script.Composite) bool {
	n, ok := c.Items[0].X.(script.Num)
	off := n.Value()
	return !ok || off > 1<<40 && off < 1<<63-1<<20
}

func teeSome(g *Generator) script.Action {
	return call("tee", g.endOf(readEnd), g.endOf(writeEnd), g.pipeCount(), g.spliceFlag())
}

// vmspliceSome lends pages of the program's own, or takes bytes out of a pipe.
func vmspliceSome(g *Generator) script.Action {
	kind, u := writeEnd, reads
	if g.dice.percent(25) {
		kind, u = readEnd, fills
	}
	vec, n, ok := g.ownBuffers(u)
	if !ok {
		return nil
	}
	flags := pick(g.dice, []uint64{spliceNone, spliceNone, spliceNone, spliceNone | 8, spliceNone | 5})
	return callWith("vmsplice", num(g.endOf(kind)), vec, num(n), num(flags))
}

// ownBuffers is an array of buffers in the program's own memory: what the harness puts into scratch for a later call
// would show at the reader, the numbers of this machine among it.
func (g *Generator) ownBuffers(u use) (vec script.Expr, n uint64, ok bool) {
	if u == fills {
		return g.buffers(u)
	}
	c := script.Composite{Open: '['}
	for range 1 + g.dice.below(4) {
		size := pick(g.dice, []uint64{0, 1, 10, 100, 4096, 4096, 5000, 8192, 20000})
		at, ok := g.memory(size)
		if !ok {
			return nil, 0, false
		}
		c.Items = append(c.Items, script.Field{X: script.Composite{Open: '{', Items: []script.Field{
			{Name: "iov_base", X: num(at)}, {Name: "iov_len", X: num(size)}}}})
	}
	return c, uint64(len(c.Items)), true
}

func sendSome(g *Generator) script.Action {
	in, off := g.regular(), g.offsetArg(g.offset())
	if g.dice.percent(8) {
		in = g.someFD()
	}
	out := g.endOf(writeEnd)
	if name := g.files[int(int32(out))]; name != "" && name == g.files[int(int32(in))] {
		return nil // a file that is sent to its own end grows as far as the count goes, up to 2 GiB
	}
	return callWith("sendfile", num(out), num(in), off, num(g.pipeCount()))
}

// pipeSize asks for a pipe's size, or changes it.
func pipeSize(g *Generator) script.Action {
	fd := g.endOf("pipe")
	if g.dice.percent(40) {
		return call("fcntl", fd, 1032, 0)
	}
	return call("fcntl", fd, 1031, pick(g.dice, []uint64{0, 1, 4096, 4097, 8192, 8193, 16384, 65536, 70000, 1 << 20,
		1<<20 + 1, 1<<31 + 1, noFD}))
}

// pipeWaiting asks how many bytes could be read.
func pipeWaiting(g *Generator) script.Action {
	fd, to := g.endOf("pipe"), script.Expr(script.Scratch{})
	if g.dice.percent(20) {
		fd = g.someFD()
	}
	if g.dice.percent(15) {
		if at, ok := g.place8(4); ok {
			to = num(at)
		}
	}
	return callWith("ioctl", num(fd), num(0x541b), to)
}

// pipeFlag makes the next writes packets, or no packets any more.
func pipeFlag(g *Generator) script.Action {
	if g.dice.percent(30) {
		return call("fcntl", g.someFD(), 3)
	}
	return call("fcntl", g.endOf("pipe"), 4, nonblock|pick(g.dice, []uint64{0, 0o40000, 0o2000}))
}

// onAnyFile is a call that pipes mostly refuse.
func onAnyFile(g *Generator) script.Action {
	fd := g.endOf("pipe")
	switch g.dice.below(9) {
	case 0:
		return callWith("fstat", num(fd), script.Scratch{})
	case 1:
		return call("lseek", fd, g.offset(), pick(g.dice, []uint64{0, 1, 2, 3, 9}))
	case 2:
		return callWith("pread64", num(fd), script.Scratch{}, num(100), num(g.offset()))
	case 3:
		return callWith("pwrite64", num(fd), script.Pattern{K: num(7)}, num(100), num(pick(g.dice, readOffsets)))
	case 4:
		return call(pick(g.dice, []string{"fsync", "fdatasync", "syncfs"}), fd)
	case 5:
		return call("fallocate", fd, pick(g.dice, []uint64{0, 3}), 0, 4096)
	case 6:
		return call("fadvise64", fd, 0, 0, pick(g.dice, []uint64{0, 4, 9}))
	case 7:
		return call("readahead", fd, 0, 4096)
	}
	return call("mmap", 0, 4096, 1, pick(g.dice, []uint64{1, 2}), fd, 0)
}

// learnPipe takes note of the ends of a new pipe, and of a new pair of sockets.
func (g *Generator) learnPipe(res *run.Result) {
	first, second := readEnd, writeEnd
	switch res.Nr {
	case syscalls.SysPipe, syscalls.SysPipe2:
	case syscalls.SysSocketpair:
		first, second = socketEnd, socketEnd
	default:
		return
	}
	if len(res.Filled) < 2 {
		return
	}
	g.opened(int(res.Filled[0].Value), first)
	g.opened(int(res.Filled[1].Value), second)
}
