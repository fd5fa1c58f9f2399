package strace

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"vmsim/syscalls/script"
	"vmsim/vm"
)

// Imported is a log as a program.
type Imported struct {
	Program *script.Program
	Lines   int // in the log
	Kept    int // statements made of them
	Outside int // of which outside the model: they take the log's answer
	Skipped []Skip
}

// Skip is a line of a log that is no statement of the program, and why.
type Skip struct {
	Line int
	Text string // the beginning of it
	Why  string
}

// Reasons counts the skipped lines by their reason.
func (im *Imported) Reasons() map[string]int {
	out := map[string]int{}
	for _, s := range im.Skipped {
		out[s.Why]++
	}
	return out
}

// Import reads a log of strace, or the page faults of perf trace -F all, and makes a program of it: results are assertions,
// the layout is worked out from the log, files get the sizes that it shows. name is what the program says it comes from.
func Import(name string, r io.Reader) (*Imported, error) {
	im := &importer{procs: map[string]*logProc{}, attached: map[string]bool{}, files: map[string]*logFile{}, faulted: map[uint64]bool{}}
	in := newLines(r)
	for {
		line, err := in.next()
		im.line++
		if errors.Is(err, errLongLine) {
			im.skip("", "the line is over 1 MiB long")
			err = nil
		} else if line != "" {
			im.read(strings.TrimRight(line, "\r\n"))
		}
		if err == io.EOF {
			return im.finish(name)
		}
		if err != nil {
			return nil, err
		}
	}
}

// importer is the state of an import.
type importer struct {
	line     int
	procs    map[string]*logProc // by the log's number; "" is the process of lines without one
	order    []*logProc
	attached map[string]bool // numbers that strace has announced as children
	partial  string          // the first part of a line that strace's own message has cut
	files    map[string]*logFile
	body     []*bodyLine
	skipped  []Skip
	births   []*logProc // processes whose number the log has not told yet
	faulted  map[uint64]bool
	parts    uint64 // statements that large has made
}

// bodyLine is a line of the program to be; a segment's layout takes its place at the end, when all is known.
type bodyLine struct {
	pid    int
	text   string // the statement without its process
	result string // after the equals sign; empty for none
	notes  []string
	seg    *segment // for a layout
	from   int      // line of the log
}

const maxSkipped = 1 << 16

func (im *importer) skip(text, why string) {
	if len(text) > 80 {
		text = text[:80]
	}
	if len(im.skipped) < maxSkipped {
		im.skipped = append(im.skipped, Skip{im.line, text, why})
	}
}

// read takes in one line of the log.
func (im *importer) read(line string) {
	if strings.TrimSpace(line) == "" {
		return
	}
	if len(im.procs) == 0 && strings.HasPrefix(line, "#") {
		return
	}
	if line = im.uncut(line); line == "" {
		return
	}
	l := parseStrace(line)
	switch l.kind {
	case lineOther:
		im.other(line)
		return
	case lineFault:
		im.fault(l, line)
		return
	}
	p := im.proc(l.pid)
	switch l.kind {
	case lineUnfinished:
		im.unfinished(p, l)
	case lineResumed:
		im.resumed(p, l, line)
	case lineCall:
		im.call(p, l)
	case lineSignal:
		im.signal(p, l)
	case lineExit:
		p.ended = true
		im.emit(p, "+++ exited +++", "")
	}
}

// uncut puts a line together that "strace: Process 12 attached" has cut in two, as happens on a terminal. It is empty where
// the rest is yet to come.
func (im *importer) uncut(line string) string {
	line, im.partial = im.partial+line, ""
	head, pid, ok := strings.Cut(line, "strace: Process ")
	if !ok || !strings.HasSuffix(pid, " attached") {
		return line
	}
	im.attached[firstWord(pid)] = true
	if head == "" {
		im.skip(line, "a message of strace's own")
	}
	im.partial = head
	return ""
}

func (im *importer) other(line string) {
	switch {
	case strings.HasPrefix(line, "strace: "):
		im.skip(line, "a message of strace's own")
	case strings.HasPrefix(strings.TrimSpace(line), "> "):
		im.skip(line, "a stack frame")
	case strings.Contains(line, " ms): "):
		im.skip(line, "a call in perf trace's form, which leaves out addresses")
	default:
		im.skip(line, "not understood")
	}
}

// emit adds a statement to the program.
func (im *importer) emit(p *logProc, text, result string) *bodyLine {
	b := &bodyLine{pid: p.pid, text: text, result: result, from: im.line}
	im.body = append(im.body, b)
	return b
}

// signal makes an access of a SIGSEGV or SIGBUS that has an address.
func (im *importer) signal(p *logProc, l straceLine) {
	name := firstWord(l.text)
	code, addr := field(l.text, "si_code="), field(l.text, "si_addr=")
	if name != "SIGSEGV" && name != "SIGBUS" {
		im.skip(l.text, "a signal that is no bad access")
		return
	}
	if addr == "NULL" {
		addr = "0"
	}
	a, ok := script.Number(addr)
	if !ok || strings.HasPrefix(code, "SI_") {
		im.skip(l.text, "a signal without an address")
		return
	}
	kind := "r"
	if code == "SEGV_ACCERR" {
		kind = "w" // a load of what may not be read is rarer
	}
	b := im.emit(p, fmt.Sprintf("touch(%v, %s)", vm.Addr(a), kind), "")
	b.notes = append(b.notes, fmt.Sprintf("--- %s {si_code=%s, si_addr=%v} ---", name, code, vm.Addr(a)))
}

// finish puts the program together, each line through the parser, so that what comes out is a program.
func (im *importer) finish(name string) (*Imported, error) {
	parser := script.NewParser(name)
	out := &Imported{Program: &script.Program{Name: name}, Lines: im.line - 1, Skipped: im.skipped}
	add := func(text string) error { return parser.Append(out.Program, text) }
	var layouts []string
	for _, b := range im.body {
		if b.seg != nil {
			layouts = append(layouts, im.layout(b.seg))
		}
	}
	head := append([]string{"# Imported from " + script.Visible(name) + "."}, im.fileLines()...)
	for _, text := range head {
		if err := add(text); err != nil {
			return nil, err
		}
	}
	for _, b := range im.body {
		texts := []string{b.String()}
		if b.seg != nil {
			texts = strings.Split(fmt.Sprintf("%s%s", who(b.pid, len(im.order)), layouts[0]), "\n")
			layouts = layouts[1:]
		}
		if err := addAll(add, append(texts, b.notes...)); err != nil {
			im.line = b.from
			im.skip(b.text, "not of the language: "+short(err))
			continue
		}
		if b.seg == nil {
			out.Kept++
		}
	}
	out.Skipped = im.skipped
	out.Outside = outsideCalls(out.Program)
	return out, nil
}

func addAll(add func(string) error, lines []string) error {
	for i, l := range lines {
		if i > 0 {
			l = "    " + strings.TrimSpace(l)
		}
		if err := add(l); err != nil {
			return err
		}
	}
	return nil
}

func short(err error) string {
	var e *script.Error
	if errors.As(err, &e) {
		return e.Short()
	}
	return err.Error()
}

func who(pid, procs int) string {
	if procs <= 1 {
		return ""
	}
	return fmt.Sprintf("[%d] ", pid)
}

// String is the line as the parser reads it.
func (b *bodyLine) String() string {
	s := fmt.Sprintf("[%d] %s", b.pid, b.text)
	if b.result != "" {
		s += " = " + b.result
	}
	return s
}

// outsideCalls counts the statements that are always outside the model.
func outsideCalls(prog *script.Program) int {
	n := 0
	for i := range prog.Ops {
		if c, ok := prog.Ops[i].Do.(*script.Call); ok && script.Outside(c.Name) {
			n++
		}
	}
	return n
}
