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
		t.Run(strings.TrimSuffix(filepath.Base(file), ".vms"), func(t *testing.T) { askReport(t, file) })
	}
}

func askReport(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "\n# After https://") {
		t.Error("no line names the report")
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
}
