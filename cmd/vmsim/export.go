package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"vmsim/syscalls/plural"
	"vmsim/syscalls/session"
)

var exportCommand = command{
	name: "export", args: "FILE", line: "the steps of a program, for other tools to show",
	text: `--perfetto is for https://ui.perfetto.dev: system calls and faults as slices that nest, a track for each
process and one for the disk, counters, and an arrow from a fault to its request. --pprof is for go tool pprof: where
virtual time went and bytes were moved, by statement, call and kernel function. --jsonl is a line of JSON for each step.
--cast is for asciinema play: the program, stepped through at the prompt.`,
	examples: []string{
		"vmsim export --jsonl docs/examples/cow.vms", "vmsim export --perfetto docs/examples/readahead.vms",
	},
	flags: []flagHelp{
		{"--perfetto", "a trace as JSON, for Perfetto and chrome://tracing"},
		{"--pprof", "a profile, for go tool pprof"},
		{"--jsonl", "a line of JSON for each step"},
		{"--cast", "a recording of a terminal, for asciinema"},
		{"-o FILE", "where to write it (default: standard output)"},
		costsFlag,
	},
	run: (*app).export,
}

// exports are the forms, by their flags.
var exports = map[string]func(w io.Writer, s *session.Session) error{
	"perfetto": exportPerfetto, "pprof": exportProfile, "jsonl": exportLines, "cast": exportCast,
}

const tryExport = "vmsim export --perfetto docs/examples/cow.vms -o trace.json"

func (a *app) export(f *flags) int {
	write, err := exportForm(f)
	if err != nil {
		return a.fail(err)
	}
	if write == nil || len(f.rest) != 1 {
		return a.fail(&usageError{"export wants a form and a program", tryExport})
	}
	s, err := a.runOut(f.rest[0], nil)
	if err != nil {
		return a.fail(err)
	}
	defer s.Close()
	if !f.has("o") {
		if err := write(a.out, s); err != nil {
			return a.fail(err)
		}
		return exitFine
	}
	out, err := os.Create(f.set["o"])
	if err != nil {
		return a.fail(err)
	}
	if err := errors.Join(write(out, s), out.Close()); err != nil {
		return a.fail(err)
	}
	fmt.Fprintf(a.err, "%s is written: %s\n", f.set["o"], plural.Count(s.Branch().End(), "step", "steps"))
	return exitFine
}

// exportForm is the one form that is asked for, or nil.
func exportForm(f *flags) (write func(io.Writer, *session.Session) error, err error) {
	for name, w := range exports {
		if f.has(name) {
			if write != nil {
				return nil, &usageError{"export writes one form at a time", tryExport}
			}
			write = w
		}
	}
	return write, nil
}

// exportedStep is a step as a line of JSON.
type exportedStep struct {
	T      uint64    `json:"t"`
	Nanos  int64     `json:"ns"` // of virtual time
	PID    int       `json:"pid"`
	Kind   string    `json:"kind"`
	Args   [3]uint64 `json:"args"`
	Bytes  uint64    `json:"bytes,omitempty"`
	Text   string    `json:"text"`
	Source string    `json:"statement"`
}

func exportLines(w io.Writer, s *session.Session) error {
	enc, b := json.NewEncoder(w), s.Branch()
	for _, e := range b.Events(0, b.End()) {
		step := exportedStep{
			T: e.Seq, Nanos: int64(e.Time), PID: e.PID, Kind: e.Kind.String(), Args: e.Args, Bytes: e.Bytes,
			Text: s.Tell(e), Source: statementOf(s, session.Moment(e.Seq)),
		}
		if err := enc.Encode(step); err != nil {
			return err
		}
	}
	return nil
}

// statementOf is the statement that a step belongs to, on one line.
func statementOf(s *session.Session, t session.Moment) string {
	b := s.Branch()
	if n := b.StatementAt(t); n < len(b.Ops()) {
		return firstLine(b.Ops()[n].Head())
	}
	return ""
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
