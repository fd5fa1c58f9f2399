package pagecache

import (
	"syscall"
	"testing"

	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// unreadable is memory that no byte can be read of.
type unreadable struct{ User }

func (unreadable) CopyIn(vm.Addr, []byte) int                   { return 0 }
func (unreadable) Buffer(_ vm.Addr, n int) int                  { return n }
func (unreadable) Shown(vm.Addr) (f *phys.Frame, off, rest int) { return nil, 0, vm.PageSize }

// pipeOn is a pipe of a release of Linux, and a page of memory for the other side.
func pipeOn(t *testing.T, release string) (*Pipe, *pipePages) {
	t.Helper()
	b := newBench(t, 100)
	which, err := profile.Parse(release)
	if err != nil {
		t.Fatal(err)
	}
	b.c.Profile = which
	read, _ := b.c.NewPipe()
	return read.Pipe(), newPipePages(&b.c.Reclaim, vm.PageSize)
}

// failing is a write to the pipe whose buffer cannot be read.
func (p *Pipe) failing(t *testing.T, mode OpenMode) {
	t.Helper()
	if n, err := p.Write(unreadable{}, 0, 5, mode); n != 0 || err != syscall.EFAULT {
		t.Fatalf("a write of what cannot be read is %d (%v)", n, err)
	}
}

// full is a write of a page to the pipe.
func (p *Pipe) full(t *testing.T, from User) {
	t.Helper()
	if n, err := p.Write(from, 0, vm.PageSize, ModeWrite); n != vm.PageSize || err != nil {
		t.Fatalf("a write of a page is %d (%v)", n, err)
	}
}

func TestFailedWriteLeavesAnEmptyPieceInAPipeUntil615(t *testing.T) {
	for release, want := range map[string]int{"6.12": 1, "6.18": 0} {
		p, page := pipeOn(t, release)
		p.failing(t, ModeWrite)
		if len(p.ring) != want || p.Bytes() != 0 {
			t.Errorf("%s: %d pieces with %d bytes are left, want %d with none", release, len(p.ring), p.Bytes(), want)
		}
		if n, err := p.Write(page, 0, 10, ModeWrite); n != 10 || err != nil || len(p.ring) != 1 {
			t.Errorf("%s: the next write is %d (%v), and there are %d pieces, want one", release, n, err, len(p.ring))
		}
	}
}

func TestReadersSkipTheEmptyPiecesOfAPipe(t *testing.T) {
	p, page := pipeOn(t, "6.12")
	for name, read := range map[string]func() (uint64, error){
		"read":     func() (uint64, error) { return p.Read(page, 0, 2*vm.PageSize) },
		"vmsplice": func() (uint64, error) { p.SkipEmpty(); return p.Copy(page, 0, vm.PageSize) },
		"splice":   func() (uint64, error) { p.SkipEmpty(); return p.Discard(2 * vm.PageSize), nil },
	} {
		p.failing(t, ModeWrite)
		p.full(t, page)
		if n, err := read(); n != vm.PageSize || err != nil || len(p.ring) != 0 {
			t.Errorf("%s takes %d bytes (%v) and leaves %d pieces", name, n, err, len(p.ring))
		}
	}
	p.full(t, page)
	p.failing(t, ModeWrite)
	p.full(t, page)
	if n := p.Discard(2 * vm.PageSize); n != vm.PageSize || len(p.ring) != 2 {
		t.Errorf("splice takes %d bytes and leaves %d pieces: it ends at the empty one", n, len(p.ring))
	}
	if pieces, n := p.front(vm.PageSize); len(pieces) != 1 || n != vm.PageSize {
		t.Errorf("what goes to a file is %d bytes in %d pieces, want the full one", n, len(pieces))
	}
}

func TestEmptyPacketIsAReadOfNothing(t *testing.T) {
	p, page := pipeOn(t, "6.12")
	p.failing(t, ModeDirect)
	if n, err := p.Read(page, 0, 10); n != 0 || err != nil {
		t.Errorf("the read is %d (%v)", n, err)
	}
	if n, err := p.Read(page, 0, 10); n != 0 || err != syscall.EAGAIN {
		t.Errorf("the next read is %d (%v), want EAGAIN", n, err)
	}
}
