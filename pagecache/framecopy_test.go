package pagecache

import (
	"testing"

	"vmsim/vm"
	"vmsim/vm/phys"
)

// onto is memory of a process whose only page is a frame.
type onto struct {
	user
	frame *phys.Frame
	m     *phys.Memory
}

func (o *onto) CopyOut(a vm.Addr, buf []byte) int {
	o.m.Write(o.frame, int(a), buf)
	return len(buf)
}

func (o *onto) CopyIn(a vm.Addr, buf []byte) int {
	o.frame.Read(int(a), buf)
	return len(buf)
}

func (o *onto) Shown(a vm.Addr) (frame *phys.Frame, off, n int) {
	return o.frame, int(a), vm.PageSize - int(a)
}

func TestFramesAreCopiedUpToTheFirstFault(t *testing.T) {
	b := newBench(t, 100)
	f := b.c.Memory.Alloc(nil, 0, phys.Anon)
	b.c.Memory.Write(f, 0, []byte("hello"))
	u := &user{buf: make([]byte, 3)}
	if n := b.c.CopyFrameOut(u, f, 1, 0, 4); n != 3 || string(u.buf) != "ell" {
		t.Errorf("%d bytes copied out: %q", n, u.buf)
	}
	if n := b.c.CopyFrameIn(u, f, 2, 1, 2); n != 2 || f.Byte(2) != 'l' || f.Byte(3) != 'l' {
		t.Errorf("%d bytes copied in", n)
	}
	u.gone = true
	if n := b.c.CopyFrameIn(u, f, 0, 0, 2) + b.c.CopyFrameOut(u, f, 0, 0, 2); n != 0 {
		t.Errorf("%d bytes of memory that is not there", n)
	}
}

func TestACopyOfAFrameOntoItselfLeavesUndeterminedBytes(t *testing.T) {
	b := newBench(t, 100)
	f := b.c.Memory.Alloc(nil, 0, phys.Anon)
	b.c.Memory.Write(f, 0, []byte("abcdefgh"))
	u := &onto{frame: f, m: b.c.Memory}
	b.c.CopyFrameIn(u, f, 1, 0, 4)
	if !b.c.Memory.Cell(f, 2).Undetermined || b.c.Memory.Cell(f, 0).Undetermined {
		t.Error("the bytes after an overlap are determined, or those before it are not")
	}
	b.c.Memory.Determine(f, 0, vm.PageSize)
	b.c.Memory.Write(f, 0, []byte("abcdefgh"))
	b.c.CopyFrameOut(u, f, 0, 1, 4)
	if !b.c.Memory.Cell(f, 3).Undetermined {
		t.Error("the bytes after an overlap are determined")
	}
}
