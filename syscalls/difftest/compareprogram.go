package difftest

import (
	"fmt"
	"slices"
	"strings"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
)

// Addresses says whose layout the model's first process starts with.
type Addresses uint8

// The layouts: the one that a process of this kernel really has, so that both choose addresses in the same space; or
// the program's own, else the built-in one.
const (
	HostAddresses Addresses = iota
	ModelAddresses
)

// Whole is a program that ran from its first statement to its last on both machines.
type Whole struct {
	Statements  int
	Compared    map[string]int // how many things were compared, by the kind of evidence
	Differences []Judged
	Ops         []script.Op // those that ran, with their head
	Aside       []Aside     // the statements that were not compared, by their reasons
	Disturbed   []string    // what else was going on on the kernel's side, in runs that were made again for it
	Undecided   bool        // it was going on whenever the program ran and differed

	layout   *script.Layout // what the model's first process started with; nil for the built-in one
	suspects []suspect      // what another process may have caused
}

// Judged is a difference and the rule that explains it, nil for none.
type Judged struct {
	Difference
	Rule *Rule
}

// Unexplained are the differences without a rule. What is undecided says nothing of the model.
func (w *Whole) Unexplained() (out []Difference) {
	if w.Undecided {
		return nil
	}
	for _, d := range w.Differences {
		if d.Rule == nil {
			out = append(out, d.Difference)
		}
	}
	return out
}

// Line is one statement as it ran.
type Line struct {
	Kernel, Model string // the statement with its answers
	Differences   []Judged
	NotCompared   string // why its answers say nothing of the model; empty where they are compared
}

// Compare runs a whole program on both machines; what differs does not end it, but for a rule that says so. Names that
// a statement binds get the kernel's value on both sides. The error is of the kernel's side.
func (l *Lab) Compare(prog *script.Program, at Addresses, watch func(Line)) (w Whole, err error) {
	if err := l.refuse(prog); err != nil {
		return w, err
	}
	var sure []suspect
	if l.kinds()&VMStat != 0 {
		sure, err = whatRepeats(nil, func() ([]suspect, error) {
			w, err := l.compare(prog, at, nil, nil)
			return w.suspects, err
		})
		if err != nil {
			return w, err
		}
	}
	h := &heldBack{watch: watch}
	run := func() (Whole, error) {
		h.again()
		return l.compare(prog, at, sure, h.line)
	}
	if w, err = run(); err == nil {
		w, err = l.settledWhole(w, run)
	}
	h.tell()
	return w, err
}

// compare is Compare. Of the counters that the whole machine shares it reports what is sure.
func (l *Lab) compare(prog *script.Program, at Addresses, sure []suspect, watch func(Line)) (w Whole, err error) {
	w.Compared = map[string]int{}
	err = l.onThread(func() error {
		if err := l.prepare(); err != nil {
			return err
		}
		p, rest, err := l.wholePair(prog, at, &w)
		if err != nil {
			return err
		}
		s := &session{Pair: p, alive: []int{1}, aside: tainted{}}
		if err := p.startCounting(w.Ops); err != nil {
			return err
		}
		p.tally.believe(sure)
		w.questions(prog)
		for i := range rest {
			if !s.present(rest[i].PID) {
				continue
			}
			if l.Before != nil {
				l.Before(&rest[i], i+1, len(rest))
			}
			ends, err := l.compareOne(s, &rest[i], &w, watch)
			if err != nil || ends {
				return err
			}
		}
		w.finish(s)
		if p.tally != nil {
			w.suspects = p.tally.suspects
		}
		return nil
	})
	return w, err
}

// compareOne runs a statement; ends says that what follows means nothing.
func (l *Lab) compareOne(s *session, op *script.Op, w *Whole, watch func(Line)) (ends bool, err error) {
	diffs, err := s.Step(op)
	if err != nil {
		return false, err
	}
	w.Statements++
	w.Ops = append(w.Ops, *op)
	want := s.kernel.run.Result()
	line := Line{Kernel: s.kernel.text, Model: s.model.text, NotCompared: s.aside.reason(s.Pair, op)}
	if line.NotCompared == "" || len(diffs) > 0 {
		line.NotCompared = ""
		w.count(want, s.looksAt())
	} else {
		w.leaveOut(line.NotCompared)
	}
	s.tally.happenedAt(len(w.Ops) - 1)
	for _, d := range diffs {
		j := Judged{d, explain(d)}
		ends = ends || j.Rule != nil && j.Rule.Ends
		line.Differences = append(line.Differences, j)
	}
	w.Differences = append(w.Differences, line.Differences...)
	if watch != nil {
		watch(line)
	}
	s.born(want)
	if ends = ends || s.guessed; s.doubted {
		w.leaveOut(s.doubt)
	}
	if c, ok := op.Do.(*script.Call); ok && c.Bind != "" && len(diffs) > 0 && !l.ownNames {
		_, err = s.model.do(&script.Op{Do: &script.Let{Name: c.Bind, X: num(want.Value)}})
	}
	return ends, err
}

// finish compares what is left at the end, where nothing has differed.
func (w *Whole) finish(s *session) {
	if len(w.Differences) > 0 || s.guessed {
		return
	}
	for _, pid := range s.alive {
		if k, ok := s.kernel.m.Process(pid); ok {
			w.Compared["maps"] += len(spans(k.Maps()))
		}
	}
	for _, d := range s.Finish(s.alive) {
		w.Differences = append(w.Differences, Judged{d, explain(d)})
	}
}

// count adds what one statement has shown.
func (w *Whole) count(r *run.Result, kinds run.Kinds) {
	switch r.Op.Do.(type) {
	case *script.Call:
		w.Compared["results"]++
	case *script.Access, *script.Touch:
		w.Compared["signals"] += max(1, len(r.Elems))
		w.Compared["bytes"] += len(r.Elems)
	default:
		return
	}
	if r.HasData {
		w.Compared["bytes"] += len(r.Data)
	}
	if r.HasVec {
		w.Compared["mincore"] += len(r.Vec)
	}
	w.countViews(r, kinds)
}

// countViews counts what is compared after a statement beside its answer.
func (w *Whole) countViews(r *run.Result, kinds run.Kinds) {
	if kinds&run.Maps != 0 {
		w.Compared["maps"] += max(1, len(r.Maps))
	}
	if kinds&run.Faults != 0 && !r.Scratch {
		w.Compared["faults"] += 2
	}
	for _, kind := range []run.Kinds{Smaps, Pagemap, KPageFlags, VMStat, Pressure} {
		if kinds&kind != 0 {
			w.Compared[EvidenceOf(kind)]++ // a process's whole state
		}
	}
	for _, kind := range []run.Kinds{run.Trace, run.IO} {
		if kinds&kind != 0 {
			w.Compared[EvidenceOf(kind)] += max(1, len(r.Shown(kind)))
		}
	}
}

// wholePair sets both machines up for a program of a file. What it sets up is the beginning of w's program, lest a
// bundle were to run on another machine.
func (l *Lab) wholePair(prog *script.Program, at Addresses, w *Whole) (p *Pair, rest []script.Op, err error) {
	ops, layout := runnable(prog)
	head, rest := setup(ops)
	p = &Pair{kinds: l.kinds(), texts: true, files: filesOf(ops), limited: limited(ops), ownSwap: swapsToFiles(ops)}
	if err := l.watch(p, head); err != nil {
		return nil, nil, err
	}
	head.Ops = l.head(head.Ops)
	if at == HostAddresses {
		layout = p.kernel.layout()
	}
	w.Ops, w.layout = slices.Clone(head.Ops), layout
	if p.model, err = p.modelSide(laidOut(head, layout), l.Model); err != nil {
		return nil, nil, fmt.Errorf("the model's side: %w", err)
	}
	return p, rest, nil
}

// laidOut is a head with what the first process starts with.
func laidOut(head script.Program, layout *script.Layout) script.Program {
	if layout != nil {
		head.Ops = append([]script.Op{{Do: layout}}, head.Ops...)
	}
	return head
}

// runnable is what both machines can run of a program: without comments and questions about counters, its first layout
// apart, and with the content of its files where they are made.
func runnable(prog *script.Program) (ops []script.Op, layout *script.Layout) {
	declared := map[string]bool{}
	for _, op := range prog.Ops {
		switch do := op.Do.(type) {
		case nil, *script.Expect, *script.Invariant:
			continue
		case *script.Layout:
			if layout == nil && !slices.ContainsFunc(ops, runs) {
				layout = do
				continue
			}
		case *script.Directive:
			if do.File != nil {
				declared[strings.TrimPrefix(do.File.Path, "/")] = true
				op.Do = withContent(prog, do)
			}
		}
		op.Notes, op.Comment = nil, ""
		ops = append(ops, op)
	}
	return append(undeclared(prog, declared), ops...), layout
}

// undeclared makes a .file line for each file at the end of the program that has none.
func undeclared(prog *script.Program, declared map[string]bool) (files []script.Op) {
	for _, f := range prog.Files {
		if path := strings.TrimPrefix(f.Name, "/"); !declared[path] {
			spec := &script.FileSpec{Path: "/" + path, Size: int64(len(f.Data)), Content: f.Data}
			files = append(files,
				script.Op{Do: &script.Directive{Name: "file", Args: []string{spec.Path, fmt.Sprint(spec.Size)},
					File: spec}})
		}
	}
	return files
}

// runs reports whether the operation is more than a directive.
func runs(op script.Op) bool {
	_, isDirective := op.Do.(*script.Directive)
	return !isDirective
}

func withContent(prog *script.Program, d *script.Directive) *script.Directive {
	data, ok := prog.Section(d.File.Path)
	if !ok {
		return d
	}
	next, file := *d, *d.File
	file.Content = data
	next.File = &file
	return &next
}

// layout is what the first process starts with.
func (s *side) layout() *script.Layout {
	c, ok := s.m.Process(1)
	if !ok {
		return nil
	}
	brk, _ := c.Call(syscalls.SysBrk, syscalls.Args{})
	text := fmt.Sprintf(".layout brk=0x%x\n", brk)
	for _, l := range run.MapLines(c.Maps()) {
		text += "    " + l + "\n"
	}
	prog, err := script.Parse("layout", text)
	if err != nil || len(prog.Ops) == 0 {
		return nil
	}
	l, _ := prog.Ops[0].Do.(*script.Layout)
	return l
}
