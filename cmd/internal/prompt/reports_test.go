package prompt

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Each program in testdata/reports is what a public report is about, and what is asked of it: "#?" is a question, typed
// when the lines before it have run; "#=" is what the answer must have, "#!" what it must not. Directives count as
// statements.
func TestWhyNamesTheCauseOfWhatPublicReportsTell(t *testing.T) {
	files, err := filepath.Glob("testdata/reports/*.vms")
	if err != nil || len(files) < 18 {
		t.Fatalf("%d reports, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".vms"), func(t *testing.T) {
			if text := ask(t, file); !strings.Contains(text, "\n# After https://") {
				t.Error("no line names the report")
			}
		})
	}
}

// The programs in testdata/causes are of the same form. The cause of what happens lies in another statement, another
// process, a limit, or in what has been undone since.
func TestWhyNamesACauseThatLiesElsewhere(t *testing.T) {
	files, err := filepath.Glob("testdata/causes/*.vms")
	if err != nil || len(files) < 18 {
		t.Fatalf("%d programs, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".vms"), func(t *testing.T) { ask(t, file) })
	}
}

// Wrong lines are typed, as beginners and C programmers type them; the answer says what is wrong and what to type.
func TestWrongLineIsAnsweredWithWhatToType(t *testing.T) {
	files, err := filepath.Glob("testdata/wrong/*.vms")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".vms"), func(t *testing.T) { ask(t, file) })
	}
}

// ask runs a program and holds the answers to its questions against what it wants; it returns the program.
func ask(t *testing.T, file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	talking, asked, answer := talk(t, ""), 0, ""
	for line := range strings.Lines(string(text)) {
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
	return string(text)
}
