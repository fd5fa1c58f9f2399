package syscalls_test

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"vmsim/syscalls"
	"vmsim/vm"
	"vmsim/vm/trace"
)

// blurred is a process with a file on ext4 of which bytes 4 to 7 are undetermined, a page that maps it, and a page of
// its own memory behind. The machine has swap.
func blurred(t *testing.T) (p *syscalls.Process, fd int, x vm.Addr) {
	t.Helper()
	k := syscalls.New(syscalls.Config{RAM: 64 << 20, FS: syscalls.Ext4, Swap: 1 << 20})
	p = k.Spawn()
	fd = may(p.Open("/data/a", syscalls.OpenReadWrite|syscalls.OpenCreate, 0o644))
	try(p.Ftruncate(fd, 2*vm.PageSize))
	x = may(p.Mmap(0x10000000, 2*vm.PageSize, vm.ProtRead|vm.ProtWrite,
		syscalls.MapPrivate|syscalls.MapAnonymous|syscalls.MapFixed, -1,
		0))
	may(p.Mmap(x, vm.PageSize, vm.ProtRead|vm.ProtWrite, syscalls.MapShared|syscalls.MapFixed, fd, 0))
	for i := range vm.Addr(8) {
		try(p.Store(x+i, 'a'+byte(i)))
	}
	may(p.Pwrite64(fd, x, 6, 2))
	return p, fd, x
}

// marks draws n bytes at a, loaded one by one: ? for those that are undetermined.
func marks(p *syscalls.Process, a vm.Addr, n int) string {
	picture := make([]byte, n)
	for i := range picture {
		picture[i] = '.'
		may(p.Load(a + vm.Addr(i)))
		p.Undetermined(a+vm.Addr(i), 1, func(int) { picture[i] = '?' })
	}
	return string(picture)
}

// putVector stores descriptions of buffers at a.
func putVector(p *syscalls.Process, a vm.Addr, buffers ...[2]uint64) (n uint32) {
	for i, b := range buffers {
		var raw [16]byte
		binary.LittleEndian.PutUint64(raw[:], b[0])
		binary.LittleEndian.PutUint64(raw[8:], b[1])
		try(p.Poke(a+vm.Addr(16*i), raw[:]))
	}
	return uint32(len(buffers))
}

const own vm.Addr = 0x10001000 // the page of its own memory

func openFile(p *syscalls.Process, path string, f syscalls.OpenFlags) int {
	return may(p.Open(path, f|syscalls.OpenReadWrite|syscalls.OpenCreate, 0o644))
}

func showFile(p *syscalls.Process, fd int, f syscalls.MapFlags) vm.Addr {
	return may(p.Mmap(0, vm.PageSize, vm.ProtRead|vm.ProtWrite, f, fd, 0))
}

// carriers copy the page of a blurred process: where a copy is, and which of its bytes are undetermined.
var carriers = map[string]struct {
	want string
	copy func(p *syscalls.Process, fd int, x vm.Addr) (*syscalls.Process, vm.Addr)
}{
	"nowhere": {"....????....",
		func(p *syscalls.Process, _ int, x vm.Addr) (*syscalls.Process, vm.Addr) { return p, x }},
	"read": {"...????.....", func(p *syscalls.Process, fd int, _ vm.Addr) (*syscalls.Process, vm.Addr) {
		may(p.Pread64(fd, own, 100, 1))
		return p, own
	}},
	"readv": {"??.......??.", func(p *syscalls.Process, fd int, _ vm.Addr) (*syscalls.Process, vm.Addr) {
		n := putVector(p, own+1000, [2]uint64{uint64(own) + 9, 2}, [2]uint64{uint64(own), 5})
		may(p.Preadv(fd, own+1000, n, 4))
		return p, own
	}},
	"write": {"......????..", func(p *syscalls.Process, _ int, x vm.Addr) (*syscalls.Process, vm.Addr) {
		to := openFile(p, "/data/b", 0)
		may(p.Pwrite64(to, x, 100, 2))
		return p, showFile(p, to, syscalls.MapShared)
	}},
	"a write from private memory": {"......????..",
		func(p *syscalls.Process, fd int, _ vm.Addr) (*syscalls.Process, vm.Addr) {
			to := openFile(p, "/data/b", 0)
			may(p.Pread64(fd, own, 100, 0))
			may(p.Pwrite64(to, own, 100, 2))
			return p, showFile(p, to, syscalls.MapShared)
		}},
	"sendfile": {".????.......", func(p *syscalls.Process, fd int, _ vm.Addr) (*syscalls.Process, vm.Addr) {
		to, off := openFile(p, "/data/b", 0), int64(3)
		may(p.Sendfile(to, fd, &off, 100))
		return p, showFile(p, to, syscalls.MapShared)
	}},
	"sendfile from a file opened with O_DIRECT": {".????.......",
		func(p *syscalls.Process, _ int, _ vm.Addr) (*syscalls.Process, vm.Addr) {
			from, to, off := openFile(p, "/data/a", syscalls.OpenDirect), openFile(p, "/data/b", 0), int64(512)
			may(p.Sendfile(to, from, &off, 512))
			may(p.Lseek(to, 0, syscalls.SeekSet))
			off = 0
			may(p.Sendfile(to, from, &off, 512))
			may(p.Pread64(to, own, 100, 3))
			return p, own
		}},
	"copy-on-write": {"....????....", func(p *syscalls.Process, fd int, _ vm.Addr) (*syscalls.Process, vm.Addr) {
		y := showFile(p, fd, syscalls.MapPrivate)
		try(p.Store(y+9, 1))
		return p, y
	}},
	"copy-on-write of a page that was mapped": {"....????....",
		func(p *syscalls.Process, fd int, _ vm.Addr) (*syscalls.Process, vm.Addr) {
			y := showFile(p, fd, syscalls.MapPrivate)
			may(p.Load(y))
			try(p.Store(y+9, 1))
			return p, y
		}},
	"fork": {"....????....", func(p *syscalls.Process, fd int, _ vm.Addr) (*syscalls.Process, vm.Addr) {
		may(p.Pread64(fd, own, 100, 0))
		child := may(p.Fork())
		try(child.Store(own+9, 1))
		return child, own
	}},
	"swap": {"....????....", func(p *syscalls.Process, fd int, _ vm.Addr) (*syscalls.Process, vm.Addr) {
		may(p.Pread64(fd, own, 100, 0))
		try(p.Madvise(own, vm.PageSize, syscalls.AdvisePageOut))
		return p, own
	}},
	"disk": {"....????....", func(p *syscalls.Process, fd int, x vm.Addr) (*syscalls.Process, vm.Addr) {
		try(p.Msync(x, vm.PageSize, syscalls.SyncSync))
		try(p.Munmap(x, vm.PageSize))
		p.Kernel().Cache.Drop()
		return p, showFile(p, fd, syscalls.MapShared)
	}},
	"disk, for a page that has changed since": {"....????....",
		func(p *syscalls.Process, fd int, x vm.Addr) (*syscalls.Process, vm.Addr) {
			try(p.Msync(x, vm.PageSize, syscalls.SyncSync))
			for i := range vm.Addr(8) {
				try(p.Store(x+i, 1))
			}
			p.Kernel().PowerCut(nil)
			p = p.Kernel().Spawn()
			return p, showFile(p, openFile(p, "/data/a", 0), syscalls.MapShared)
		}},
	"a direct read": {"....????....", func(p *syscalls.Process, _ int, _ vm.Addr) (*syscalls.Process, vm.Addr) {
		may(p.Pread64(openFile(p, "/data/a", syscalls.OpenDirect), own, 512, 0))
		return p, own
	}},
	"a direct write": {"....????....", func(p *syscalls.Process, fd int, _ vm.Addr) (*syscalls.Process, vm.Addr) {
		may(p.Pread64(fd, own, 512, 0))
		to := openFile(p, "/data/b", syscalls.OpenDirect)
		may(p.Pwrite64(to, own, 512, 0))
		return p, showFile(p, to, syscalls.MapShared)
	}},
}

func TestUndeterminedByteStaysSoWhereverItIsCopied(t *testing.T) {
	for name, way := range carriers {
		t.Run(name, func(t *testing.T) {
			p, fd, x := blurred(t)
			p, at := way.copy(p, fd, x)
			if got := marks(p, at, 12); got != way.want {
				t.Errorf("%s, not %s", got, way.want)
			}
			try(p.Kernel().Check())
		})
	}
}

func TestByteIsDeterminedOnceSomethingElseIsStoredThere(t *testing.T) {
	ways := map[string]struct {
		want  string
		store func(p *syscalls.Process, fd int, x vm.Addr)
	}{
		"a store":         {"....?.??....", func(p *syscalls.Process, _ int, x vm.Addr) { try(p.Store(x+5, 1)) }},
		"a store of zero": {"....?.??....", func(p *syscalls.Process, _ int, x vm.Addr) { try(p.Store(x+5, 0)) }},
		"a write": {"....?..?....",
			func(p *syscalls.Process, fd int, x vm.Addr) { may(p.Pwrite64(fd, x+vm.PageSize, 2, 5)) }},
		"a read": {"......??....",
			func(p *syscalls.Process, fd int, x vm.Addr) { may(p.Pread64(fd, x, 6, vm.PageSize)) }},
		"truncation": {"....??......", func(p *syscalls.Process, fd int, _ vm.Addr) {
			try(p.Ftruncate(fd, 6))
			try(p.Ftruncate(fd, vm.PageSize))
		}},
		"a hole": {"......??....", func(p *syscalls.Process, fd int, _ vm.Addr) { try(p.Fallocate(fd, 3, 2, 4)) }},
		"the same bytes from elsewhere in the page": {"............",
			func(p *syscalls.Process, fd int, x vm.Addr) { may(p.Pwrite64(fd, x+100, 8, 2)) }},
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			p, fd, x := blurred(t)
			way.store(p, fd, x)
			if got := marks(p, x, 12); got != way.want {
				t.Errorf("%s, not %s", got, way.want)
			}
			try(p.Kernel().Check())
		})
	}
}

// TestNoMaskIsLeftOnceAllIsDetermined since looking for one costs time.
func TestNoMaskIsLeftOnceAllIsDetermined(t *testing.T) {
	p, _, x := blurred(t)
	for i := range vm.Addr(8) {
		if !p.Doubts() {
			t.Errorf("nothing is undetermined before byte %d is stored", i)
		}
		try(p.Store(x+i, 0))
	}
	if p.Doubts() {
		t.Error("something is undetermined still")
	}
}

// lump is how many bytes a processor moves at a time.
type lump int

// copied is what is left of memory where a call copies n bytes, whose places are where the functions say.
func (l lump) copied(memory []byte, n int, from, to func(i int) int) {
	for i := 0; i < n; i += int(l) {
		var held []byte
		for k := i; k < min(n, i+int(l)); k++ {
			held = append(held, memory[from(k)])
		}
		for k, b := range held {
			memory[to(i+k)] = b
		}
	}
}

// TestEveryLumpLeavesTheDeterminedBytes reads and writes at random between a file and two mappings of it, with one
// buffer or two: processors that move 1 to 64 bytes at a time leave all of the bytes that are determined, and not all
// of the others.
func TestEveryLumpLeavesTheDeterminedBytes(t *testing.T) {
	lumps := []lump{1, 2, 4, 8, 16, 32, 64}
	undetermined, disputed := 0, 0
	for seed := range uint64(60) {
		dice := rand.New(rand.NewPCG(seed, 7))
		p := syscalls.New(syscalls.Config{RAM: 64 << 20}).Spawn()
		fd := may(p.Open("/data/a", syscalls.OpenReadWrite|syscalls.OpenCreate, 0o644))
		const size = 2 * vm.PageSize
		try(p.Ftruncate(fd, size))
		x := may(p.Mmap(0x10000000, 3*size, vm.ProtRead|vm.ProtWrite,
			syscalls.MapShared|syscalls.MapAnonymous|syscalls.MapFixed, -1, 0))
		for i := range vm.Addr(2) { // the same file twice
			may(p.Mmap(x+i*size, size, vm.ProtRead|vm.ProtWrite, syscalls.MapShared|syscalls.MapFixed, fd, 0))
		}
		memories := make([][]byte, len(lumps))
		for i := range memories {
			memories[i] = make([]byte, size)
		}
		for at := range size {
			b := byte(dice.IntN(256))
			try(p.Store(x+vm.Addr(at), b))
			may(p.Load(x + size + vm.Addr(at))) // a fault in the middle would make two calls of one
			for i := range memories {
				memories[i][at] = b
			}
		}
		for range 3 {
			transferSome(p, fd, x, dice, lumps, memories)
		}
		var open [size]bool
		p.Undetermined(x, size, func(i int) { open[i] = true })
		for at := range size {
			same := true
			for _, m := range memories {
				same = same && m[at] == memories[0][at]
			}
			if b := may(p.Load(x + vm.Addr(at))); b != memories[0][at] || !open[at] && !same {
				t.Fatalf("seed %d: byte %d is %#02x, undetermined: %v; byte by byte it is %#02x, and %v for all", seed,
					at, b, open[at], memories[0][at], same)
			}
			if open[at] {
				undetermined++
			}
			if !same {
				disputed++
			}
		}
	}
	if disputed < 1000 || undetermined < disputed || undetermined > disputed+disputed/2 {
		t.Errorf("%d bytes are undetermined, the processors dispute %d", undetermined, disputed)
	}
}

// transferSome makes one call and does it to the memories as well. The kernel copies a page of the file at a time, and
// one buffer.
func transferSome(p *syscalls.Process, fd int, x vm.Addr, dice *rand.Rand, lumps []lump, memories [][]byte) {
	const size = 2 * vm.PageSize
	pos, n := 100+dice.IntN(size-700), 1+dice.IntN(200)
	if dice.IntN(2) == 0 {
		pos = vm.PageSize - dice.IntN(200)
	}
	base := pos + dice.IntN(160) - 80 + size*dice.IntN(2)
	buffers := [][2]uint64{{uint64(x) + uint64(base), uint64(n)}}
	if k := dice.IntN(n); k > 0 && dice.IntN(2) == 0 {
		buffers = [][2]uint64{{uint64(x) + uint64(base), uint64(k)},
			{uint64(x) + uint64(base+k+dice.IntN(9)), uint64(n - k)}}
	}
	write := dice.IntN(2) == 0
	vec := x + 2*size
	count := putVector(p, vec, buffers...)
	if write {
		may(p.Pwritev(fd, vec, count, int64(pos)))
	} else {
		may(p.Preadv(fd, vec, count, int64(pos)))
	}
	for i, m := range memories {
		at := pos
		for _, b := range buffers {
			for done := 0; done < int(b[1]); {
				k := min(int(b[1])-done, vm.PageSize-at%vm.PageSize)
				user := func(i int) int { return (int(b[0]) - int(x) + done + i) % size }
				file := func(i int) int { return at + i }
				if write {
					lumps[i].copied(m, k, user, file)
				} else {
					lumps[i].copied(m, k, file, user)
				}
				at, done = at+k, done+k
			}
		}
	}
}

// TestStoreToAnUndeterminedByteTakesNoOtherSteps than one to its neighbour does.
func TestStoreToAnUndeterminedByteTakesNoOtherSteps(t *testing.T) {
	p, _, x := blurred(t)
	log := p.Kernel().Log
	count := func(a vm.Addr) trace.Tally {
		before := log.Tally()
		try(p.Store(a, 1))
		try(p.Touch(a, vm.Store))
		return log.Tally().Since(before)
	}
	try(p.Store(x+100, 1))
	if a, b := count(x+100), count(x+5); a != b || b != (trace.Tally{}) {
		t.Errorf("%v and %v", a, b)
	}
	if got, want := marks(p, x, 12), "....?.??...."; got != want {
		t.Errorf("%s, not %s", got, want)
	}
}

// TestACopyOntoItsOwnPageIsUndeterminedWhereTheCopyItselfMapsThePage, as where it was mapped before.
func TestACopyOntoItsOwnPageIsUndeterminedWhereTheCopyItselfMapsThePage(t *testing.T) {
	for name, before := range map[string]func(p *syscalls.Process, x vm.Addr){
		"mapped before":      func(p *syscalls.Process, x vm.Addr) { try(p.Store(x+100, 'x')) },
		"mapped by the copy": func(*syscalls.Process, vm.Addr) {},
	} {
		p := syscalls.New(syscalls.Config{RAM: 64 << 20}).Spawn()
		fd := openFile(p, "/data/a", 0)
		try(p.Ftruncate(fd, vm.PageSize))
		from := may(p.Mmap(0, vm.PageSize, vm.ProtRead|vm.ProtWrite, syscalls.MapPrivate|syscalls.MapAnonymous, -1,
			0))
		for i := range vm.Addr(200) {
			try(p.Store(from+i, byte(i)))
		}
		may(p.Pwrite64(fd, from, 200, 0))
		x := showFile(p, fd, syscalls.MapShared)
		before(p, x)
		may(p.Pread64(fd, x+7, 10, 0))
		if got := marks(p, x, 20); got != "..............???..." {
			t.Errorf("%s: %s", name, got)
		}
	}
}
