package prompt

import (
	"strings"
	"testing"

	"vmsim/syscalls/script/scripttest"
)

// anon is a program with four anonymous pages, of which the first is there.
const anon = "p = mmap(NULL, 4*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\np[0] = 1\n"

// TestWhyNamesTheStepThatDecided asks why a page stayed in memory or left it, why a hint was not taken, and what a call
// could not reach.
func TestWhyNamesTheStepThatDecided(t *testing.T) { answered(t, "testdata/why/kept.txt") }

func TestWhyNamesWhatHasBecomeOfAPage(t *testing.T) { answered(t, "testdata/why/lost.txt") }

// answered runs the programs of a file, each as a whole, and asks. A case begins with "##" and its name; its program,
// its question and what the answer has and has not follow, marked as in testdata/reports. Lines marked "#=" are one
// text.
func answered(t *testing.T, file string) {
	t.Helper()
	for _, c := range strings.Split(scripttest.Text(t, file), "\n## ")[1:] {
		name, c, _ := strings.Cut(c, "\n")
		t.Run(name, func(t *testing.T) {
			program, c, _ := strings.Cut(c, "#? ")
			question, c, _ := strings.Cut(c, "\n#= ")
			want, not, ok := strings.Cut(strings.TrimRight(c, "\n"), "\n#! ")
			if !ok || question == "" || want == "" || not == "" {
				t.Fatal("it lacks the question, or what the answer has or has not")
			}
			talking := talk(t, program)
			talking.say("next 100")
			got := talking.say(question)
			if talking.wants(got, strings.ReplaceAll(want, "\n#= ", "\n")); strings.Contains(got, not) {
				t.Errorf("the answer speaks of %q:\n%s", not, got)
			}
		})
	}
}
