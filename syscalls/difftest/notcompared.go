package difftest

import (
	"cmp"
	"path"
	"strings"
	"syscall"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
)

// Aside is why some statements of a program were not compared: both sides gave the same answer, but neither asked Linux
// what the program asks.
type Aside struct {
	Why        string `json:"why"`
	Statements int    `json:"statements"`
}

// leaveOut counts a statement that was not compared.
func (w *Whole) leaveOut(why string) {
	for i := range w.Aside {
		if w.Aside[i].Why == why {
			w.Aside[i].Statements++
			return
		}
	}
	w.Aside = append(w.Aside, Aside{why, 1})
}

// questions leaves out the .expect lines of a program.
func (w *Whole) questions(prog *script.Program) {
	for i := range prog.Ops {
		if _, ok := prog.Ops[i].Do.(*script.Expect); ok {
			w.leaveOut("vmsim test holds .expect")
		}
	}
}

// NotCompared is how many statements were left out.
func (w *Whole) NotCompared() (n int) {
	for _, a := range w.Aside {
		n += a.Statements
	}
	return n
}

// tainted are the names that have their value from a statement that was not compared, and why that was not.
type tainted map[string]string

// reason is why the answers that both sides have just given to op say nothing of the model; empty where they do.
func (t tainted) reason(p *Pair, op *script.Op) string {
	why := cmp.Or(t.from(op), p.kernel.run.Result().Outside, p.model.run.Result().Outside)
	if call, ok := op.Do.(*script.Call); ok && why == "" {
		why = p.noSuchPath(call)
		if name := p.outsideOption(call); name != "" {
			why = name + " is outside the model"
		}
	}
	if name := boundBy(op.Do); name != "" && why != "" {
		t[name] = why
	} else {
		delete(t, name)
	}
	return why
}

// from is why a name that op uses has no value of Linux's.
func (t tainted) from(op *script.Op) (why string) {
	see := func(id string) {
		if because, ok := t[id]; ok && why == "" {
			why = because
		}
	}
	see(op.Owner)
	for _, x := range parts(op.Do) {
		script.EachName(x, see)
	}
	return why
}

// boundBy is the name that a statement gives a value; empty for none.
func boundBy(do script.Action) string {
	switch do := do.(type) {
	case *script.Call:
		return do.Bind
	case *script.Let:
		return do.Name
	}
	return ""
}

// parts are the expressions that decide what a statement does.
func parts(do script.Action) (out []script.Expr) {
	switch do := do.(type) {
	case *script.Call:
		for _, a := range do.Args {
			out = append(out, a.X)
		}
	case *script.Access:
		out = append(out, do.Base, do.A, do.B, do.Step)
		if do.Store {
			out = append(out, do.Value)
		}
	case *script.Touch:
		out = append(out, do.Addr)
	case *script.Let:
		out = append(out, do.X)
	}
	return out
}

// outsideOption is the option of the last call that Linux has and the model does not; empty where it has none.
func (p *Pair) outsideOption(call *script.Call) string {
	res := p.model.run.Result()
	row, ok := script.SpecOf(call.Name)
	if !ok || res.Errno != syscall.EINVAL {
		return ""
	}
	return row.OutsideOption(res.Args)
}

// noSuchPath is why ENOENT for a path says nothing of Linux: a real system has what it leads to, and neither side
// does.
func (p *Pair) noSuchPath(call *script.Call) string {
	row, ok := script.SpecOf(call.Name)
	if !ok || p.kernel.run.Result().Errno != syscall.ENOENT {
		return ""
	}
	for i, a := range call.Args {
		str, ok := a.X.(script.Str)
		if !ok || i >= len(row.Params) || row.Params[i].Kind != script.PathParam {
			continue
		}
		if script.OutsidePath(str.Val) {
			return str.Val + " is outside the model"
		}
		top, _, deeper := strings.Cut(strings.TrimPrefix(path.Clean("/"+str.Val), "/"), "/")
		if k, knows := p.model.m.(run.FileKnower); deeper && knows && !k.HasFile("/"+top) {
			return "/" + top + " is on neither side (.file puts a file there)"
		}
	}
	return ""
}
