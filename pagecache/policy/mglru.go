package policy

import "math/bits"

// The numbers of Linux's multi-generational LRU.
// Linux: MIN_NR_GENS, MAX_NR_GENS, MAX_NR_TIERS, MIN_LRU_BATCH (include/linux/mmzone.h).
const (
	generations = 4  // at the most; each is a list
	tiers       = 4  // of pages that were used 0 or 1, 2, 3 or 4, and more times
	fewRefaults = 64 // of a tier are no reason to protect it
)

// What is known of a page in memory: how often it was used since it came to its generation, up to 4; whether it was
// used more often than that in any generation; and the generation.
const (
	usesMask      = 7
	mostUses      = 4
	inWorkingSet  = 8
	generationBit = 4 // the first of two bits
)

// mglru is Linux's other way of reclaim (CONFIG_LRU_GEN), for the pages of a file that read() uses. Pages are in
// generations by age, and within one in tiers by their number of uses:
//
//	generation    oldest              ...     youngest
//	              new pages, victims          memory that page tables show
//	              tiers 0 1 2 3
//
// A page of a file comes to the oldest generation, since most are used once. A use only counts; it moves nothing. When
// the page is the oldest, its tier decides: a protected one moves to the next generation, with its uses forgotten; any
// other is evicted. Which tiers are protected is found out by feedback. For each tier the policy counts how many pages
// were evicted or protected, and how many of the evicted came back. A tier that comes back clearly more often than
// tier 0 is protected. When the oldest generation is empty, the next one takes its place, a new youngest one begins,
// and the counts weigh half: such a moving average is the integral term of a controller, and the present counts are
// its proportional term.
//
// A page that belonged to the working set when it was evicted, and comes back before the oldest generation has ended,
// skips the oldest generation.
//
// Linux evicts in batches of up to 64 pages, keeps anonymous memory in lists of its own, and promotes mapped pages to
// the youngest generation when it finds them accessed in page tables; here each step is for one page, and all uses are
// reads.
// Linux: lru_gen_inc_refs (mm/swap.c), sort_folio, get_tier_idx, inc_min_seq (mm/vmscan.c), lru_gen_eviction,
// lru_gen_refault (mm/workingset.c).
type mglru struct {
	links
	state            notes
	oldest, youngest uint64 // numbers of generations; Linux: min_seq, max_seq
	tiers            [tiers]tierCount
	shadows          map[ID]evicted // of pages out of memory; Linux: shadow entries
}

// tierCount counts what became of a tier's pages: in this generation, and as a moving average over those before it.
type tierCount struct{ refaults, total, pastRefaults, pastTotal uint64 }

// evicted is what is remembered of a page that was evicted.
type evicted struct {
	oldest uint64 // the oldest generation at that time
	state  uint8
}

func newMGLRU(pages int) *mglru {
	return &mglru{links: newLinks(pages), youngest: generations - 1, shadows: map[ID]evicted{}}
}

// Hit counts a use. The fifth one makes a page part of the working set.
// Linux: lru_gen_inc_refs (mm/swap.c).
func (p *mglru) Hit(page ID) {
	if p.state[page]&usesMask < mostUses {
		p.state[page]++
	} else {
		p.state[page] |= inWorkingSet
	}
}

// Victim is the oldest page that is not protected. Protected pages that are older move to the next generation.
// Linux: scan_folios, sort_folio (mm/vmscan.c).
func (p *mglru) Victim(ID) ID {
	for {
		p.endIfEmpty()
		p.youngest = max(p.youngest, p.oldest+generations-1)
		page := p.pop(p.listOf(p.oldest))
		state := p.state[page]
		tier := tierOf(state)
		full := state&(inWorkingSet|usesMask) == inWorkingSet|mostUses
		protected := full || tier >= p.protectedFrom()
		if protected {
			p.enter(page, p.oldest+1, state&inWorkingSet)
		} else {
			p.endIfEmpty()
			p.shadows[page] = evicted{p.oldest, state}
		}
		if !full { // such a page is protected whatever comes back, so it says nothing about its tier
			p.tiers[tier].total++
		}
		if !protected {
			return page
		}
	}
}

// protectedFrom is the lowest tier that is protected: the first one whose pages come back clearly more often than those
// of tier 0. The gains of 2 and 3 leave a margin for chance. An example: of 1000 pages of tier 0 that left, 100 came
// back; of 200 of tier 1, 80 did. 80 * 1064 * 2 is more than 101 * 200 * 3, so tier 1 is protected.
// Linux: get_tier_idx, positive_ctrl_err (mm/vmscan.c).
func (p *mglru) protectedFrom() int {
	base, total := p.tiers[0].sums()
	for tier := 1; tier < tiers; tier++ {
		refaults, of := p.tiers[tier].sums()
		if refaults >= fewRefaults && refaults*(total+fewRefaults)*2 > (base+1)*of*3 {
			return tier
		}
	}
	return tiers
}

// sums are the counts of now and of the past.
// Linux: read_ctrl_pos (mm/vmscan.c).
func (c tierCount) sums() (refaults, total uint64) {
	return c.refaults + c.pastRefaults, c.total + c.pastTotal
}

// endIfEmpty ends the oldest generation if it has no page, and with it those after it that have none.
// Linux: try_to_inc_min_seq, reset_ctrl_pos (mm/vmscan.c).
func (p *mglru) endIfEmpty() {
	if p.size[p.listOf(p.oldest)] > 0 {
		return
	}
	for p.size[p.listOf(p.oldest)] == 0 && p.oldest < p.youngest-1 {
		p.oldest++
	}
	for i, c := range p.tiers {
		refaults, total := c.sums()
		p.tiers[i] = tierCount{pastRefaults: refaults / 2, pastTotal: total / 2}
	}
}

// Add puts a page that was read into the oldest generation, and one that comes back to the working set into the next.
// Linux: lru_gen_refault (mm/workingset.c), lru_gen_folio_seq (include/linux/mm_inline.h).
func (p *mglru) Add(page ID) {
	state := uint8(1)
	old, known := p.shadows[page]
	delete(p.shadows, page)
	if known && p.youngest-old.oldest < generations {
		p.tiers[tierOf(old.state)].refaults++
		state |= old.state & inWorkingSet
	}
	generation := p.youngest + 1 - generations
	if state&inWorkingSet != 0 {
		generation++
	}
	p.enter(page, max(generation, p.oldest), state)
}

// Remove takes a page off its list, without a shadow: it was not evicted.
func (p *mglru) Remove(page ID) { p.take(list(p.state[page]>>generationBit), page) }

// enter puts a page at the front of a generation.
func (p *mglru) enter(page ID, generation uint64, state uint8) {
	to := p.listOf(generation)
	p.push(to, page)
	p.state.set(page, state|uint8(to)<<generationBit)
}

// listOf is the list of a generation.
// Linux: lru_gen_from_seq (include/linux/mm_inline.h).
func (p *mglru) listOf(generation uint64) list { return list(generation % generations) }

// tierOf is the tier of a page with this state: the logarithm of its uses, and the last one for the working set.
// Linux: lru_tier_from_refs (include/linux/mm_inline.h).
func tierOf(state uint8) int {
	if state&inWorkingSet != 0 {
		return tiers - 1
	}
	return bits.Len8(max(1, state&usesMask) - 1)
}
