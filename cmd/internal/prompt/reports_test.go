package prompt

import (
	"strings"
	"testing"

	"vmsim/syscalls/script/scripttest"
)

// Each program in testdata/reports is what a public report is about, and what is asked of it: "#?" is a question, typed
// when the lines before it have run; "#=" is what the answer must have, "#!" what it must not. Directives count as
// statements.
func TestWhyNamesTheCauseOfWhatPublicReportsTell(t *testing.T) {
	scripttest.Each(t, atLeast(t, 18, "testdata/reports/*.vms"), func(t *testing.T, file string) {
		if text := ask(t, file); !strings.Contains(text, "\n# After https://") {
			t.Error("no line names the report")
		}
	})
}

// The programs in testdata/causes are of the same form. The cause of what happens lies in another statement, another
// process, a limit, or in what has been undone since.
func TestWhyNamesACauseThatLiesElsewhere(t *testing.T) {
	scripttest.Each(t, atLeast(t, 18, "testdata/causes/*.vms"), func(t *testing.T, file string) { ask(t, file) })
}

// Wrong lines are typed, as beginners and C programmers type them; the answer says what is wrong and what to type.
func TestWrongLineIsAnsweredWithWhatToType(t *testing.T) {
	scripttest.Each(t, "testdata/wrong/*.vms", func(t *testing.T, file string) { ask(t, file) })
}

// atLeast wants so many files of a pattern, which it returns.
func atLeast(t *testing.T, n int, pattern string) string {
	t.Helper()
	if files := scripttest.Files(t, pattern); len(files) < n {
		t.Fatalf("%d files %s, want %d", len(files), pattern, n)
	}
	return pattern
}

// ask runs a program and holds the answers to its questions against what it wants; it returns the program.
func ask(t *testing.T, file string) string {
	text := scripttest.Text(t, file)
	talking, asked, answer := talk(t, ""), 0, ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		mark, rest, _ := strings.Cut(line, " ")
		switch mark {
		case "#?":
			asked++
			answer = talking.say(rest)
		case "#=":
			talking.wants(answer, rest)
		case "#!":
			if strings.Contains(answer, rest) {
				t.Errorf("the answer speaks of %q:\n%s", rest, answer)
			}
		case "#":
		default:
			talking.say(line)
		}
	}
	if asked == 0 {
		t.Error("nothing is asked")
	}
	return text
}
