package main

import (
	"fmt"
	"strings"
)

var manCommand = command{
	name: "man", line: "the manual page, from the same table as help",
	text:     "vmsim man | man -l - shows it; .ci/release puts it beside the binaries.",
	examples: []string{"vmsim man"},
	run:      (*app).man,
}

// roff is a text as man reads it: no line of it is a request.
var roff = strings.NewReplacer(`\`, `\e`, "-", `\-`, "\n.", "\n\\&.", "\n'", "\n\\&'")

func (a *app) man(*flags) int {
	var b strings.Builder
	b.WriteString(".TH VMSIM 1\n.SH NAME\nvmsim \\- watch Linux map files into memory, one step at a time\n" +
		".SH SYNOPSIS\n.B vmsim\n.I COMMAND\n[\\fIARGUMENT\\fR...]\n.SH COMMANDS\n")
	for _, c := range commands {
		manSection(&b, c)
	}
	b.WriteString(manEnd)
	fmt.Fprint(a.out, b.String())
	return exitFine
}

// manSection writes the section of one command.
func manSection(b *strings.Builder, c command) {
	head := strings.TrimSpace(c.name + " " + c.args)
	fmt.Fprintf(b, ".SS vmsim %s\n%s.\n", roff.Replace(head), roff.Replace(c.line))
	for paragraph := range strings.SplitSeq(c.text, "\n\n") {
		if paragraph != "" {
			fmt.Fprintf(b, ".PP\n%s\n", roff.Replace(strings.Join(strings.Fields(paragraph), " ")))
		}
	}
	for _, f := range c.flags {
		fmt.Fprintf(b, ".TP\n.B %s\n%s\n", roff.Replace(f.name), roff.Replace(f.text))
	}
	b.WriteString(".PP\nExamples:\n.nf\n")
	for _, e := range c.examples {
		fmt.Fprintf(b, "    %s\n", roff.Replace(e))
	}
	b.WriteString(".fi\n")
}

// manEnd are the last sections.
const manEnd = `.SH EXIT STATUS
0 fine, 1 something failed, 2 usage, 3 a mistake of vmsim's own, 4 the evidence is not available here.
.SH ENVIRONMENT
.TP
.B VMSIM_SOURCE
where vmsim's source is, for exercise and grade
.TP
.B NO_COLOR
no colours
`
