package difftest

import (
	"slices"

	"strings"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
)

// transferCounts are lengths of reads and writes, wrong ones among them.
var transferCounts = []uint64{0, 1, 10, 64, 100, 4095, 4096, 4097, 5000, 8192, 12288, 40000}

func (g *Generator) count() uint64 {
	if g.dice.percent(3) {
		return pick(g.dice, []uint64{1 << 63, noFD, 1<<63 - 1, 0x7ffff000, 0x7ffffffff000})
	}
	return pick(g.dice, transferCounts)
}

// memory is where n bytes are copied from or to: the program's own memory, often so that the end lies beyond a border.
// On a disk it shows no file: some descriptors there pass the page cache by.
func (g *Generator) memory(n uint64) (at uint64, ok bool) {
	if g.dice.percent(4) {
		return pick(g.dice, badAddrs), true
	}
	a := g.page() + pick(g.dice, []vm.Addr{0, 0, 7, 4000})
	if s, has := g.area(); has && g.dice.percent(30) {
		a = s.end - pick(g.dice, []vm.Addr{1, 8, 100, 4096, 5000})
		a = max(a, s.start)
	}
	if uint64(a) < uint64(firstFree) || n > 1<<30 {
		return 0, false
	}
	end := a + vm.Addr(n)
	bad := func(s span) bool { return s.filled() || g.Kind.fs() != "tmpfs" && s.file() }
	return uint64(a), !g.sight().meets(a, end, bad)
}

// readBytes reads with one buffer.
func readBytes(g *Generator) script.Action {
	n, off := g.count(), g.offset()
	next := g.dice.percent(45)
	buf, ok := g.bufferOr(script.Scratch{}, 60, n)
	if !ok {
		return nil
	}
	if next {
		return callWith("read", num(g.someFD()), buf, num(n))
	}
	return callWith("pread64", num(g.someFD()), buf, num(n), num(off))
}

// bufferOr is memory of the program for n bytes, in so many cases of a hundred, or other, where n bytes fit into that.
func (g *Generator) bufferOr(other script.Expr, percent int, n uint64) (script.Expr, bool) {
	if !g.dice.percent(percent) && n <= script.ScratchSize {
		return other, true
	}
	at, ok := g.memory(n)
	return num(at), ok
}

// writeBytes writes from one buffer.
func writeBytes(g *Generator) script.Action {
	n, off := g.count(), g.offset()
	next := g.dice.percent(45)
	buf, ok := g.bufferOr(script.Pattern{K: num(uint64(g.made))}, 60, n)
	if !ok {
		return nil
	}
	if next {
		return callWith("write", num(g.writable()), buf, num(n))
	}
	if off > 1<<40 && off < 1<<63-8192 {
		return nil
	}
	return callWith("pwrite64", num(g.writable()), buf, num(n), num(off))
}

// directBytes reads or writes as O_DIRECT wants it: whole sectors.
func directBytes(g *Generator) script.Action {
	n := pick(g.dice, []uint64{512, 1024, 4096, 4096, 8192, 512 * 5, 16384, 100})
	off := uint64(g.dice.below(90))*512 + pick(g.dice, []uint64{0, 0, 0, 0, 0, 0, 0, 100})
	s, has := g.area()
	if !has || s.filled() || s.perm[0] != 'r' || uint64(s.end-s.start) < n || strings.HasPrefix(s.name, "/") {
		return nil
	}
	name := pick(g.dice, []string{"pread64", "pwrite64"})
	return callWith(name, num(g.someFD()), num(uint64(s.start)), num(n), num(off))
}

// writable is a descriptor to write to from memory that may not be there. What a direct write leaves of one that fails
// half way depends on what was in the cache.
func (g *Generator) writable() uint64 {
	for {
		fd := g.someFD()
		if g.Kind.fs() == "tmpfs" || !strings.HasPrefix(g.files[int(int32(fd))], direct) {
			return fd
		}
	}
}

// upper is a part of scratch that no argument is built in.
const upper = uint64(script.ScratchAddr) + script.ScratchSize/2

// use is what a call does with the program's buffers.
type use uint8

const (
	fills use = iota
	reads
)

// buffers is an array of buffers.
func (g *Generator) buffers(u use) (vec script.Expr, n uint64, ok bool) {
	if g.dice.percent(4) {
		return num(pick(g.dice, badAddrs)), uint64(1 + g.dice.below(3)), true
	}
	c := script.Composite{Open: '['}
	for i := range g.dice.below(5) {
		size := pick(g.dice, []uint64{0, 0, 1, 10, 100, 4096, 5000, 8192, 9000})
		if g.dice.percent(2) {
			size = pick(g.dice, []uint64{1 << 63, noFD, 1<<63 - 1})
		}
		base := num(upper + uint64(i)*16384)
		switch {
		case g.dice.percent(50):
			at, ok := g.memory(min(size, 1<<20))
			if !ok {
				return nil, 0, false
			}
			base = num(at)
		case u == reads && size < 1<<20 && g.dice.percent(50):
			base = script.Pattern{K: num(uint64(g.made + i))}
		}
		c.Items = append(c.Items, script.Field{X: script.Composite{Open: '{', Items: []script.Field{
			{Name: "iov_base", X: base}, {Name: "iov_len", X: num(size)}}}})
	}
	n = uint64(len(c.Items))
	if g.dice.percent(4) {
		n = pick(g.dice, []uint64{0, noFD, 1025, 1 << 32, 1<<32 + n})
	}
	return c, n, true
}

// transferFlags are the flags of preadv2 and pwritev2.
func (g *Generator) transferFlags() script.Expr {
	if g.dice.percent(50) {
		return num(0)
	}
	if g.Kind.fs() != "tmpfs" {
		return num(pick(g.dice, []uint64{0, 1, 2, 4, 16, 32, 48, 0x200}))
	}
	return num(pick(g.dice, []uint64{1, 2, 4, 8, 16, 16, 32, 48, 64, 128, 256, 0x200, noFD}))
}

func readBuffers(g *Generator) script.Action {
	off := g.offset()
	vec, n, ok := g.buffers(fills)
	if !ok {
		return nil
	}
	return g.moveBuffers("read", g.someFD, vec, n, off)
}

func writeBuffers(g *Generator) script.Action {
	off := g.offset()
	vec, n, ok := g.buffers(reads)
	if !ok || off > 1<<40 && off < 1<<63-16384 {
		return nil
	}
	return g.moveBuffers("write", g.writable, vec, n, off)
}

// moveBuffers is a call of readv's or writev's family.
func (g *Generator) moveBuffers(verb string, fd func() uint64, vec script.Expr, n, off uint64) script.Action {
	switch g.dice.below(4) {
	case 0:
		return callWith(verb+"v", num(fd()), vec, num(n))
	case 1:
		off = pick(g.dice, []uint64{off, off, noFD})
		return callWith("p"+verb+"v2", num(fd()), vec, num(n), num(off), num(0), g.transferFlags())
	}
	return callWith("p"+verb+"v", num(fd()), vec, num(n), num(off), num(0))
}

// makeMemfd makes a file in memory.
func makeMemfd(g *Generator) script.Action {
	if len(g.fds) >= maxFDs {
		return closeSome(g)
	}
	name := script.Expr(script.Str{Val: pick(g.dice,
		[]string{"m", "m", "m", "", "a b", longName[:249], longName[:250], longName})})
	if g.dice.percent(3) {
		name = num(pick(g.dice, badAddrs))
	}
	return callWith("memfd_create", name,
		num(pick(g.dice, []uint64{0, 1, 2, 2, 2, 3, 8, 8, 10, 16, 18, 24, 32, 1 << 31, 21 << 26})))
}

func sealMemfd(g *Generator) script.Action {
	fd := g.someFD()
	if g.dice.percent(80) {
		fd = g.memfd()
	}
	if g.dice.percent(30) {
		return call("fcntl", fd, 1034)
	}
	return call("fcntl", fd, 1033, pick(g.dice, []uint64{0, 1, 2, 4, 6, 8, 8, 8, 16, 16, 32, 33, 64, noFD}))
}

// memfd is the descriptor of a file in memory, where there is one.
func (g *Generator) memfd() uint64 {
	for _, fd := range g.fds {
		if strings.HasPrefix(g.files[fd], "memfd") && g.dice.percent(60) {
			return uint64(fd)
		}
	}
	return g.someFD()
}

// twoFiles are descriptors of different files, so that no page is copied onto itself.
func (g *Generator) twoFiles() (in, out uint64, ok bool) {
	in, out = g.someFD(), g.someFD()
	a, b := g.files[int(int32(in))], g.files[int(int32(out))]
	if g.Kind.fs() != "tmpfs" && (strings.HasPrefix(a, direct) || strings.HasPrefix(b, direct)) {
		return in, out, false // sectors of pipes are not modelled
	}
	return in, out, a == "" || b == "" || a != b
}

// offsetArg is the address of an offset: NULL, memory, or an address without memory.
func (g *Generator) offsetArg(off uint64) script.Expr {
	switch {
	case g.dice.percent(40):
		return num(0)
	case g.dice.percent(5):
		return num(pick(g.dice, badAddrs[1:]))
	case g.dice.percent(15):
		if at, ok := g.place8(8); ok {
			return num(at)
		}
	}
	return script.Composite{Open: '[', Items: []script.Field{{X: num(off)}}}
}

func sendBytes(g *Generator) script.Action {
	in, out, ok := g.twoFiles()
	if !ok {
		return nil
	}
	return callWith("sendfile", num(out), num(in), g.offsetArg(g.offset()), num(g.sent()))
}

// sent is how much is copied from file to file.
func (g *Generator) sent() uint64 {
	if g.dice.percent(4) {
		return pick(g.dice, []uint64{1 << 62, 1 << 63, noFD, 1<<63 - 1})
	}
	return pick(g.dice, []uint64{0, 1, 100, 4096, 5000, 65536, 65537, 70000, 200000})
}

func copyBytes(g *Generator) script.Action {
	in, out, ok := g.twoFiles()
	if !ok {
		return nil
	}
	to := g.offset()
	if to > 1<<40 && to < 1<<63-8192 {
		return nil
	}
	return callWith("copy_file_range", num(in), g.offsetArg(g.offset()), num(out), g.offsetArg(to), num(g.sent()),
		num(pick(g.dice, []uint64{0, 0, 0, 0, 1})))
}

func spliceBytes(g *Generator) script.Action {
	return callWith("splice", num(g.someFD()), g.offsetArg(0), num(g.someFD()), g.offsetArg(0), num(g.sent()),
		num(pick(g.dice, []uint64{0, 0, 1, 16})))
}

// direct begins the names of files that were opened with O_DIRECT.
const direct = "direct "

// learnFile takes note of which file a descriptor leads to.
func (g *Generator) learnFile(res *run.Result) {
	g.synced = 0
	if res.Nr == syscalls.SysFsync && res.Errno == 0 {
		g.synced = res.Args[0]
	}
	if res.Errno != 0 {
		return
	}
	if g.files == nil {
		g.files = map[int]string{}
	}
	c := res.Op.Do.(*script.Call)
	fd := int(res.Value)
	g.learnPipe(res)
	switch res.Nr {
	case syscalls.SysOpen, syscalls.SysCreat, syscalls.SysOpenat:
		arg := 0
		if res.Nr == syscalls.SysOpenat {
			arg = 1
		}
		name := lastName(c.Args[arg].X)
		if flags := res.Args[arg+1]; res.Nr != syscalls.SysCreat && flags&0o40000 != 0 {
			name = direct + name
		}
		if g.opened(fd, name); res.Args[arg+1]&3 == openReadWrite && g.Kind.executes() && isProgram(name) {
			g.fds = slices.DeleteFunc(g.fds, func(have int) bool { return have == fd })
		}
	case syscalls.SysIoctl:
		g.learnUserfaults(res)
	case syscalls.SysUserfaultfd:
		g.opened(fd, userfaultName)
	case syscalls.SysMemfdCreate:
		g.opened(fd, "memfd "+num(uint64(g.made)).String())
	case syscalls.SysDup, syscalls.SysDup2, syscalls.SysDup3:
		g.opened(fd, g.files[int(int32(res.Args[0]))])
	case syscalls.SysFcntl:
		if cmd := res.Args[1]; cmd == 0 || cmd == 1030 {
			g.opened(fd, g.files[int(int32(res.Args[0]))])
		}
	case syscalls.SysClose:
		for i, have := range g.fds {
			if have == int(res.Args[0]) && len(g.alive) == 1 {
				g.fds = append(g.fds[:i:i], g.fds[i+1:]...)
				return
			}
		}
	}
}

func (g *Generator) opened(fd int, file string) {
	g.files[fd] = file
	for _, have := range g.fds {
		if have == fd {
			return
		}
	}
	g.fds = append(g.fds, fd)
}

// lastName is the name that a path ends in.
func lastName(x script.Expr) string {
	s, ok := x.(script.Str)
	if !ok {
		return ""
	}
	for i := len(s.Val) - 1; i >= 0; i-- {
		if s.Val[i] == '/' {
			return s.Val[i+1:]
		}
	}
	return s.Val
}
