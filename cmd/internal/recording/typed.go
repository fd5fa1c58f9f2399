package recording

import (
	"bytes"
	"errors"
	"fmt"

	"vmsim/cmd/internal/prompt"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
)

// Line is a line that is typed into the page, at a moment of a program. Without a text the program is to run.
type Line struct {
	Name    string `json:"name"`
	Program string `json:"program"`
	At      int    `json:"at"`
	Text    string `json:"line"`

	Costs *model.Costs `json:"-"` // how long things take; nil for the defaults
}

// Reply is what the prompt answers. A statement makes a branch: its recording, and the position after the statement.
type Reply struct {
	Answer    string
	Recording *Recording
	At        int
}

// Type does a line as the prompt would do it at that moment. The error is for the reader.
func Type(l Line) (*Reply, error) {
	prog, err := script.Parse(l.Name, l.Program)
	if err != nil {
		return nil, err
	}
	if l.Text == "" {
		r, err := Of(prog, l.Program, l.Costs)
		return &Reply{Recording: r}, err
	}
	var out bytes.Buffer
	p, err := prompt.New(prog, &out, l.Costs)
	if err != nil {
		return nil, err
	}
	defer p.Session.Close()
	p.Sealed = true
	if err := p.Line(fmt.Sprintf("goto %d", l.At)); err != nil {
		return nil, err
	}
	s := p.Session
	before := len(s.Branch().Ops())
	out.Reset()
	if err := p.Line(l.Text); err != nil {
		return nil, err
	}
	reply := &Reply{Answer: out.String(), At: int(s.At())}
	if len(s.Branch().Ops()) == before {
		return reply, nil
	}
	if _, err := s.Goto(0); err != nil {
		return nil, err
	}
	reply.Recording, err = record(s, l.Name, "", exactLooks)
	if err != nil {
		return nil, err
	}
	for _, st := range reply.Recording.Statements {
		if st.Error != "" {
			return nil, errors.New(st.Text + ": " + st.Error)
		}
	}
	reply.Recording.Program = s.Text()
	return reply, nil
}
