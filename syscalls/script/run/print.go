package run

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
)

// Style says how a run prints.
type Style struct {
	Show Kinds // the observations under each statement
	// Comments prints the comments before a statement.
	Comments bool
	// [1] before every statement, as recordings have it; else only where the program has more than process 1
	PIDs bool
	// Remarks says behind a statement what of it the model does not do.
	Remarks bool
}

// Text is the last statement with its answers, in the language: arguments are numbers and flags as the kernel saw them,
// with the requested observations under it. It ends with a newline.
func (r *Runner) Text(style Style) string {
	s, res := r.cur, &r.res
	var b strings.Builder
	if style.Comments {
		r.comments(&b)
	}
	if res.Dead {
		return b.String() + r.deadText(s)
	}
	if a, ok := s.op.Do.(*script.Access); ok {
		b.WriteString(r.accessText(s, a, style))
		r.endedText(&b)
		return b.String()
	}
	r.prefix(&b, s, style)
	switch a := s.op.Do.(type) {
	case *script.Call:
		r.callText(&b, s, a)
	case *script.Touch:
		fmt.Fprintf(&b, "touch(%v, %v)", res.Elems[0].Addr, a.Kind)
	case *script.Let:
		fmt.Fprintf(&b, "%s = %s", a.Name, hexOrSmall(res.Value))
	default:
		b.WriteString(a.String())
	}
	for _, u := range res.Unmet {
		b.WriteString("  # " + u.String())
	}
	if s.op.Comment != "" {
		b.WriteString("  " + s.op.Comment)
	} else if remark := r.remark(s, style); remark != "" {
		b.WriteString("  # " + remark)
	}
	b.WriteByte('\n')
	r.notes(&b, style.Show, res.Minor, res.Major)
	r.endedText(&b)
	return b.String()
}

// endedText is which processes have ended by a signal.
func (r *Runner) endedText(b *strings.Builder) {
	if r.res.NoFrame {
		fmt.Fprintf(b, "# process %d has ended by SIGSEGV: its handler's frame cannot be stored or read\n", r.res.PID)
	} else if r.res.Ended {
		fmt.Fprintf(b, "# process %d has ended: that is the default action\n", r.res.PID)
	}
	r.killedText(b)
}

// remark says what of the last statement the model does not do.
func (r *Runner) remark(s *step, style Style) string {
	switch {
	case r.res.Taken:
		return "outside the model: the answer is the program's"
	case style.Remarks && r.res.Errno == syscall.ENOENT && opensOutside(s):
		return "the model does not have that file: Linux may open it (vmsim gaps)"
	case style.Remarks && r.res.Errno == syscall.ENOENT && opensFile(s):
		return "no file has that name; a line as  .file /data/a 8192  makes one"
	case !style.Remarks || s.kind != stepCall && s.kind != stepMade || s.row == nil:
		return ""
	}
	text := s.row.WithoutEffect(r.res.Args)
	if text == script.EmptyPool && (r.filled || slices.ContainsFunc(r.prog.Ops, func(op script.Op) bool {
		d, ok := op.Do.(*script.Directive)
		return ok && fillsPool(d)
	})) {
		return ""
	}
	return text
}

// fillsPool reports whether a directive sets up a pool of huge pages.
func fillsPool(d *script.Directive) bool {
	return d.Sets("vm.nr_hugepages") || d.Sets("vm.nr_overcommit_hugepages")
}

// opensOutside reports whether the call opens a file outside the model by its path.
func opensOutside(s *step) bool {
	call, ok := s.op.Do.(*script.Call)
	if at := s.pathArg(); ok && opensFile(s) && at < len(call.Args) {
		path, literal := call.Args[at].X.(script.Str)
		return literal && script.OutsidePath(path.Val)
	}
	return false
}

func opensFile(s *step) bool { return s.nr == syscalls.SysOpen || s.nr == syscalls.SysOpenat }

// comments prints the comments between the last statement and the one before it.
func (r *Runner) comments(b *strings.Builder) {
	i := r.next - 1
	if i < 0 || i >= len(r.prog.Ops) || &r.prog.Ops[i] != r.cur.op {
		return // it is not of the program
	}
	from := i
	for from > len(r.skip) && r.prog.Ops[from-1].Do == nil {
		from--
	}
	for ; from < i; from++ {
		b.WriteString(r.prog.Ops[from].Comment + "\n")
	}
}

func (r *Runner) prefix(b *strings.Builder, s *step, style Style) {
	if pid := r.res.PID; pid > 1 || pid == 1 && (style.PIDs || s.op.PID == 1) {
		switch s.op.Do.(type) {
		case *script.Directive, *script.Expect, *script.Invariant:
			if s.op.PID == 0 && pid <= 1 {
				return
			}
		}
		fmt.Fprintf(b, "[%d] ", pid)
	}
}

func (r *Runner) callText(b *strings.Builder, s *step, c *script.Call) {
	if c.Bind != "" {
		b.WriteString(c.Bind + " = ")
	}
	b.WriteString(c.Name + "(")
	b.WriteString(strings.Join(r.argTexts(s, c), ", "))
	b.WriteString(") = " + r.formatAnswer(s))
}

// argTexts are the arguments as the kernel saw them; what the harness has built is printed as it was typed.
func (r *Runner) argTexts(s *step, c *script.Call) []string {
	var out []string
	if s.kind == stepTaken || s.row == nil {
		for _, a := range c.Args {
			out = append(out, a.X.String())
		}
		return out
	}
	typed := map[int]script.Expr{}
	last := -1
	for i, a := range c.Args {
		at, _ := position(s.row, i, a)
		last = max(last, at)
		switch a.X.(type) {
		case script.Str, script.Pattern, script.Composite, script.Scratch:
			typed[at] = a.X
		}
	}
	if s.nr == syscalls.SysMremap && last == 3 && r.res.Args[4] != 0 {
		last = 4 // a hint that was not typed decides the answer
	}
	for i := 0; i <= last; i++ {
		switch x := typed[i]; {
		case x != nil && r.filledIn(i) != "":
			out = append(out, r.filledIn(i))
		case x != nil:
			out = append(out, x.String())
		case i < len(s.row.Params):
			out = append(out, s.row.FormatArg(i, r.res.Args))
		default:
			out = append(out, "0x"+strconv.FormatUint(r.res.Args[i], 16))
		}
	}
	return out
}

func (r *Runner) formatAnswer(s *step) string {
	switch {
	case r.res.Unknown:
		return "?"
	case r.res.Errno != 0:
		return script.FormatErrno(r.res.Errno)
	}
	return r.formatValue(s, r.res.Value)
}

func (r *Runner) formatValue(s *step, v uint64) string {
	if s.row != nil && s.row.ReturnsAddr {
		return "0x" + strconv.FormatUint(v, 16)
	}
	return script.FormatSigned(v)
}

// hexOrSmall prints addresses in hex and counts in decimal.
func hexOrSmall(v uint64) string {
	if v < 1<<16 {
		return strconv.FormatUint(v, 10)
	}
	return "0x" + strconv.FormatUint(v, 16)
}

// accessText prints a statement of several accesses as one line where all gave the same, else a line each.
func (r *Runner) accessText(s *step, a *script.Access, style Style) string {
	var b strings.Builder
	res := &r.res
	if a.Form == script.Span && res.Signal == nil && !a.Store && slices.ContainsFunc(res.Elems, Element.undetermined) {
		return r.spanParts(s, a, style)
	}
	if a.Form == script.Span && res.Signal == nil {
		return r.accessLine(s, style, r.spanText(a))
	}
	if a.Form == script.Range && len(res.Elems) > 1 && uniform(res.Elems) && (res.Signal == nil || res.wasKilled()) {
		return r.accessLine(s, style, r.rangeText(a))
	}
	for i, e := range res.Elems {
		r.prefix(&b, s, style)
		b.WriteString(e.text(a) + "\n")
		r.elementNotes(&b, style.Show, i)
	}
	return b.String()
}

// accessLine is an access of several bytes as one line, with its notes.
func (r *Runner) accessLine(s *step, style Style, text string) string {
	var b strings.Builder
	r.prefix(&b, s, style)
	b.WriteString(text + "\n")
	r.notes(&b, style.Show, r.res.Minor, r.res.Major)
	return b.String()
}

func uniform(elems []Element) bool {
	for _, e := range elems {
		if e.Undetermined != elems[0].Undetermined || !e.Undetermined && e.Value != elems[0].Value {
			return false
		}
	}
	return true
}

func (r *Runner) spanText(a *script.Access) string {
	v := script.Quote(string(r.res.Bytes))
	if len(r.res.Bytes) > 64 && a.Value != nil {
		v = a.Value.String()
	}
	op := "=="
	if a.Store {
		op = "="
	}
	if slices.ContainsFunc(r.res.Elems, Element.undetermined) {
		v = "?"
	}
	return fmt.Sprintf("%v[0:%d] %s %s", r.res.Elems[0].Addr, len(r.res.Bytes), op, v)
}

func (r *Runner) rangeText(a *script.Access) string {
	e := r.res.Elems
	step := uint64(e[1].Addr - e[0].Addr)
	op := "=="
	if a.Store {
		op = "="
	}
	by := ""
	if step != 1 {
		by = fmt.Sprintf(" step %d", step)
	}
	return fmt.Sprintf("%v[0..%d%s] %s %s", e[0].Addr, uint64(len(e)-1)*step+1, by, op, e[0].ByteText())
}

// text is one load or store; a load that was answered by a signal has no value.
func (e Element) text(a *script.Access) string {
	switch {
	case a.Store:
		return fmt.Sprintf("*%v = 0x%02x", e.Addr, e.Value)
	case e.Signal != nil:
		return fmt.Sprintf("*%v", e.Addr)
	}
	return fmt.Sprintf("*%v == %s", e.Addr, e.ByteText())
}

func (e Element) undetermined() bool { return e.Undetermined }

// ByteText is the byte that a load has found; any will do where it is undetermined.
func (e Element) ByteText() string {
	if e.Undetermined {
		return "?"
	}
	return fmt.Sprintf("0x%02x", e.Value)
}

// spanParts prints a span with undetermined bytes as one statement for each row of bytes that are so, or are not.
func (r *Runner) spanParts(s *step, a *script.Access, style Style) string {
	var b strings.Builder
	all, part := r.res, *a
	part.Value = nil // each part says its own bytes
	for from := 0; from < len(all.Elems); {
		to := from + 1
		for to < len(all.Elems) && all.Elems[to].Undetermined == all.Elems[from].Undetermined {
			to++
		}
		r.res.Elems, r.res.Bytes, r.res.Observed = all.Elems[from:to], all.Bytes[from:to], nil
		minor, major := uint64(0), uint64(0)
		for _, e := range r.res.Elems {
			minor, major = minor+e.Minor, major+e.Major
			r.res.Observed = mergeObserved(r.res.Observed, e.Observed)
		}
		r.prefix(&b, s, style)
		b.WriteString(r.spanText(&part) + "\n")
		r.notes(&b, style.Show, minor, major)
		from = to
	}
	r.res = all
	return b.String()
}

// elementNotes are the observations under one of several accesses: the last one carries what cannot be told apart.
func (r *Runner) elementNotes(b *strings.Builder, show Kinds, i int) {
	e, last := r.res.Elems[i], i == len(r.res.Elems)-1
	sig := r.res.Signal
	minor, major := e.Minor, e.Major
	if len(r.res.Elems) == 1 {
		minor, major = r.res.Minor, r.res.Major
	}
	all, handled, from := r.res.Observed, r.res.Handled, 0
	if i > 0 {
		from = r.res.Elems[i-1].Handled
	}
	r.res.Handled = handled[from:e.Handled]
	r.res.Signal = e.Signal
	if len(r.res.Elems) > 1 {
		r.res.Observed = e.Observed
	}
	if !last {
		show &= Signals | Faults | MachineKinds
	}
	r.notes(b, show, minor, major)
	r.res.Signal, r.res.Observed, r.res.Handled = sig, all, handled
}

// notes prints the observations of the wanted kinds, in the order that recordings have.
func (r *Runner) notes(b *strings.Builder, show Kinds, minor, major uint64) {
	res := &r.res
	line := func(text string) { b.WriteString("    " + text + "\n") }
	for _, h := range res.Handled {
		line("handler " + h.String())
	}
	if res.Signal != nil {
		line("--- " + res.Signal.Error() + " ---")
	}
	if show&Maps != 0 {
		for _, m := range res.Maps {
			line(m)
		}
	}
	if show&Mincore != 0 && res.HasVec {
		line("mincore " + formatVec(res.Vec))
	}
	if show&Bytes != 0 && res.HasData {
		line("data " + script.FormatData(res.Data, res.Gaps))
	}
	for _, k := range r.cur.hold.kernel {
		line("kernel " + map[bool]string{false: "r", true: "w"}[k.write] + " " + k.addr.String())
	}
	if show&Faults != 0 && r.countsFaults() {
		line(fmt.Sprintf("faults %d %d", minor, major))
	}
	for _, o := range res.Observed {
		if show&o.Kind == 0 {
			continue
		}
		for _, l := range o.Lines {
			line(o.Kind.String() + " " + l)
		}
	}
}

// countsFaults reports whether the fault counts of the last statement mean anything.
func (r *Runner) countsFaults() bool {
	if r.res.Scratch || r.res.PID == 0 {
		return false
	}
	switch r.cur.kind {
	case stepLet, stepEnd, stepDirective, stepLayout, stepExpect, stepInvariant, stepOn:
		return false
	}
	p := r.procs[r.res.PID]
	return p != nil && !p.gone
}
