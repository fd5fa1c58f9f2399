package prompt

import (
	"errors"
	"fmt"
	"strings"

	"vmsim/syscalls/script"
)

var lookCommands = []command{
	{
		name: "info", also: []string{"i"}, group: "Look", args: "VIEW [-c] [--json]",
		line:    "a view of the machine as it is now; info alone lists the views",
		text:    "-c shows what has changed in it since it was last shown. --json prints it for a program to read.",
		example: "info maps", shows: "[stack]", run: (*Prompt).info, words: infoWords,
	},
	{
		name: "print", also: []string{"p"}, group: "Look", args: "EXPR",
		line: "the value of an expression or a name, of a counter, of a byte of memory",
		text: "p+PAGE, p[0], p[0:8], pte(p).dirty, page(fd, 0).dirty, minflt, minflt == 1. It only looks: no " +
			"fault is taken. p[0] as a line of its own loads.",
		example: "print 2*PAGE", shows: "8192", run: (*Prompt).print, words: condWords,
	},
}

func (p *Prompt) print(rest string) error {
	if rest == "" && p.bound("p") {
		rest = "p" // it was meant as the name, and not as the command's short one
	}
	if rest == "" {
		return wrong("print p[0]", "print what? An expression, a counter, or a byte of memory")
	}
	text, err := p.Session.Worth(rest)
	var e *script.Error
	if errors.As(err, &e) {
		return parseError(e)
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(p.out, text)
	return nil
}

// value is what an expression of the language is worth now.
func (p *Prompt) value(text string) (uint64, error) {
	if strings.TrimSpace(text) == "" {
		return 0, wrong("print p+PAGE", "an expression is wanted")
	}
	v, err := p.Session.Eval(text)
	var e *script.Error
	if errors.As(err, &e) {
		return 0, parseError(e)
	}
	return v, err
}

func infoWords(p *Prompt, args []string) []string {
	if len(args) == 0 {
		return viewNames()
	}
	return []string{"-c", "--json", "all"}
}
