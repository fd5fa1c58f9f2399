package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"vmsim/cmd/internal/prompt"
	"vmsim/syscalls/script"
)

var promptCommand = command{
	name: "prompt", args: "[FILE]",
	line: "the prompt: step into the kernel, step back, ask why (also: vmsim, vmsim -i FILE)",
	text: `Type help there. Where standard input is no terminal, lines are read from it, and nothing but their
answers is printed. Lines that were typed are kept in ~/.local/state/vmsim/history, or under XDG_STATE_HOME. The line
editor reads ~/.inputrc. Exit code 1 if a condition of .expect did not hold, or if a transcript or a saved program
could not be written.`,
	examples: []string{"vmsim prompt"},
	flags:    []flagHelp{costsFlag},
	run:      (*app).prompt,
}

func (a *app) prompt(f *flags) int {
	prog := &script.Program{Name: "prompt"}
	if len(f.rest) > 1 {
		return a.fail(&usageError{"the prompt takes one program", "vmsim -i docs/examples/cow.vms"})
	}
	if len(f.rest) == 1 {
		var err error
		if prog, err = a.program(f.rest[0]); err != nil {
			return a.fail(err)
		}
	}
	p, err := prompt.New(prog, a.screen(), a.costs)
	if err != nil {
		return a.fail(err)
	}
	defer p.Session.Close()
	var page served
	defer page.close()
	p.Outside = a.outside(p, &page)
	code := exitFine
	if isTerminal(a.in, a.out) {
		code = (&terminal{a, p}).talk()
	} else {
		code = a.readLines(p, a.in)
	}
	if code == exitFine && p.Failed() {
		code = exitFailed
	}
	return code
}

// readLines feeds the prompt from what is no terminal.
func (a *app) readLines(p *prompt.Prompt, r io.Reader) int {
	in := bufio.NewScanner(r)
	in.Buffer(nil, 1<<20)
	for !p.Quit() && in.Scan() {
		err := p.Line(in.Text())
		if isBroken(err) {
			return a.fail(err)
		}
		if err != nil {
			fmt.Fprintln(a.out, err)
		}
	}
	if err := in.Err(); err != nil {
		return a.fail(err)
	}
	return exitFine
}

// outside are the commands of vmsim that the prompt offers too.
func (a *app) outside(p *prompt.Prompt, page *served) map[string]func(io.Writer, string) error {
	through := func(run func(*app, *flags) int) func(io.Writer, string) error {
		return func(w io.Writer, rest string) error {
			inner := &app{in: a.in, out: w, err: w, typed: true, costs: a.costs}
			run(inner, &flags{set: map[string]string{}, rest: strings.Fields(rest)})
			return nil
		}
	}
	return map[string]func(io.Writer, string) error{
		"explain": through((*app).explain), "gaps": through((*app).gapsList),
		"compare":   func(w io.Writer, rest string) error { return a.compareSession(w, p, rest) },
		"diff host": func(w io.Writer, _ string) error { return a.diffSession(w, p) },
		"web":       func(w io.Writer, file string) error { return a.webSession(w, p, page, file) },
	}
}

// diffSession runs what a session has run on this machine's kernel too, and compares.
func (a *app) diffSession(w io.Writer, p *prompt.Prompt) error {
	inner := &app{in: a.in, out: w, err: w, typed: true, session: p.Session.Text()}
	inner.diffPrograms(&flags{set: map[string]string{}, rest: []string{theSession}})
	return nil
}

// compareSession compares ways of doing what a session has run, or what a program does that is named.
func (a *app) compareSession(w io.Writer, p *prompt.Prompt, rest string) error {
	words := strings.Fields(rest)
	if n := len(words); n == 0 || !strings.ContainsAny(words[n-1], "./") {
		words = append(words, theSession)
	}
	inner := &app{in: a.in, out: w, err: w, typed: true, costs: a.costs, session: p.Session.Text()}
	inner.compare(&flags{set: map[string]string{}, rest: words})
	return nil
}

// theSession is what commands at the prompt call the program that has run there.
const theSession = "the session"
