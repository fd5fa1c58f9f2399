package prompt

import (
	"strings"
	"testing"
)

func TestFlagsAreCompletedByTheArgumentTheyBelongTo(t *testing.T) {
	c := talk(t, exampleProgram)
	c.say("next 2")
	for typed, want := range map[string]string{
		"mmap(NULL, 4096, PROT_R":         "PROT_READ",
		"mmap(NULL, 4096, PROT_READ|PR":   "PROT_WRITE",
		"r = mmap(NULL, 4096, 3, MAP_PRI": "MAP_PRIVATE",
		"msync(p, 4096, MS_S":             "MS_SYNC",
		"info page":                       "pagecache",
		"why ":                            "page",
		"why page ":                       "a:0",
		"break call mm":                   "mmap",
		"un":                              "until",
		"mun":                             "munmap(",
		"break maj":                       "major-fault",
		".sl":                             ".sleep",
		"[2] p":                           "p",
		"help co":                         "continue",
	} {
		_, words := c.Complete(typed)
		if !strings.Contains(strings.Join(words, " ")+" ", want+" ") {
			t.Errorf("%q is completed by %q", typed, words)
		}
	}
	if _, words := c.Complete("mmap(NULL, 4096, MAP_PRI"); strings.Contains(strings.Join(words, " "), "MAP_") {
		t.Errorf("flags of another argument: %q", words)
	}
}

func TestASpaceFollowsAWordThatNothingElseCanFollow(t *testing.T) {
	c := talk(t, exampleProgram)
	c.say("next", "next")
	for _, x := range []struct {
		before, word string
		closed       bool
	}{
		{"", "info", true}, {"info ", "maps", true}, {"", ".file", true}, {"break ", "cow", true}, {"break call ",
			"mmap", true},
		{"", "mmap(", false}, {"fd = ", "openat(", false}, {"why page ", "a:0", false}, {"mmap(NULL, 4096, ",
			"PROT_READ", false},
		{".sysctl ", "vm.dirty_ratio=", false}, {"", "p", false},
	} {
		if c.Closes(x.before, x.word) != x.closed {
			t.Errorf("%q: a space after %q must be %v", x.before, x.word, x.closed)
		}
	}
}
