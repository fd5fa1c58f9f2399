package difftest

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"vmsim/fault"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
)

// comparer gathers what differs between the kernel's result and the model's.
type comparer struct {
	want, got *run.Result
	knowledge
	out []Difference
}

// knowledge is what one of the two cannot know.
type knowledge struct {
	knows  func(vm.Addr) bool // whether the model can know the byte there
	absent []string           // tracepoints that the kernel lacks
	frames bool               // the events include those of frames of handlers
}

func (c *comparer) add(kind run.Kinds, what, want, got string) {
	c.out = append(c.out, Difference{Op: c.want.Op, Kind: kind, What: what, Want: want, Got: got})
}

// compare is what differs between two results of one statement: want is the kernel's, got the model's. The first
// difference matters most: the others may follow from it.
func compare(want, got *run.Result, kinds run.Kinds, known knowledge) []Difference {
	c := &comparer{want: want, got: got, knowledge: known}
	c.result()
	c.signal()
	c.loaded()
	if kinds&run.Maps != 0 && !slices.Equal(unnumbered(want.Maps), unnumbered(got.Maps)) {
		c.add(run.Maps, "maps", list(want.Maps), list(got.Maps))
	}
	if kinds&run.Faults != 0 && !want.Scratch && !got.Scratch && (want.Minor != got.Minor || want.Major != got.Major) {
		c.add(run.Faults, "faults", fmt.Sprint(want.Minor, want.Major), fmt.Sprint(got.Minor, got.Major))
	}
	c.readings()
	c.stored()
	c.shown(kinds)
	return c.out
}

func (c *comparer) result() {
	if _, ok := c.want.Op.Do.(*script.Call); !ok {
		return
	}
	w, g := answer(c.want), answer(c.got)
	if w != g {
		c.add(run.Results, "result", w, g)
	}
}

// answer is a call's result in a word.
func answer(r *run.Result) string {
	switch {
	case r.Taken:
		return "not run"
	case r.Unknown:
		return "?"
	case r.Errno != 0:
		return script.ErrnoName(r.Errno)
	case r.Value > 1<<16:
		return fmt.Sprintf("0x%x", r.Value)
	}
	return fmt.Sprint(int64(r.Value))
}

func (c *comparer) signal() {
	if w, g := c.want.HandledLines(), c.got.HandledLines(); !slices.Equal(w, g) {
		c.add(run.Signals, "handlers", strings.Join(w, "; "), strings.Join(g, "; "))
	}
	w, g := signalText(c.want.Signal), signalText(c.got.Signal)
	if w != g {
		c.add(run.Signals, "signal", w, g)
	}
	if w, g := c.want.Ended, c.got.Ended; w != g {
		c.add(run.Signals, "ended", fmt.Sprint(w), fmt.Sprint(g))
	}
}

func signalText(s *fault.Signal) string {
	if s == nil {
		return "none"
	}
	return s.Error()
}

// loaded compares the bytes that loads gave.
func (c *comparer) loaded() {
	if c.want.Signal != nil || c.got.Signal != nil {
		return
	}
	for i := range min(len(c.want.Elems), len(c.got.Elems)) {
		if w, g := c.want.Elems[i], c.got.Elems[i]; w.Value != g.Value && !g.Undetermined && c.knows(g.Addr) {
			c.add(run.Bytes, "byte", fmt.Sprintf("0x%02x", w.Value), fmt.Sprintf("0x%02x", g.Value))
			return
		}
	}
}

// readings compares what calls have left in memory.
func (c *comparer) readings() {
	if c.want.HasVec && c.got.HasVec {
		if w, g := vector(c.want.Vec), vector(c.got.Vec); w != g {
			c.add(run.Mincore, "mincore", w, g)
		}
	}
	if !c.want.HasData || !c.got.HasData {
		return
	}
	if at := differAt(c.want.Data, c.got.Data, c.got.Gaps); at >= 0 {
		c.add(run.Bytes, "data", around(c.want.Data, at), around(c.got.Data, at))
	}
}

// differAt is the first byte in which two rows differ, but for those in gaps; -1 for none.
func differAt(want, got []byte, gaps script.ByteRanges) int {
	if bytes.Equal(want, got) {
		return -1
	}
	n := min(len(want), len(got))
	for at := range n {
		if want[at] != got[at] && !gaps.Has(at) {
			return at
		}
	}
	if len(want) == len(got) {
		return -1
	}
	return n
}

// stored compares the structures and offsets that calls have stored. How many of the pages that cachestat counts as
// evicted are so recently is not compared: Linux compares their age with statistics that it adds up every two seconds.
func (c *comparer) stored() {
	evicted := false
	for i := range min(len(c.want.Filled), len(c.got.Filled)) {
		w, g := c.want.Filled[i], c.got.Filled[i]
		if w != g && !(evicted && w.Name == "nr_recently_evicted") {
			c.add(run.Results, "stored", w.String(), g.String())
			return
		}
		evicted = w.Name == "nr_evicted" && w.Value > 0
	}
}

func vector(vec []byte) string {
	out := make([]byte, len(vec))
	for i, b := range vec {
		out[i] = '0' + b&1
	}
	return string(out)
}

// around is a few bytes from the first that differs on.
func around(b []byte, at int) string {
	return fmt.Sprintf("at %d of %d: %s", at, len(b), hex.EncodeToString(b[min(at, len(b)):min(at+8, len(b))]))
}

func list(lines []string) string {
	if len(lines) == 0 {
		return "no change"
	}
	const most = 12
	if len(lines) > most {
		return strings.Join(lines[:most], "; ") + fmt.Sprintf("; and %d more", len(lines)-most)
	}
	return strings.Join(lines, "; ")
}
