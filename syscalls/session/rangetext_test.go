package session

import (
	"strings"
	"testing"
)

// texts are what the statements of a program print at the prompt.
func texts(t *testing.T, program string) (out []string) {
	t.Helper()
	s := newSession(t, program)
	runOut(t, s)
	for _, st := range s.Branch().Statements() {
		out = append(out, st.Text)
	}
	return out
}

func TestARangeOfBadAddressesIsOneSentence(t *testing.T) {
	got := texts(t, "q = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nq[0..100]\n"+
		"p = mmap(NULL, 2*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nmprotect(p + PAGE, PAGE, "+
		"PROT_READ)\np[0..2*PAGE step 1024] = 1\n")
	if want := "q[0..100]\n    100 loads, of 0x7ffff7ff6000 to 0x7ffff7ff6063: SIGSEGV, SEGV_ACCERR\n"; got[1] != want {
		t.Errorf("got\n%swanted\n%s", got[1], want)
	}
	if n := strings.Count(got[4], "\n"); n != 3 || !strings.Contains(got[4], "4 stores") ||
		!strings.Contains(got[4], "no signal") || !strings.Contains(got[4], "SEGV_ACCERR") {
		t.Errorf("got\n%s", got[4])
	}
}

func TestALoadThatGrowsTheStackShowsTheNewArea(t *testing.T) {
	if got := texts(t, "*0x7ffffffdd000\n")[0]; !strings.Contains(got, "+ 7ffffffdd000-7ffffffff000") {
		t.Errorf("got\n%s", got)
	}
}

func TestALongRangeIsCutWithAMark(t *testing.T) {
	got := texts(t, ".file /data/a 65536\nfd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\n"+
		"r = mmap(NULL, 65536, PROT_READ, MAP_SHARED, fd, 0)\nr[0..65536 step 100]\n")
	text := got[len(got)-1]
	if strings.Count(text, "\n") != mostAccesses+1 || !strings.Contains(text, "640 more loads") {
		t.Errorf("got\n%s", text)
	}
}
