package difftest

import (
	"slices"
	"strings"

	"vmsim/syscalls/script"
	"vmsim/vm"
)

// callsMenu is programs about the calls on files: every one of them, with edges and mistakes, among enough mappings,
// loads and stores that what a call does to memory is seen.
var callsMenu = []weighted[dish]{{40, openSome}, {14, closeSome}, {20, duplicate}, {24, control}, {22, seekSome},
	{16, statSome}, {30, readBytes},
	{34, writeBytes}, {16, directBytes}, {22, readBuffers}, {22, writeBuffers}, {18, sizeSome}, {10,
		wideFallocate}, {10, syncSome}, {8, removeName}, {12, makeMemfd},
	{14, sealMemfd}, {14, sendBytes}, {16, copyBytes}, {4, spliceBytes}, {10, adviseSome}, {10, countCached}, {60,
		mapFile}, {10, unmap}, {30, loadByte},
	{30, storeByte}, {8, advise}, {4, protect}, {2, forkNow}, {2, exitNow}, {4, limitFile},
	{2, fileLimitEnds}}

// The paths that calls are given: files, none, directories, ways around, and mistakes.
var somePaths = []weighted[string]{{30, "/data/a"}, {30, "/data/b"}, {20, "/data/c"}, {10, "/data/d"},
	{3, "/data/none/x"}, {4, "/data"}, {2, "/"},
	{3, "data/a"}, {3, "a"}, {2, "/data/a/"}, {2, "/data/a/x"}, {1, "/data/b/.."}, {2, "/data/."}, {2,
		"/data/../data//b"}, {2, "/data/new/"}, {1, "."},
	{1, ".."}, {1, "/.."}, {1, "/data/" + longName}, {1, "/none/" + longName}}

var longName = func() string {
	b := make([]byte, 256)
	for i := range b {
		b[i] = 'n'
	}
	return string(b)
}()

// path is a path as an argument: mostly one that is right, sometimes an address where there is none.
func (g *Generator) path() script.Expr {
	switch {
	case g.dice.percent(2):
		return num(pick(g.dice, badAddrs))
	case g.dice.percent(1):
		return script.Str{Val: ""}
	case g.dice.percent(1):
		return script.Str{Val: "/data/./", Times: num(pick(g.dice, []uint64{511, 512, 600}))}
	}
	name := draw(g.dice, somePaths)
	if name == "a" && g.Kind.fs() != "tmpfs" {
		name = "data/b" // the root is not on the file system that is looked at
	}
	return script.Str{Val: name}
}

// badAddrs are where nothing can be read or written.
var badAddrs = []uint64{0, 1, 0xfff, 0x1000, 0x7ffffffff000, 0x7ffffffffff8, 0x800000000000, 0xffff800000000000, noFD,
	0xfffffffffffff000}

// openBits are the flags of open, each on its own, by how many in a thousand.
var openBits = []weighted[uint64]{{250, 0o100}, {70, 0o200}, {120, 0o1000}, {110, 0o2000}, {40, 0o4000}, {50, 0o10000},
	{30, 0o4010000}, {60, 0o40000},
	{40, 0o200000}, {40, 0o400000}, {40, 0o1000000}, {80, 0o2000000}, {40, 0o10000000}, {15, 0o20000000}, {15,
		0o400}, {15, 0o20000}, {10, 0x80000000}}

// maxFDs is how many descriptors a program collects.
const maxFDs = 12

func openSome(g *Generator) script.Action {
	if len(g.fds) >= maxFDs {
		return closeSome(g)
	}
	flags := pick(g.dice, []uint64{0, 1, 2, 2, 2, 2, 3})
	for _, b := range openBits {
		if g.dice.below(1000) < b.weight && g.allowed(b.value) {
			flags |= b.value
		}
	}
	mode := num(pick(g.dice, []uint64{0, 0o644, 0o600, 0o777, 0o7777, 0o17777}))
	switch g.dice.below(10) {
	case 0:
		return callWith("creat", g.path(), mode)
	case 1, 2, 3:
		return callWith("open", g.path(), num(flags), mode)
	}
	return callWith("openat", num(g.dirFD()), g.path(), num(flags), mode)
}

// allowed reports whether an open flag can be compared on the file system of this program: names of files without one
// hold their number.
func (g *Generator) allowed(flag uint64) bool {
	return g.Kind.fs() == "tmpfs" || flag != 0o20000000
}

// dirFD is the descriptor that a relative path starts from.
func (g *Generator) dirFD() uint64 {
	if g.dice.percent(75) {
		return signed(-100)
	}
	return g.someFD()
}

// someFD is a descriptor: of an open file, or a number that none has. The standard ones are left alone.
func (g *Generator) someFD() uint64 {
	if len(g.fds) == 0 || g.dice.percent(4) {
		return pick(g.dice, []uint64{99, noFD, 19999, 20000, 1 << 31, 1<<32 + 3})
	}
	if g.dice.percent(10) {
		return g.memfd()
	}
	return uint64(pick(g.dice, g.fds))
}

func closeSome(g *Generator) script.Action {
	if len(g.fds) < 3 && g.dice.percent(70) {
		return nil
	}
	return call("close", g.someFD())
}

func duplicate(g *Generator) script.Action {
	if len(g.fds) >= maxFDs {
		return closeSome(g)
	}
	to := pick(g.dice, []uint64{3, 4, 5, 6, 8, 11, 17, 19999, 20000, noFD})
	switch g.dice.below(6) {
	case 0:
		return call("dup", g.someFD())
	case 1, 2:
		return call("dup2", g.someFD(), pick(g.dice, []uint64{to, to, g.someFD()}))
	case 3:
		return call("fcntl", g.someFD(), pick(g.dice, []uint64{0, 1030}),
			pick(g.dice, []uint64{0, 3, 9, 19999, 20000, noFD}))
	}
	return call("dup3", g.someFD(), pick(g.dice, []uint64{to, to, g.someFD()}),
		pick(g.dice, []uint64{0, 0o2000000, 0o2000000, 1, 0o4000}))
}

// control asks and sets flags.
func control(g *Generator) script.Action {
	switch g.dice.below(8) {
	case 0:
		return call("fcntl", g.someFD(), 1)
	case 1:
		return call("fcntl", g.someFD(), 2, pick(g.dice, []uint64{0, 1, 2, 3}))
	case 2, 3:
		return call("fcntl", g.someFD(), 3)
	case 4:
		return call("fcntl", g.someFD(), 1027, g.someFD())
	case 5:
		return call("fcntl", g.someFD(), pick(g.dice, []uint64{500, 1034, 1033, 77, noFD}), 0)
	}
	flags := pick(g.dice, []uint64{0, 0o2000, 0o2000, 0o4000, 0o1000000, 0o40000, 0o2, 0o10000, noFD})
	if g.Kind.fs() != "tmpfs" {
		flags &^= 0o40000 // which descriptors are direct must be known
	}
	return call("fcntl", g.someFD(), 4, flags)
}

// offset is a place in a file: around the edges of pages, around the end, far beyond it.
func (g *Generator) offset() uint64 {
	switch {
	case g.dice.percent(6):
		return pick(g.dice, farOffsets)
	case g.dice.percent(50):
		return pick(g.dice, readOffsets)
	}
	return uint64(g.dice.below(45))*4096 + pick(g.dice, []uint64{0, 0, 1, 4095, 100})
}

// farOffsets are negative, or near the largest there is.
var farOffsets = []uint64{signed(-1), signed(-4096), 1 << 63, 1<<63 - 1, 1<<63 - 4096, 1<<63 - 4097, 1<<63 - 8192,
	1 << 62, 1 << 44, 1<<44 - 4096}

func seekSome(g *Generator) script.Action {
	off, fd := g.offset(), g.someFD()
	if g.dice.percent(20) {
		off = -off
	}
	if name := g.files[int(int32(fd))]; g.Kind.fs() != "tmpfs" &&
		slices.Contains([]string{"", ".", "..", "data"}, name) {
		return nil // in a directory on a disk a place is the sum of a name
	}
	return call("lseek", fd, off, pick(g.dice, []uint64{0, 0, 1, 2, 3, 3, 3, 4, 4, 4, 5, noFD}))
}

func statSome(g *Generator) script.Action {
	buf := script.Expr(script.Scratch{})
	if g.dice.percent(10) {
		buf = num(pick(g.dice, badAddrs))
	}
	flags := num(pick(g.dice, []uint64{0, 0, 0x100, 0x800, 0x1000, 0x2000, 0x4000, 0x6000, 0x200, 1}))
	switch g.dice.below(6) {
	case 0:
		return callWith("stat", g.path(), buf)
	case 1:
		return callWith("lstat", g.path(), buf)
	case 2:
		return callWith("newfstatat", num(g.dirFD()), g.statPath(), buf, flags)
	case 3:
		mask := pick(g.dice, []uint64{0, 0x200, 0x7ff, 0xfff, 0x1000, 0x4000, 1 << 31})
		return callWith("statx", num(g.dirFD()), g.statPath(), flags, num(mask), buf)
	}
	return callWith("fstat", num(g.someFD()), buf)
}

// statPath is often empty, since that means the descriptor's own file.
func (g *Generator) statPath() script.Expr {
	if g.dice.percent(30) {
		return script.Str{Val: ""}
	}
	return g.path()
}

func sizeSome(g *Generator) script.Action {
	size := pick(g.dice, []uint64{g.offset(), pick(g.dice, truncSizes)})
	if g.dice.percent(30) {
		return callWith("truncate", g.path(), num(size))
	}
	return call("ftruncate", g.someFD(), size)
}

func syncSome(g *Generator) script.Action {
	if g.synced != 0 {
		return adviseSome(g)
	}
	switch g.dice.below(10) {
	case 0, 1:
		return call("fsync", g.someFD())
	case 2, 3:
		return call("fdatasync", g.someFD())
	case 4:
		return call("syncfs", g.someFD())
	}
	return call("sync_file_range", g.someFD(), g.offset(), g.offset(),
		pick(g.dice, []uint64{0, 1, 2, 3, 4, 5, 6, 7, 8}))
}

func removeName(g *Generator) script.Action {
	if g.dice.percent(50) {
		return callWith("unlink", g.path())
	}
	return callWith("unlinkat", num(g.dirFD()), g.path(), num(pick(g.dice, []uint64{0, 0, 0, 1, 0x100})))
}

func adviseSome(g *Generator) script.Action {
	if g.dice.percent(35) {
		if g.Kind.fs() != "tmpfs" {
			// none that the disk is asked for
			return call("readahead", g.someFD(), g.offset(), pick(g.dice, []uint64{0, 1 << 63, noFD}))
		}
		return call("readahead", g.someFD(), g.offset(), pick(g.dice, []uint64{0, 1, 4096, 65536, 1 << 63, noFD}))
	}
	if g.Kind.fs() != "tmpfs" {
		return adviseOnDisk(g)
	}
	return call("fadvise64", g.someFD(), g.offset(), pick(g.dice, []uint64{0, 4096, 65536, 1 << 63, noFD, 1<<63 - 1}),
		pick(g.dice, []uint64{0, 1, 2, 3, 4, 5, 6, noFD}))
}

// adviseOnDisk takes pages out of the cache only right after they were brought to the disk: what is on its way there
// stays, and how long that takes is not the same twice.
func adviseOnDisk(g *Generator) script.Action {
	advice := pick(g.dice, []uint64{0, 1, 2, 5, 6})
	fd := g.someFD()
	if g.synced != 0 {
		fd, advice = g.synced, 4
	}
	return call("fadvise64", fd, g.offset(), pick(g.dice, []uint64{0, 4096, 65536, 1 << 63, 5000}), advice)
}

func countCached(g *Generator) script.Action {
	fd := g.someFD()
	if g.Kind.fs() != "tmpfs" {
		fd = g.memfd() // writeback changes at any time which pages of a disk's files are dirty
		if !strings.HasPrefix(g.files[int(int32(fd))], "memfd") {
			return nil
		}
	}
	to := script.Expr(script.Scratch{})
	if g.dice.percent(30) {
		if at, ok := g.place8(40); ok {
			to = num(at)
		}
	}
	from := script.Expr(script.Composite{Open: '{', Items: []script.Field{{Name: "off", X: num(g.offset())},
		{Name: "len", X: num(pick(g.dice, []uint64{0, 1, 4096, 8192, 65536, noFD, 1 << 63}))}}})
	if g.dice.percent(5) {
		from = num(pick(g.dice, badAddrs))
	}
	return callWith("cachestat", num(fd), from, to, num(pick(g.dice, []uint64{0, 0, 0, 0, 1})))
}

// fileLimitEnds asks for the default action of SIGXFSZ, or for none.
func fileLimitEnds(g *Generator) script.Action {
	return &script.On{Signal: script.FileLimit, Ends: len(g.alive) > 1 && g.dice.percent(80)}
}

// limitFile sets RLIMIT_FSIZE.
func limitFile(g *Generator) script.Action {
	what, hard, soft := uint64(1), noFD, pick(g.dice, []uint64{0, 1, 4096, 10000, 65536, noFD, noFD, noFD})
	if g.dice.percent(20) {
		what, hard, soft = 7, 20000, pick(g.dice, []uint64{0, 5, 8, 20000})
	}
	return callWith("prlimit64", num(0), num(what), script.Composite{Open: '{', Items: []script.Field{
		{Name: "rlim_cur", X: num(soft)}, {Name: "rlim_max", X: num(hard)}}}, num(0))
}

// place8 is an address of the program's own memory for n bytes of a structure: anywhere, the last bytes before a border
// among it.
func (g *Generator) place8(n uint64) (at uint64, ok bool) {
	s, has := g.area()
	if !has {
		return 0, false
	}
	a := pick(g.dice, []vm.Addr{s.start, s.start + 8, s.end - vm.Addr(n), s.end - 4, s.end - 8})
	if g.sight().meets(a, a+vm.Addr(n), span.filled) {
		return 0, false
	}
	return uint64(a), true
}
