package policy

import "math/bits"

// The lists of W-TinyLFU, all in the order of the last use.
const (
	tinyWindow    list = iota // a hundredth of memory: where new pages come in
	tinyProbation             // admitted once
	tinyProtected             // used again since: four fifths of the main part
)

// tinyLFU lets a page into the main part of memory only if it is referenced more often than the page that it would
// replace. How often a page was referenced lately is estimated by a sketch that also covers pages out of memory.
//
//	new -->  window [1%] -- the oldest challenges -->  probation [20%] <--> protected [80%] of the main part
//	                        the oldest of probation; the one used less often leaves memory
//
// Source: G. Einziger, R. Friedman and B. Manes, TinyLFU: A Highly Efficient Cache Admission Policy (ACM TOS 2017).
type tinyLFU struct {
	queues
	window, main, protect int // the sizes of the window, of the main part, and of its protected list
	seen                  sketch
}

// newTinyLFU divides a cache as the paper does: a window of 1%, and of the rest 80% protected.
func newTinyLFU(pages int) *tinyLFU {
	window := max(1, pages/100)
	main := pages - window
	return &tinyLFU{
		queues: newQueues(pages), window: window, main: main, protect: main * 4 / 5, seen: newSketch(pages),
	}
}

// Hit counts the use and protects a page on probation; the oldest protected page makes room for it.
func (p *tinyLFU) Hit(page ID) {
	p.seen.add(page)
	if !p.isIn(page, tinyProbation) {
		p.refresh(list(p.in[page]-1), page)
		return
	}
	p.shift(page, tinyProtected)
	if p.size[tinyProtected] > p.protect {
		p.shift(p.back(tinyProtected), tinyProbation)
	}
}

// Victim lets the oldest page of the window compete with the oldest of the main part.
//
//	window's oldest 4 times, probation's oldest 2 times      the former moves to probation, the latter leaves
//	2 times against 2                                        the newcomer leaves: a tie changes nothing
func (p *tinyLFU) Victim(ID) ID {
	loser := p.oldest()
	if p.size[tinyWindow] >= p.window {
		candidate := p.back(tinyWindow)
		if p.isIn(loser, tinyWindow) || p.seen.of(candidate) <= p.seen.of(loser) {
			loser = candidate
		} else {
			p.shift(candidate, tinyProbation)
		}
	}
	p.Remove(loser)
	return loser
}

// oldest returns the page of the main part that would leave, or that of the window where the main part is empty.
func (p *tinyLFU) oldest() ID {
	for _, l := range []list{tinyProbation, tinyProtected} {
		if p.size[l] > 0 {
			return p.back(l)
		}
	}
	return p.back(tinyWindow)
}

// Add puts a page into the window. While the main part is not full, the page that this pushes out of the
// window moves there without a contest.
func (p *tinyLFU) Add(page ID) {
	p.seen.add(page)
	p.enter(tinyWindow, page)
	if p.size[tinyWindow] > p.window && p.size[tinyProbation]+p.size[tinyProtected] < p.main {
		p.shift(p.back(tinyWindow), tinyProbation)
	}
}

// sketch estimates how often each page was referenced lately: a count-min sketch with four counters a page, in one
// block of 64 bytes. An estimate is never too low. After sixteen references for each page of memory all counters are
// halved, so that old fame fades.
//
//	page 7   h -> block 3:   [.. 2 ..] [.. 5 ..] [.. 2 ..] [.. 9 ..]      estimate: the least, 2
//
// Pages that share a counter raise each other's count. Of four counters the least is the one that is shared least.
type sketch struct {
	counters []uint8 // blocks of 64
	mask     uint32  // of the block numbers
	left     int     // references until the counters are halved
	period   int
}

const (
	sketchMost  = 15 // no counter goes beyond
	sketchBlock = 64
	sketchRows  = 4
)

// newSketch has at least 32 counters for each page of the cache. It halves them after 16 uses for each page. For 1000
// pages these are 512 blocks of 64 counters: 32 KiB, less than a hundredth of the memory that they manage.
func newSketch(pages int) sketch {
	blocks := 1 << bits.Len(uint((pages*32-1)/sketchBlock))
	return sketch{
		counters: make([]uint8, blocks*sketchBlock), mask: uint32(blocks - 1), left: 16 * pages, period: 16 * pages,
	}
}

// scramble spreads the bits of a number over all bits of the result, each result for one number. Neighbouring numbers
// must not share counters, and page numbers are neighbours more often than not.
func scramble(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// cells returns the page's counters: one in each quarter of its block. The four counters lie in one cache line of the
// processor, so an estimate costs one access to memory.
func (s *sketch) cells(page ID) (at [sketchRows]uint32) {
	h := scramble(uint64(page) + 1)
	block := uint32(h>>32) & s.mask * sketchBlock
	for row := range at {
		at[row] = block + uint32(row)*16 + uint32(h>>(4*row))&15
	}
	return at
}

// of is the least of a page's counters: each is at least what the page was used, more where others share it.
func (s *sketch) of(page ID) uint8 {
	least := uint8(sketchMost)
	for _, at := range s.cells(page) {
		least = min(least, s.counters[at])
	}
	return least
}

// add counts a reference: of the page's counters only the lowest ones grow.
func (s *sketch) add(page ID) {
	cells, least := s.cells(page), uint8(sketchMost)
	for _, at := range cells {
		least = min(least, s.counters[at])
	}
	if least < sketchMost {
		for _, at := range cells {
			if s.counters[at] == least {
				s.counters[at]++
			}
		}
	}
	if s.left--; s.left == 0 {
		s.left = s.period
		for i := range s.counters {
			s.counters[i] >>= 1
		}
	}
}
