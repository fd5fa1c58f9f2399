package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// demoShow is one of the demonstrations: a minute of one subject.
type demoShow struct {
	name, line string
	run        func(a *app, f *flags) int
}

var demoShows []demoShow

// The functions of the table print the table, so it is filled in at the start.
func init() {
	demoShows = []demoShow{
		{"mmap", "from mmap() to the first byte in twelve steps, and read() beside it", (*app).demoMmap},
		{"cow", "what fork() copies, and when", scenesOf(demoCow).run},
		{"pressure", "what leaves memory when it is short, why, and what comes back", scenesOf(demoPressure).run},
		{"readahead", "how the kernel guesses which pages come next", scenesOf(demoReadahead).run},
		{"crash", "what a power cut may leave of stores to a mapping", (*app).demoCrash},
	}
}

func demoNames() (names []string) {
	for _, d := range demoShows {
		names = append(names, d.name)
	}
	return names
}

// demo runs one of the demonstrations.
func (a *app) demo(f *flags) int {
	if f.has("list") {
		for _, d := range demoShows {
			fmt.Fprintf(a.out, "vmsim demo %-11s %s\n", d.name, d.line)
		}
		return exitFine
	}
	name := "mmap"
	if len(f.rest) > 0 {
		name = f.rest[0]
	}
	for _, d := range demoShows {
		if d.name == name && len(f.rest) < 2 {
			restore := a.page(f)
			defer restore()
			return d.run(a, f)
		}
	}
	what := didYouMean(fmt.Sprintf("there is no demo %q", name), name, demoNames())
	return a.fail(&usageError{what, "vmsim demo --list"})
}

// page makes the output wait after each screenful, where a person sits before a terminal.
func (a *app) page(f *flags) (restore func()) {
	out, ok := a.out.(*os.File)
	if !ok || !isTerminal(a.in, a.out) || f.has("json") || f.has("ask") {
		return func() {}
	}
	columns, rows, err := term.GetSize(int(out.Fd()))
	if err != nil || rows < 5 {
		return func() {}
	}
	a.out = &pager{to: out, in: bufio.NewReader(a.in), columns: columns, rows: rows}
	if columns >= 80 { // the demos' own width
		return func() { a.out = out }
	}
	fitted := &narrow{to: a.out, columns: columns}
	a.out = fitted
	return func() {
		fitted.end()
		a.out = out
	}
}

// pager passes lines on, and waits for Enter before a screen's last row.
type pager struct {
	to            io.Writer
	in            *bufio.Reader
	columns, rows int
	at            int
	over          bool
}

const pagerHint = "-- Enter goes on, q ends --"

// Write passes on lines.
func (p *pager) Write(b []byte) (int, error) {
	for line := range strings.Lines(string(b)) {
		if p.over {
			break
		}
		takes := p.takes(line)
		if p.at > 0 && p.at+takes > p.rows-1 {
			if p.turn(); p.over {
				break
			}
		}
		if _, err := io.WriteString(p.to, line); err != nil {
			return 0, err
		}
		if strings.HasSuffix(line, "\n") {
			p.at += takes
		}
	}
	return len(b), nil
}

// turn waits for a line between two pages; q ends the output.
func (p *pager) turn() {
	fmt.Fprint(p.to, pagerHint)
	answer, err := p.in.ReadString('\n')
	p.over, p.at = err != nil || strings.HasPrefix(answer, "q"), 0
}

// takes is how many rows of the terminal a line takes: one that is too long goes on in the next.
func (p *pager) takes(line string) int {
	if p.columns <= 0 {
		return 1
	}
	return max(1, (utf8.RuneCountInString(strings.TrimSuffix(line, "\n"))+p.columns-1)/p.columns)
}

// demoScenes is a demonstration as a list of statements, each with what the machine did.
type demoScenes struct {
	intro, setup string
	scenes       []demoLine
	next         string // what to type
}

// demoLine is a statement, and what is said of it from its own steps.
type demoLine struct {
	statement string
	say       func(s *seen) string
}

type scenesOf demoScenes

func (d scenesOf) run(a *app, f *flags) int {
	t, err := newTour("demo", d.setup)
	if err != nil {
		return a.fail(err)
	}
	if !f.has("json") {
		fmt.Fprint(a.out, indent(wrap(d.intro, 80), ""))
	}
	enc := json.NewEncoder(a.out)
	for _, l := range d.scenes {
		said := l.say(t.do(l.statement))
		if !f.has("json") {
			fmt.Fprintf(a.out, "\n%s\n%s", l.statement, indent(wrap(said, 74), "    "))
		} else if err := enc.Encode(demoScene{Statement: l.statement, Answer: said}); err != nil {
			return a.fail(err)
		}
	}
	if !f.has("json") {
		fmt.Fprint(a.out, "\nType next:\n"+d.next)
	}
	return exitFine
}
