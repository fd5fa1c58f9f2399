package policy

import "math/bits"

// never is the next use of a page that is not used again.
const never = ^uint32(0)

// OPT evicts the page whose next use is farthest in the future. It has the fewest misses of all policies and cannot be
// built, since it needs the future: a trace is read twice.
//
//	trace        1 2 3 1 4 2 ...           memory of three pages, at the reference to 4
//	next uses    1: never, 2: 5, 3: never      1 or 3 leaves
//
// soon is the set of next uses of the pages in memory. The last of them belongs to the page that leaves, and user says
// which page that is. A reference costs a few steps whatever the size of memory.
// Source: L. A. Belady, A Study of Replacement Algorithms for a Virtual-Storage Computer (IBM Systems Journal, 1966).
// Linux: none.
type OPT struct {
	next []uint32 // for each reference of the trace, when its page is used next
	now  int
	when []uint32 // for each page in memory, its next use
	user []ID     // for each coming reference, the page that it uses
	soon timeline
	idle links // pages that are not used again: list 0
}

// nextUses returns for each reference of a trace the position of the next reference to the same page.
func nextUses(trace []ID) []uint32 {
	var last []uint32
	next := make([]uint32, len(trace))
	for i := len(trace) - 1; i >= 0; i-- {
		page := trace[i]
		for int(page) >= len(last) {
			last = append(last, never)
		}
		next[i], last[page] = last[page], uint32(i)
	}
	return next
}

// NewOPT makes OPT for a trace.
func NewOPT(trace []ID) *OPT {
	return &OPT{next: nextUses(trace), user: trace, soon: newTimeline(len(trace)), idle: newLinks(0)}
}

// Hit is the page's use at the present reference.
func (p *OPT) Hit(page ID) {
	p.Remove(page)
	p.Add(page)
}

// Add notes the next use of the page that the present reference is to.
func (p *OPT) Add(page ID) {
	for int(page) >= len(p.when) {
		p.when = append(p.when, never)
	}
	at := p.next[p.now]
	p.now++
	p.when[page] = at
	if at == never {
		p.idle.push(0, page)
		return
	}
	p.soon.set(at)
}

// Victim is a page that is not used again, or else the one that is used last.
func (p *OPT) Victim(ID) ID {
	if p.idle.size[0] > 0 {
		return p.idle.pop(0)
	}
	at := p.soon.last()
	p.soon.clear(at)
	return p.user[at]
}

// Remove forgets a page.
func (p *OPT) Remove(page ID) {
	if at := p.when[page]; at != never {
		p.soon.clear(at)
		return
	}
	p.idle.take(0, page)
}

// timeline is a set of positions in a trace that finds its last member in a few steps: each level has a bit for each
// word of the level below it.
type timeline struct{ level [][]uint64 }

// newTimeline makes a set of moments below n: one bit each, and above them levels in which a bit says that one of 64
// bits below is set.
func newTimeline(n int) timeline {
	var t timeline
	for n = max(n, 1); ; {
		n = (n + 63) / 64
		t.level = append(t.level, make([]uint64, n))
		if n == 1 {
			return t
		}
	}
}

// set adds a moment.
func (t *timeline) set(at uint32) {
	for _, words := range t.level {
		words[at/64] |= 1 << (at % 64)
		at /= 64
	}
}

// clear takes a moment out, and its bit above if it was the last of its word.
func (t *timeline) clear(at uint32) {
	for _, words := range t.level {
		words[at/64] &^= 1 << (at % 64)
		if words[at/64] != 0 {
			return
		}
		at /= 64
	}
}

// last returns the largest member of a set that is not empty.
func (t *timeline) last() uint32 {
	at := uint32(0)
	for i := len(t.level) - 1; i >= 0; i-- {
		at = at*64 + uint32(bits.Len64(t.level[i][at])-1)
	}
	return at
}
