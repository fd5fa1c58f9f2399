package session

import (
	"strings"
	"testing"
)

// An access to what brk or mremap was to make, and did not, leads to that call and the check that refused it.
func TestWhyFaultNamesTheCallThatWasToMakeTheMemory(t *testing.T) {
	const above = "p = brk(NULL)\nmmap(p+PAGE, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)\n"
	const area = "p = mmap(NULL, 4*PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nmunmap(p+PAGE, 3*PAGE)\n" +
		"q = mmap(p+3*PAGE, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)\n"
	for text, want := range map[string]string{
		above + "brk(p+4*PAGE)\np[0] = 1\n":                  "refused:  brk(p + 4*PAGE)",
		above + "brk(p+4*PAGE)\nbrk(NULL)\np[0] = 1\n":       "the heap would come too close to the area above it",
		area + "mremap(p, PAGE, 4*PAGE, 0)\np[PAGE]\n":       "refused:  mremap(p, PAGE, 4*PAGE, 0)",
		area + "mremap(p, PAGE, 2*PAGE, 0)\np[2*PAGE]\n":     "",
		above + "brk(p+4*PAGE)\nfork()\n[2] p[0] = 1\n":      "",
		above + "brk(p+4*PAGE)\nmunmap(p+PAGE, PAGE)\np[-1]": "",
	} {
		s := newSession(t, text)
		runOut(t, s)
		links, err := s.WhyFault()
		said := ""
		for _, l := range links {
			said += l.Text + "\n"
		}
		if want == "" && strings.Contains(said, "was to make memory") || !strings.Contains(said, want) {
			t.Errorf("%q: no %q (%v) in\n%s", text, want, err, said)
		}
	}
}
