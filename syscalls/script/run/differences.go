package run

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"vmsim/syscalls/script"
	"vmsim/vm"
)

// Difference is one thing that a program holds and a run did not give.
type Difference struct {
	File string
	Line int    // of the statement
	Op   string // the statement
	Kind Kinds  // one kind
	What string // "result", "signal", "maps", …
	Want string
	Got  string
}

// String is the line that a test prints.
func (d Difference) String() string {
	return fmt.Sprintf("FAIL %s:%d: %s: wanted %s, got %s\n    %s", d.File, d.Line, d.What, d.Want, d.Got, d.Op)
}

// Differences are what the program holds of the last statement, in the given kinds, and did not get.
func (r *Runner) Differences(only Kinds) []Difference {
	if r.Guessed() {
		return nil
	}
	h := &holder{r: r, s: r.cur, only: only}
	if r.res.Dead {
		h.dead()
		return h.out
	}
	h.signal()
	h.result()
	h.filled()
	h.bytes()
	h.maps()
	h.faults()
	h.readings()
	h.observed()
	h.conditions()
	return h.out
}

// Missed are the results, signals and bytes that the last statement asserts and did not get: what a person who typed it
// wants to hear, too. A statement of a process that was killed did not run, and asserts nothing; what a call has read
// is known only where it was asked for.
func (r *Runner) Missed() []Difference {
	if r.res.Dead {
		return nil
	}
	return slices.DeleteFunc(r.Differences(Results|Signals|Bytes), func(d Difference) bool {
		return d.What == "data" && !r.res.HasData
	})
}

// holder gathers the differences of one statement.
type holder struct {
	r    *Runner
	s    *step
	only Kinds
	out  []Difference
}

func (h *holder) holds(k Kinds) bool { return h.only&k != 0 && h.s.hold.kinds&k != 0 }

func (h *holder) add(kind Kinds, what, want, got string) {
	h.out = append(h.out,
		Difference{File: h.r.prog.Name, Line: h.s.op.Line, Op: h.s.op.Head(), Kind: kind, What: what, Want: want,
			Got: got})
}

// signal is compared if the program has one, if a recording has none, and if a byte was asserted.
func (h *holder) signal() {
	if h.only&Signals == 0 {
		return
	}
	h.handled()
	want, got := h.s.hold.signal, "no signal"
	if h.r.res.Signal != nil {
		got = h.r.res.Signal.Error()
	}
	switch {
	case want != "" && want != got:
		h.add(Signals, "signal", want, got)
	case want == "" && h.r.res.Signal != nil && h.mustRun():
		h.add(Signals, "signal", "no signal", got)
	}
}

// handled compares the answers of handlers, if the program has them or must have them.
func (h *holder) handled() {
	want, got := h.s.hold.handled, h.r.res.HandledLines()
	if (len(want) > 0 || h.r.recorded) && !slices.Equal(want, got) {
		h.add(Signals, "handler", listOr(want, "nothing"), listOr(got, "nothing"))
	}
}

// HandledLines are the observations of what handlers have answered.
func (r *Result) HandledLines() (lines []string) {
	for _, h := range r.Handled {
		lines = append(lines, h.String())
	}
	return lines
}

// mustRun reports whether the statement asserts that it runs through.
func (h *holder) mustRun() bool { return h.r.recorded || h.s.hold.kinds&Bytes != 0 }

func (h *holder) result() {
	if !h.holds(Results) || h.r.res.Unknown {
		return
	}
	w, res := h.s.hold.want, &h.r.res
	if w.Errno != 0 {
		if res.Errno != w.Errno {
			h.add(Results, "result", w.String(), h.answer())
		}
		return
	}
	v, err := h.r.value(&h.s.hold.value)
	if err != nil {
		h.add(Results, "result", err.Error(), h.answer())
	} else if res.Errno != 0 && v != ^uint64(0) || res.Errno == 0 && res.Value != v {
		h.add(Results, "result", h.r.formatValue(h.s, v), h.answer())
	}
}

func (h *holder) answer() string { return h.r.formatAnswer(h.s) }

// bytes holds what loads gave.
func (h *holder) bytes() {
	a, ok := h.s.op.Do.(*script.Access)
	if !ok || a.Store || a.Value == nil || h.only&Bytes == 0 || h.r.res.Signal != nil {
		return
	}
	if a.Form == script.Span {
		want, err := h.r.spanBytes(a.Value, len(h.r.res.Bytes))
		if err != nil {
			h.add(Bytes, "bytes", err.Error(), showBytes(h.r.res.Bytes))
		} else if !h.sameSpan(want) {
			h.add(Bytes, "bytes", showBytes(want), showBytes(h.r.res.Bytes))
		}
		return
	}
	v, err := script.Eval(script.ByteOf(a.Value), h.r.names)
	for _, e := range h.r.res.Elems {
		if err != nil || uint64(e.Value) != v && !e.Undetermined && h.r.KnowsByte(e.Addr) {
			h.add(Bytes, fmt.Sprintf("byte at %v", e.Addr), fmt.Sprintf("0x%02x", v), fmt.Sprintf("0x%02x", e.Value))
			return
		}
	}
}

// sameSpan reports whether the span that was loaded is what it shall be, where the machine can know that.
func (h *holder) sameSpan(want []byte) bool {
	if bytes.Equal(want, h.r.res.Bytes) {
		return true
	}
	for i, e := range h.r.res.Elems {
		if i >= len(want) || want[i] != e.Value && !e.Undetermined && h.r.KnowsByte(e.Addr) {
			return false
		}
	}
	return len(want) == len(h.r.res.Elems)
}

// KnowsByte reports whether what the last statement found at a is compared: bytes that the kernel fills are
// not.
func (r *Runner) KnowsByte(a vm.Addr) bool {
	if r.lastPID >= 0 && r.lastPID < len(r.procs) && r.procs[r.lastPID] != nil {
		if k, ok := r.procs[r.lastPID].caller.(interface{ KnowsByte(vm.Addr) bool }); ok {
			return k.KnowsByte(a)
		}
	}
	return true
}

// showBytes is a string where it is short, else a sum.
func showBytes(b []byte) string {
	if len(b) <= script.MostHex {
		return script.Quote(string(b))
	}
	return script.FormatData(b, nil)
}

func (h *holder) maps() {
	if h.only&Maps == 0 || h.s.hold.kinds&Maps == 0 && !h.r.recorded {
		return
	}
	want, got := h.s.hold.maps, h.r.res.Maps
	if !slices.Equal(want, got) {
		h.add(Maps, "maps", listOr(want, "no change"), listOr(got, "no change"))
	}
}

// listOr joins lines for a message; the first that differ are enough to read, but all are given.
func listOr(lines []string, none string) string {
	if len(lines) == 0 {
		return none
	}
	return "[" + strings.Join(lines, "; ") + "]"
}

func (h *holder) faults() {
	if !h.holds(Faults) {
		return
	}
	if want, res := h.s.hold.faults, &h.r.res; want != [2]uint64{res.Minor, res.Major} {
		h.add(Faults, "faults", fmt.Sprintf("%d %d", want[0], want[1]), fmt.Sprintf("%d %d", res.Minor, res.Major))
	}
}

// readings holds mincore's vector and the bytes that a call has read.
func (h *holder) readings() {
	res := &h.r.res
	if h.holds(Mincore) {
		got := "no vector"
		if res.HasVec {
			got = formatVec(res.Vec)
		}
		if got != h.s.hold.vec {
			h.add(Mincore, "mincore", h.s.hold.vec, got)
		}
	}
	if h.holds(Bytes) && h.s.hold.data != "" {
		got := "no data"
		if res.HasData {
			got = script.FormatData(res.Data, res.Gaps)
		}
		if got != h.s.hold.data && !(res.HasData && script.DataHolds(h.s.hold.data, res.Data, res.Gaps)) {
			h.add(Bytes, "data", h.s.hold.data, got)
		}
	}
}

func formatVec(vec []byte) string {
	out := make([]byte, len(vec))
	for i, b := range vec {
		out[i] = '0' + b&1
	}
	return string(out)
}

// observed holds what the machine showed: a recording's lines are all there were; of a hand-written program's pte and
// page lines each must be among them.
func (h *holder) observed() {
	for _, want := range h.s.hold.observed {
		if h.only&want.Kind == 0 {
			continue
		}
		got := h.r.res.Shown(want.Kind)
		if want.Kind&(PTEs|Pages) != 0 && !h.r.recorded {
			for _, line := range want.Lines {
				if line = h.r.withAddress(line); !slices.Contains(got, line) {
					h.add(want.Kind, want.Kind.String(), line, listOr(got, "nothing"))
				}
			}
		} else if !slices.Equal(want.Lines, got) {
			h.add(want.Kind, want.Kind.String(), listOr(want.Lines, "nothing"), listOr(got, "nothing"))
		}
	}
}

// Shown are the lines of one kind that the machine has shown.
func (r *Result) Shown(kind Kinds) []string {
	for _, o := range r.Observed {
		if o.Kind == kind {
			return o.Lines
		}
	}
	return nil
}

// withAddress replaces an expression at the start of a pte line by its value.
func (r *Runner) withAddress(line string) string {
	x, rest, ok := script.SplitExpr(line)
	if !ok {
		return line
	}
	v, err := script.Eval(x, r.names)
	if err != nil {
		return line
	}
	return strings.TrimRight("0x"+strconv.FormatUint(v, 16)+" "+rest, " ")
}

func (h *holder) conditions() {
	if h.only&Expects == 0 {
		return
	}
	for _, u := range h.r.res.Unmet {
		h.add(Expects, "expect", u.Cond, u.Got)
	}
}
