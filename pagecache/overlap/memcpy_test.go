package overlap

import (
	"testing"

	"vmsim/vm/phys"
)

// shift copies n bytes of a frame of letters from off to at within the frame. It returns the first bytes of the frame
// afterwards; an undetermined one is a ?.
func shift(t *testing.T, off, at, n, show int) string {
	t.Helper()
	m := phys.NewMemory(16)
	f := m.Alloc(nil, 0, 0)
	buf := make([]byte, show)
	for i := range buf {
		buf[i] = 'a' + byte(i%26)
	}
	m.Write(f, 0, buf)
	Within(m, f, off, n, int64(at), func(pos int64) (*phys.Frame, int) { return f, int(pos) })
	for i := range buf {
		c := m.Cell(f, i)
		if buf[i] = c.Byte; c.Undetermined {
			buf[i] = '?'
		}
	}
	return string(buf)
}

func TestCopyWithoutOverlapIsTheSameOnAllProcessors(t *testing.T) {
	if got := shift(t, 0, 4, 4, 10); got != "abcdabcdij" {
		t.Errorf("4 bytes from 0 to 4: %s", got)
	}
	if got := shift(t, 2, 0, 6, 10); got != "cdefghghij" {
		t.Errorf("6 bytes from 2 to 0, which all copy upwards: %s", got)
	}
}

// Byte by byte the two bytes before the destination repeat; a processor that loads more at a time stores other bytes.
func TestCopyToAHigherOffsetIsUndeterminedWhereBytesRepeat(t *testing.T) {
	if got := shift(t, 0, 2, 8, 12); got != "abab??????kl" {
		t.Errorf("8 bytes from 0 to 2: %s", got)
	}
	if got := shift(t, 2, 4, 8, 14); got != "abcdcd??????mn" {
		t.Errorf("8 bytes from 2 to 4: %s", got)
	}
	if got := shift(t, 0, 1, 1, 4); got != "aacd" {
		t.Errorf("one byte cannot overlap: %s", got)
	}
}
