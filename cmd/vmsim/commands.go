package main

import (
	"fmt"
	"os"
	"strings"

	"vmsim/cmd/internal/prompt"
	"vmsim/cmd/internal/words"
	"vmsim/docs"
	"vmsim/syscalls/script"
)

// command is one command of vmsim: its row in help, completion and docs/commands.md, and what it does.
type command struct {
	name     string
	args     string   // as in FILE…
	line     string   // what it does, in a line
	text     string   // what more is to be said
	examples []string // each is run by a test
	flags    []flagHelp
	words    func() []string // what may follow the name besides files, for completion; nil for nothing else
	run      func(*app, *flags) int
}

// flagHelp is a flag of a command.
type flagHelp struct{ name, text string }

var commands []command

// The functions of the table print the table, so it is filled in at the start.
func init() {
	commands = []command{
		demoCommand, promptCommand, tuiCommand, webCommand, runCommand, testCommand, claimsCommand, compareCommand,
		importCommand, diffCommand, recordCommand, shadowCommand, fuzzCommand, doctorCommand,
		explainCommand, gapsCommand, docsCommand, completionCommand, versionCommand, helpCommand,
		benchCommand, simCommand, plotCommand, exportCommand, crashCommand, mutantCommand, exerciseCommand,
		gradeCommand, manCommand,
	}
}

func commandNamed(name string) (command, bool) {
	for _, c := range commands {
		if c.name == name {
			return c, true
		}
	}
	return command{}, false
}

func commandNames() []string {
	names := make([]string, len(commands))
	for i, c := range commands {
		names[i] = c.name
	}
	return names
}

func (a *app) unknownCommand(name string) int {
	fmt.Fprintf(a.err, "vmsim: there is no command %q", name)
	if prompt.HasCommand(name) {
		fmt.Fprintf(a.err, " here, but at the prompt.\nTry: vmsim -i docs/examples/cow.vms, and there: help %s\n", name)
		return exitUsage
	}
	if near := script.Nearest(name, commandNames()); near != "" {
		fmt.Fprintf(a.err, "; did you mean %s?\nTry: vmsim %s\n", near, near)
		return exitUsage
	}
	if _, err := os.Stat(name); err == nil {
		fmt.Fprintf(a.err, ", but a file.\nTry: vmsim run %s, or, to step through it, vmsim -i %s\n", name, name)
		return exitUsage
	}
	fmt.Fprint(a.err, ".\nTry: vmsim help\n")
	return exitUsage
}

var helpCommand = command{
	name: "help", args: "[COMMAND|language|WORD]",
	line:     "this page, a command's own, the language of programs, or what a word means",
	examples: []string{"vmsim help", "vmsim help run", "vmsim help language"},
	words:    commandNames,
	run:      (*app).help,
}

const front = `vmsim - watch Linux map files into memory, one step at a time
        (model: Linux 6.18, x86-64)

  vmsim demo                     a 60-second tour, from mmap() to the first byte
  vmsim run cow.vms              run a program, print it as strace would
  vmsim                          the prompt (also: vmsim -i cow.vms)
  vmsim web cow.vms              the same in a browser
  vmsim diff cow.vms             run it on this Linux too, and compare
  vmsim compare read mmap        copies, faults, calls, disk: side by side
  vmsim claims                   popular claims about mmap, each tried

`

func (a *app) help(f *flags) int {
	if len(f.rest) == 0 {
		a.listCommands()
		return exitFine
	}
	if f.rest[0] == "language" {
		fmt.Fprint(a.out, reflow(docs.Language, 80))
		return exitFine
	}
	c, ok := commandNamed(f.rest[0])
	if !ok && !prompt.HasCommand(f.rest[0]) && words.Explain(strings.Join(f.rest, " ")) != nil {
		return a.explain(f)
	}
	if !ok {
		return a.unknownCommand(f.rest[0])
	}
	fmt.Fprint(a.out, c.help())
	return exitFine
}

// listCommands prints a line for each command, and what the exit codes mean.
func (a *app) listCommands() {
	fmt.Fprint(a.out, front)
	for _, c := range commands {
		fmt.Fprintf(a.out, "  %-11s%s", c.name, strings.TrimLeft(indent(wrap(c.line, 66), "             "), " "))
	}
	fmt.Fprint(a.out,
		"\nvmsim help COMMAND tells more. Exit codes: 0 fine, 1 something failed, 2 usage,\n3 a mistake of "+
			"vmsim's own, 4 the evidence is not available here.\n")
}

// flagWidth is where the texts of flags begin.
const flagWidth = 25

// help is the command's own page: examples first.
func (c command) help() string {
	var b strings.Builder
	for _, e := range c.examples {
		fmt.Fprintf(&b, "  %s\n", e)
	}
	fmt.Fprintf(&b, "\nvmsim %s\n\n%s", strings.TrimSpace(c.name+" "+c.args), indent(wrap(c.line+".", 80), ""))
	for paragraph := range strings.SplitSeq(c.text, "\n\n") {
		if paragraph != "" {
			b.WriteString("\n" + indent(wrap(paragraph, 80), ""))
		}
	}
	if len(c.flags) > 0 {
		b.WriteString("\n")
	}
	for _, f := range c.flags {
		text := indent(wrap(f.text, 80-flagWidth), strings.Repeat(" ", flagWidth))
		fmt.Fprintf(&b, "  %-*s %s", flagWidth-3, f.name, strings.TrimLeft(text, " "))
	}
	return b.String()
}
