package pagecache

import (
	"strings"
	"testing"

	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/clock"
	"vmsim/vm/lru"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// bench is a cache with a disk, and one file on it.
type bench struct {
	t  *testing.T
	c  *Cache
	fs *disk.FileSystem
	m  *Mapping
	f  *File
}

// newBench is a bench whose invariants are checked at the end.
func newBench(t *testing.T, frames uint64) *bench {
	t.Helper()
	b := newUncheckedBench(t, frames)
	t.Cleanup(func() {
		for _, check := range []func() error{b.c.Check, b.fs.Check, b.c.Memory.Check} {
			if err := check(); err != nil {
				t.Error(err)
			}
		}
	})
	return b
}

func newUncheckedBench(t *testing.T, frames uint64) *bench {
	t.Helper()
	b := &bench{t: t, c: NewCache(lru.New(phys.NewMemory(frames)), trace.NewLog(new(clock.Clock)))}
	b.fs = disk.NewFileSystem(disk.NewDevice(1<<20, disk.NVMe))
	b.m = b.c.NewOnDisk("/a", b.fs)
	b.fs.Link("/a", b.m.Inode())
	b.f = b.m.Open("/a", ModeRead|ModeWrite)
	return b
}

// fill writes size bytes, the k-th page full of the k-th letter.
func (b *bench) fill(size int64) {
	b.t.Helper()
	err := b.f.Fill(size, func(off int64, buf []byte) {
		for i := range buf {
			buf[i] = 'a' + byte((off+int64(i))/vm.PageSize%26)
		}
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// cold is a file of so many pages of which nothing is in memory.
func (b *bench) cold(pages int64) {
	b.t.Helper()
	b.fill(pages * vm.PageSize)
	if err := b.f.Sync(0, LastPage, AllOfIt); err != nil {
		b.t.Fatal(err)
	}
	b.f.Advise(AdviseDontNeed, 0, everything)
	if got := b.picture(); strings.Trim(got, ".") != "" {
		b.t.Fatalf("the file is not cold: %s", got)
	}
}

// picture draws the pages of the file: a folio of several is in brackets; c is a clean page, d a dirty
// one, ! one that is not filled, and . one that is not there. The mark at which reading goes on follows its
// folio.
func (b *bench) picture() string {
	var out strings.Builder
	end := pagesFor(b.m.size)
	for i := vm.PageIndex(0); i < end; i++ {
		f := b.m.folio(i)
		if f.head == nil {
			out.WriteByte('.')
			continue
		}
		letter := "c"
		switch {
		case f.has(dirty):
			letter = "d"
		case !f.has(uptodate):
			letter = "!"
		}
		text := strings.Repeat(letter, int(f.pages()))
		if f.large() {
			text = "[" + text + "]"
		}
		if f.has(readaheadMark) {
			text += "^"
		}
		out.WriteString(text)
		i = f.next() - 1
	}
	return out.String()
}

func (b *bench) want(picture string) {
	b.t.Helper()
	if got := b.picture(); got != picture {
		b.t.Errorf("the cache has\n    %s\nand not\n    %s", got, picture)
	}
}

// user is the memory of a process: bytes that are all at hand, or none.
type user struct {
	buf  []byte
	gone bool
}

func (u *user) CopyOut(a vm.Addr, buf []byte) int {
	if u.gone {
		return 0
	}
	return copy(u.buf[a:], buf)
}

func (u *user) CopyInNoFault(a vm.Addr, buf []byte) int {
	if u.gone {
		return 0
	}
	return copy(buf, u.buf[a:])
}

// CopyIn is CopyInNoFault: what is there is at hand.
func (u *user) CopyIn(a vm.Addr, buf []byte) int { return u.CopyInNoFault(a, buf) }

func (u *user) FaultIn(_ vm.Addr, n int) int {
	if u.gone {
		return n
	}
	return 0
}

// Buffer is all of it.
func (u *user) Buffer(_ vm.Addr, n int) int { return n }

// Pin and Shown find no frame: this memory has none.
func (u *user) Pin(vm.Addr, int, vm.Access) ([]*phys.Frame, int, int) { return nil, 0, 0 }

func (u *user) Shown(a vm.Addr) (frame *phys.Frame, off, n int) { return nil, 0, len(u.buf) - int(a) }

func (b *bench) read(pos int64, n uint64) string {
	b.t.Helper()
	u := &user{buf: make([]byte, n)}
	got, err := b.f.Read(u, 0, n, pos)
	if err != nil {
		b.t.Fatal(err)
	}
	return string(u.buf[:got])
}

func (b *bench) write(pos int64, text string) {
	b.t.Helper()
	if n, err := b.f.Write(&user{buf: []byte(text)}, 0, uint64(len(text)), pos); err != nil || n != uint64(len(text)) {
		b.t.Fatalf("%d bytes written: %v", n, err)
	}
}
