package session

import (
	"slices"
	"strings"
	"testing"

	"vmsim/vm/trace"
)

// A file that a power cut, an unlink or an exit has dropped has the last name that it had.
func TestStepsNameFilesThatAreNoMore(t *testing.T) {
	for _, text := range []string{
		".machine fs=ext4\n.file /data/a 8192\nfd = open(\"/data/a\", O_RDWR)\nwrite(fd, \"abc\", 3)\n.power_cut\n",
		"fd = open(\"/data/b\", O_RDWR|O_CREAT, 0644)\nwrite(fd, \"abc\", 3)\nunlink(\"/data/b\")\nclose(fd)\n",
		"fd = memfd_create(\"m\", 0)\nwrite(fd, \"abc\", 3)\nclose(fd)\n",
		"fd = open(\"/tmp\", O_TMPFILE|O_RDWR, 0644)\nwrite(fd, \"abc\", 3)\nclose(fd)\n",
		"fork()\n[2] fd = memfd_create(\"m\", 0)\n[2] write(fd, \"abc\", 3)\n[2] exit(0)\n",
	} {
		s := newSession(t, text)
		runOut(t, s)
		dropped := 0
		for _, e := range s.Branch().Events(0, s.Branch().End()) {
			if told := s.Tell(e); strings.Contains(told, "inode ") {
				t.Errorf("%q: step %d: %s", text, e.Seq, told)
			}
			if e.Kind == trace.CacheRemoved {
				dropped++
			}
		}
		if dropped == 0 {
			t.Errorf("%q drops no page", text)
		}
	}
}

// What is said of one thing is in the singular, for every kind of step.
func TestStepsThatCountOneThingSayOne(t *testing.T) {
	for k := range trace.NumKinds {
		e := trace.Event{Kind: k, Args: [3]uint64{1, 1, 1}, Bytes: 1}
		words := strings.FieldsFunc(Sentence(e), func(c rune) bool { return strings.ContainsRune(" ,:()", c) })
		for i, w := range words[:len(words)-1] {
			// "frame 1 is", "page 1 of": the number names a thing and counts none.
			named := i > 0 && slices.Contains([]string{"frame", "page", "entry", "process", "block", "statement",
				"descriptor", "and", "to", "address", "code"}, words[i-1])
			next := words[i+1]
			if i+2 < len(words) && strings.Contains("dirty cached page", next) {
				next = words[i+2]
			}
			if w == "1" && !named && (strings.HasSuffix(next, "s") && next != "is" && next != "was" || next == "are") {
				t.Errorf("%v: %s", k, Sentence(e))
			}
		}
	}
}
