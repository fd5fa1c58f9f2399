package difftest

import (
	"fmt"
	"strings"

	"vmsim/syscalls/plural"
	"vmsim/syscalls/script"
)

// Bundle is all that it takes to see a difference again.
type Bundle struct {
	Recipe     Recipe     // of a random program; the zero Recipe for one of a file
	Kernel     string     // the release that answered
	Difference Difference // the first of the shrunk program
	Program    []script.Op
	History    [2][]string // each statement with its answers: the kernel's, the model's
	Repeats    bool        // it differs again when it is run alone; else Program is the whole of it
	Cut        bool        // the time was up before it was as short as it gets
	Wrong      string      // what went wrong while the bundle was made, empty for nothing
}

// newBundle shrinks a program that differs and keeps both histories.
func newBundle(lab *Lab, rec Recipe, ops []script.Op, first Difference) Bundle {
	if done := lab.watchDisk(ops); done != nil {
		defer done()
	}
	b := Bundle{Recipe: rec, Kernel: lab.Release}
	b.Program, b.Difference, b.Repeats = lab.Shrink(ops, first)
	b.Cut = lab.cut
	_, err := lab.replay(b.Program, func(kernel, model string) {
		b.History[0] = append(b.History[0], kernel)
		b.History[1] = append(b.History[1], model)
	})
	if err != nil {
		b.Wrong = err.Error()
	}
	return b
}

// Bundle is that of the first difference of w that nothing explains. It is made on machines like those that w ran on.
func (l *Lab) Bundle(w Whole) Bundle {
	same := *l
	same.layout = w.layout
	return newBundle(&same, Recipe{}, w.Ops, w.Unexplained()[0])
}

// String is the bundle for people: the program with the kernel's answers, as a file of the language, and the model's
// where they are others.
func (b Bundle) String() string {
	var t strings.Builder
	b.comments(&t)
	for _, op := range b.Program[:b.headLen()] {
		t.WriteString(op.String() + "\n")
	}
	for i, kernel := range b.History[0] {
		t.WriteString(shown(kernel))
		if i < len(b.History[1]) && b.History[1][i] != kernel {
			t.WriteString(quoted(b.History[1][i]))
		}
	}
	t.WriteString(b.sections())
	return t.String()
}

// comments says what differs, where, how to find it again, and what is uncertain about it.
func (b Bundle) comments(t *strings.Builder) {
	fmt.Fprintf(t, "# %s: kernel %s, model %s\n", b.Difference.What, b.Difference.Want, b.Difference.Got)
	if b.Kernel != "" {
		fmt.Fprintf(t, "# Linux %s. Keep these lines as a file to see it again with vmsim diff.\n", b.Kernel)
	}
	if b.Recipe.Len > 0 {
		fmt.Fprintf(t, "# It comes from: vmsim fuzz %v --programs 1\n", b.Recipe)
	}
	if b.Cut {
		t.WriteString("# The time was up while it was made shorter: that command makes it as short as it gets.\n")
	}
	if !b.Repeats {
		fmt.Fprintf(t,
			"# It did not differ again: this kernel does not always answer this program the same. Does something "+
				"else reclaim memory here?\n")
	}
	if b.Wrong != "" {
		fmt.Fprintf(t, "# %s\n", b.Wrong)
	}
}

// sections are what the program's files hold, where it says so.
func (b Bundle) sections() string {
	var own script.Program
	for _, op := range b.Program {
		if d, ok := op.Do.(*script.Directive); ok && d.File != nil && d.File.Content != nil && !d.File.Stub {
			own.AddSection(d.File.Path, d.File.Content)
		}
	}
	return own.String()
}

// maxQuoted is how many lines of one answer are shown.
const maxQuoted = 40

// shown is the kernel's answer, without the middle of a long list of areas: what was left out is there as a
// comment.
func shown(text string) string {
	if strings.Count(text, "\n") <= maxQuoted {
		return text
	}
	lines := strings.SplitAfter(text, "\n")
	out := strings.Join(lines[:maxQuoted], "")
	return out + fmt.Sprintf("#  kernel: … %s\n", plural.Count(len(lines)-1-maxQuoted, "more line", "more lines"))
}

// quoted is the model's answer as comments.
func quoted(text string) string {
	var t strings.Builder
	n := 0
	for line := range strings.Lines(text) {
		if n++; n > maxQuoted {
			fmt.Fprintf(&t, "#  model: … %s\n",
				plural.Count(strings.Count(text, "\n")-maxQuoted, "more line", "more lines"))
			break
		}
		t.WriteString("#  model: " + line)
	}
	return t.String()
}

func (b Bundle) headLen() int {
	prog, _ := setup(b.Program)
	return len(prog.Ops)
}
