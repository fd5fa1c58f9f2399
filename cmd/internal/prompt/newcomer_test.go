package prompt

import (
	"strings"
	"testing"
)

// Each of these is typed by people who do not know the program. The answer is true, and leads on.
func TestANewcomerIsAnswered(t *testing.T) {
	for _, c := range []struct{ name, typed, want, not string }{
		{"a refused brk has failed", ".machine limits=RLIMIT_DATA:1M:1M\nb = brk(0)\nbrk(b + 2M)\nwhy",
			"larger than RLIMIT_DATA allows", "did not fail"},
		{"who has unmapped it", "p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nmunmap(p, PAGE)\n" +
			"why address p", "it is so since statement 2:  munmap(p, PAGE)", "statement 1"},
		{"the answer with the question", "predict minflt 1", "predict takes the counter alone", "condition"},
		{"an arrow", "p->x = 1", "memory has no structures", "help ="},
		{"the name of a signal as an event", "break sigsegv", "it is break signal", "there are"},
		{"a time without a unit", ".sleep 3", "type: .sleep 3s", "6s"},
		{"a setting without a value", ".machine ram=", "type: .machine ram=…", "=="},
		{"a process without a name", "child: *0x1000", "child = fork()", "mmap"},
		{"a number with a letter", "next 3x", "wants a number of times, not \"3x\"", ""},
		{"a line with a letter", "break line 12x", "\"12x\" is no line", "stops"},
		{"a page with a letter", ".file /data/a 5\nwhy page a:0x", "a page of a file is FILE:N", ""},
		{"a size with a unit", "break copy > 100k", "copy is followed by > and a number of bytes", "stops"},
		{"one argument", "exit()", "takes 1 argument, not 0", "arguments"},
		{"no bytes", "p = 0x1000\np[0:0]", "the span has no bytes", "0x0"},
		{"too long a string", "p = 0x1000\np[0:4] = \"toolong\"", "the string has 7 bytes, and the span 4", "tool\""},
		{"a file that cannot be saved", "save /nonexistent/x", "the program could not be written", ""},
		{"a miss of another counter", "p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"predict areas\nmunmap(p, PAGE)\n5", "No: areas -1", "page fault"},
	} {
		t.Run(c.name, func(t *testing.T) {
			talking, got := talk(t, ""), ""
			for line := range strings.SplitSeq(c.typed, "\n") {
				got = talking.say(line)
			}
			if talking.wants(got, c.want); c.not != "" && strings.Contains(got, c.not) {
				t.Errorf("the answer speaks of %q:\n%s", c.not, got)
			}
		})
	}
}
