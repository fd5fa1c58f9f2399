package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"vmsim/syscalls/session"
	"vmsim/vm/trace"
)

// The pace of a recording, in seconds: a character that is typed, and a look at what came of a line.
const (
	castKey  = 0.06
	castLook = 1.4
)

// exportCast is the program at a terminal of 100 columns: each statement as if it were typed, and what it did.
// The format: asciicast, version 2.
func exportCast(w io.Writer, s *session.Session) error {
	enc, at := json.NewEncoder(w), 0.0
	enc.SetEscapeHTML(false)
	if err := enc.Encode(map[string]any{"version": 2, "width": 100, "height": 28, "title": "vmsim"}); err != nil {
		return err
	}
	say := func(text string, wait float64) error {
		err := enc.Encode([]any{at, "o", strings.ReplaceAll(text, "\n", "\r\n")})
		at += wait
		return err
	}
	for _, st := range s.Branch().Statements() {
		if err := say(fmt.Sprintf("(vmsim t=%d pid %d) ", st.Begin, st.PID), 3*castKey); err != nil {
			return err
		}
		for _, c := range firstLine(st.Op.Head()) {
			if err := say(string(c), castKey); err != nil {
				return err
			}
		}
		if err := say("\n"+st.Text+castSteps(s, st), castLook); err != nil {
			return err
		}
	}
	return nil
}

// castSteps are the steps of a statement that a viewer wants to see.
func castSteps(s *session.Session, st session.Statement) string {
	var b strings.Builder
	for _, e := range s.Branch().Events(st.Begin, st.End) {
		switch e.Kind {
		case trace.Faulted, trace.FaultMinor, trace.FaultMajor, trace.SignalRaised, trace.CowBroken, trace.CopyCow,
			trace.CacheMiss, trace.IoSubmitted, trace.PageDirtied, trace.AreaNew:
			fmt.Fprintf(&b, "%6d %c %s\n", e.Seq, session.Symbol(e.Kind), s.Tell(e))
		}
	}
	return b.String()
}
