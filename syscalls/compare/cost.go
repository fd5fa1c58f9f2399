package compare

import (
	"fmt"
	"strings"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/vm/trace"
)

// Cost is what a part of the work took.
type Cost struct {
	Step     string            `json:"step"`
	Calls    uint64            `json:"calls"`
	Minor    uint64            `json:"minflt"`
	Major    uint64            `json:"majflt"`
	Copies   map[string]uint64 `json:"copies,omitempty"`   // bytes, by the language's names; known of the model alone
	Requests uint64            `json:"requests,omitempty"` // to the disk
	Nanos    int64             `json:"ns,omitempty"`       // of virtual time
}

// Costs are a way's steps, and all of them together.
type Costs struct {
	Way   Way    `json:"way"`
	On    string `json:"on"` // model, or this kernel
	Steps []Cost `json:"steps"`
	Total Cost   `json:"total"`
}

// Measure runs a program of Work.Program on a machine and counts. Copies, requests and time are counted where m is the
// model.
func Measure(way Way, prog *script.Program, m run.Machine) (*Costs, error) {
	c := &Costs{Way: way, On: "this kernel", Total: Cost{Step: "all", Copies: map[string]uint64{}}}
	model, isModel := m.(*model.Machine)
	if isModel {
		c.On = "model"
	}
	r, err := run.NewRunner(prog, m, run.Options{Show: run.Faults})
	if err != nil {
		return nil, err
	}
	steps := stepsOf(prog)
	var last trace.Tally
	var then int64
	for r.Next() {
		res := r.Result()
		for len(steps) > 0 && res.Op.Line > steps[0].line {
			c.Steps = append(c.Steps, Cost{Step: steps[0].name, Copies: map[string]uint64{}})
			steps = steps[1:]
		}
		if len(c.Steps) == 0 {
			continue
		}
		if res.Errno != 0 {
			return nil, fmt.Errorf("%s: %s is answered by %s", prog.Name, res.Op.Head(), script.ErrnoName(res.Errno))
		}
		at := &c.Steps[len(c.Steps)-1]
		at.Minor, at.Major = at.Minor+res.Minor, at.Major+res.Major
		if _, ok := res.Op.Do.(*script.Call); ok {
			at.Calls++
		}
		if isModel {
			now, t := model.Counted(), model.Elapsed()
			at.add(now.Since(last), t-then)
			last, then = now, t
		}
	}
	for _, s := range c.Steps {
		c.Total.plus(s)
	}
	return c, r.Err()
}

// namedStep is where a step begins.
type namedStep struct {
	name string
	line int
}

func stepsOf(prog *script.Program) (steps []namedStep) {
	for i := range prog.Ops {
		if name, ok := strings.CutPrefix(prog.Ops[i].Comment, stepMark); ok {
			steps = append(steps, namedStep{name, prog.Ops[i].Line})
		}
	}
	return steps
}

// add adds what the model's log has counted.
func (c *Cost) add(t trace.Tally, nanos int64) {
	trace.EachCopy(func(k trace.Kind, word string) { c.Copies[word] += t.Bytes[k] })
	c.Requests += t.Counts[trace.IoSubmitted]
	c.Nanos += nanos
}

func (c *Cost) plus(d Cost) {
	c.Calls, c.Minor, c.Major = c.Calls+d.Calls, c.Minor+d.Minor, c.Major+d.Major
	c.Requests, c.Nanos = c.Requests+d.Requests, c.Nanos+d.Nanos
	for word, n := range d.Copies {
		c.Copies[word] += n
	}
}
