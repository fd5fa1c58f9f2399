package vm

import (
	"fmt"
	"syscall"
	"testing"
)

// walked is what Walk calls its function with, in pages from the picture's start.
func walked(p *pictured, first, end int, holes Holes) (parts string, err error) {
	page := func(n int) Addr { return pictureBase + Addr(n)*PageSize }
	err = p.Walk(page(first), page(end), holes, func(a *Area, start, end Addr) error {
		parts += fmt.Sprintf("%d-%d ", (start-pictureBase)>>PageShift, (end-pictureBase)>>PageShift)
		return nil
	})
	return parts, err
}

func TestWalkOfARangeWithAHoleFailsWithENOMEMAtOnceOrAfterTheRest(t *testing.T) {
	for _, x := range []struct {
		picture    string
		first, end int
		holes      Holes
		parts      string
		err        error
	}{
		{"AABB", 0, 4, StopAtHole, "0-2 2-4 ", nil},
		{"AABB", 1, 3, SkipHoles, "1-2 2-3 ", nil},
		{"AA BB", 0, 5, StopAtHole, "0-2 ", syscall.ENOMEM},
		{"AA BB", 0, 5, SkipHoles, "0-2 3-5 ", syscall.ENOMEM},
		{" AA", 0, 3, StopAtHole, "", syscall.ENOMEM},
		{" AA", 0, 3, SkipHoles, "1-3 ", syscall.ENOMEM},
		{"AA  BB", 0, 3, SkipHoles, "0-2 ", syscall.ENOMEM}, // the range ends in the hole
		{"AA", 0, 4, SkipHoles, "0-2 ", syscall.ENOMEM},     // nothing lies above
		{"AA", 0, 2, StopAtHole, "0-2 ", nil},
		{"AA", 1, 1, StopAtHole, "", nil},
	} {
		parts, err := walked(newPictured(t, x.picture), x.first, x.end, x.holes)
		if parts != x.parts || err != x.err {
			t.Errorf("%q from %d to %d: %q, %v; want %q, %v", x.picture, x.first, x.end, parts, err, x.parts, x.err)
		}
	}
}

func TestWalkEndsWithTheFirstErrorOfItsFunction(t *testing.T) {
	p := newPictured(t, "A B")
	calls := 0
	err := p.Walk(pictureBase, pictureBase+3*PageSize, SkipHoles, func(*Area, Addr, Addr) error {
		calls++
		return syscall.EBUSY
	})
	if calls != 1 || err != syscall.EBUSY {
		t.Errorf("%d calls, %v", calls, err)
	}
}
