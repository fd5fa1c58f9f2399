package exercise

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"

	"vmsim/syscalls/plural"
)

// Blank is a line of answers.vms that had a ? in it.
type Blank struct {
	Line  int
	Text  string
	Count int  // of the ? that were there
	Open  bool // one is still there
}

// Blanks holds answers against the questions: every line is as it was, but for the ? in it and for its comment.
func Blanks(asked, text string) (blanks []Blank, err error) {
	want := strings.Split(strings.TrimSpace(asked), "\n")
	got := strings.Split(strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")), "\n")
	if len(want) != len(got) {
		return nil, fmt.Errorf("answers.vms has %s instead of %d: only the ? may change",
			plural.Count(len(got), "line", "lines"), len(want))
	}
	for i := range want {
		n := questions(want[i])
		pattern := "^" + regexp.QuoteMeta(code(want[i])) + "$"
		if n > 0 {
			pattern = strings.ReplaceAll(pattern, `\?`, `(\?|0x[0-9a-fA-F]+|[0-9]+|'.')`)
		}
		if !regexp.MustCompile(pattern).MatchString(code(got[i])) {
			return nil, fmt.Errorf("line %d of answers.vms was %q: only the ? may change, to a number", i+1, want[i])
		}
		if n > 0 {
			blanks = append(blanks, Blank{i + 1, " " + strings.TrimSpace(got[i]), n, questions(got[i]) > 0})
		}
	}
	return blanks, nil
}

// questions is how many ? a line has, but for those in its comment.
func questions(line string) int { return strings.Count(code(line), "?") }

// questionsIn is how many ? a text has, but for those in comments.
func questionsIn(text string) (n int) {
	for line := range strings.Lines(text) {
		n += questions(line)
	}
	return n
}

// code is a line without its comment, and without the space around it.
func code(line string) string {
	text, _, _ := strings.Cut(line, "#")
	return strings.TrimSpace(text)
}

// withoutOpen is the text without the lines that have a ? still, so that the others can be held.
func withoutOpen(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		if questions(l) > 0 {
			lines[i] = ""
		}
	}
	return strings.Join(lines, "\n")
}

// variation is the end of a line such as
//
//	n = 8  # vary 8: 4..12
//
// whose number 8 is any from 4 to 12; with "step 4096" behind it, any at such a distance from the first.
var variation = regexp.MustCompile(`#.*\bvary (\w+): *(\d+)\.\.(\d+)(?: step (\d+))?`)

// Vary gives the lines that are marked so other numbers, as the seed says; 0 leaves them.
func Vary(text string, seed uint64) string {
	if seed == 0 {
		return text
	}
	random := rand.New(rand.NewPCG(seed, 5))
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		m := variation.FindStringSubmatch(l)
		if m == nil {
			continue
		}
		low, high, step := number(m[2]), number(m[3]), max(1, number(m[4]))
		if high < low {
			continue
		}
		n := low + random.Uint64N((high-low)/step+1)*step
		code, comment, _ := strings.Cut(l, "#")
		code = regexp.MustCompile(`\b`+m[1]+`\b`).ReplaceAllString(code, strconv.FormatUint(n, 10))
		lines[i] = code + "#" + comment
	}
	return strings.Join(lines, "\n")
}

func number(s string) uint64 {
	n, _ := strconv.ParseUint(s, 10, 63)
	return n
}
