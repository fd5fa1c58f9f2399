package script_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"vmsim/syscalls/script"
)

func TestErrorsSayWhereWhyAndWhatToType(t *testing.T) {
	for _, c := range []struct {
		text, what, near string
		line, col        int
	}{
		{"p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVAT, -1, 0)", "unknown name MAP_PRIVAT", "MAP_PRIVATE", 1, 33},
		{"mumap(0x1000, 4096)", "unknown call mumap", "munmap", 1, 1},
		{"\n*q", "unknown name q", "", 2, 2},
		{"p = 4096\n*pp", "unknown name pp", "p", 2, 2},
		{"madvise(0x1000, 4096, MADV_DONTNED)", "unknown name MADV_DONTNED", "MADV_DONTNEED", 1, 23},
		{"munmap(0x1000)", "munmap takes 2 arguments, not 1", "", 1, 1},
		{"munmap(0x1000, 4096", "expected , or ) after the argument, but the line ends", "", 1, 20},
		{"munmap(0x1000, 4096) = -1 EINVL", "unknown error EINVL", "EINVAL", 1, 27},
		{".slep 6s", "unknown directive .slep", ".sleep", 1, 2},
		{".machine rma=64M", "unknown setting rma", "ram", 1, 10},
		{".machine fs=xfs", "fs cannot be xfs", "", 1, 13},
		{".file /data/a", ".file needs a path and a size", "", 1, 14},
		{".file /data/a 0x8000000000000000", "a file's size is a number below 2^63", "", 1, 15},
		{"*0x10000000000000000", "the number is over 64 bits", "", 1, 2},
		{"*0x1000 = 'ab'", "a character is one byte between single quotes; text is in double ones", "", 1, 11},
		{`openat(AT_FDCWD, "/data/a, O_RDWR)`, `the closing " is missing`, "", 1, 18},
		{"*0x1000 == \x01", "no statement has the character 0x01", "", 1, 12},
		{"*0x1000\x00", "a byte 0 in the text", "", 1, 8},
		{"p[0] = 1", "unknown name p", "", 1, 1},
		{"touch(0x1000, z)", "expected a kind of touch, not z", "", 1, 15},
		{"    faults 1 0", "an observation with no statement before it", "", 1, 1},
		{"sync()\n    faults one", "faults are two numbers, minor and major", "", 2, 5},
		{"sync()\n    --- SIGBUS", "a signal is written as strace writes it", "", 2, 5},
		{"[0] sync()", "a process is a number from 1 on, in the order of birth", "", 1, 2},
		{"PAGE = 5", "PAGE is a constant; it cannot be bound", "", 1, 1},
		{"munmap 0x1000, 4096", "munmap's arguments stand in parentheses", "", 1, 1},
		{"munmap(addr: 0x1000, lenght: 4096)", "munmap has no argument lenght", "length", 1, 22},
		{"*" + strings.Repeat("(", 200) + "1", "parentheses are nested over 100 deep", "", 1, 103},
		{"*" + strings.Repeat("-", 200) + "1", "operators are nested over 100 deep", "", 1, 102},
		{"*(1" + strings.Repeat("+1", 6000), "the line has over 5000 values", "", 1, 10001},
		{".expect majflt = 1", "a condition compares, not =", "", 1, 16},
		{".layout brk=x", "unknown word brk=x", "", 1, 9},
		{".layout\n  5-6 rw-p 0", "an area begins and ends at pages, its end after its start", "", 2, 3},
	} {
		_, err := script.Parse("a.vms", c.text)
		var e *script.Error
		if !errors.As(err, &e) {
			t.Errorf("%.60q: %v", c.text, err)
			continue
		}
		if e.What != c.what || e.Near != c.near || e.Line != c.line || e.Col != c.col {
			t.Errorf("%.60q:\n got %d:%d %q near %q\nwant %d:%d %q near %q", c.text, e.Line, e.Col, e.What, e.Near,
				c.line, c.col, c.what, c.near)
		}
	}
}

func TestAnErrorShowsTheLineWithACaret(t *testing.T) {
	_, err := script.Parse("a.vms", "p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVAT, -1, 0)")
	want := `a.vms:1:33: unknown name MAP_PRIVAT
    p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVAT, -1, 0)
                                    ^
  did you mean MAP_PRIVATE?`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestALongLineIsShownInPart(t *testing.T) {
	_, err := script.Parse("a.vms", "*(0"+strings.Repeat(" + 0", 1000)+" + nothing")
	for _, line := range strings.Split(err.Error(), "\n") {
		if len(line) > 130 {
			t.Errorf("%d columns: %s", len(line), line)
		}
	}
	if !strings.Contains(err.Error(), "nothing\n") {
		t.Errorf("the place is not shown: %v", err)
	}
}

// endless is a line of 10 GB.
type endless struct{ left int64 }

func (e *endless) Read(b []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	for i := range b {
		b[i] = 'a'
	}
	e.left -= int64(len(b))
	return len(b), nil
}

func TestALineOfTenGigabytesIsRefusedAtOnce(t *testing.T) {
	in := &endless{10 << 30}
	_, err := script.Read("a.vms", in)
	if err == nil || !strings.Contains(err.Error(), "over 1 MiB") {
		t.Error(err)
	}
	if used := 10<<30 - in.left; used > 4<<20 {
		t.Errorf("%d bytes were read", used)
	}
}
