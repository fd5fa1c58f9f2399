package policy

// clock is a FIFO with a referenced bit for each page. A page whose bit is set goes to the front instead of leaving,
// and loses the bit. The hardware sets such a bit in a page-table entry, which is why operating systems like this
// policy. A use sets a bit and moves nothing, so it needs no lock of the list: that is why kernels prefer it to LRU.
// Source: F. J. Corbató, A Paging Experiment with the Multics System (1968).
type clock struct {
	links
	used notes
}

func newClock(pages int) *clock { return &clock{links: newLinks(pages)} }

func (p *clock) Hit(page ID)    { p.used[page] = 1 }
func (p *clock) Add(page ID)    { p.push(0, page); p.used.set(page, 0) }
func (p *clock) Remove(page ID) { p.take(0, page) }

// Victim is the first page under the hand whose bit is clear; those before it get another round.
func (p *clock) Victim(ID) ID {
	for {
		page := p.back(0)
		if p.used[page] == 0 {
			return p.pop(0)
		}
		p.used[page] = 0
		p.refresh(0, page)
	}
}

// sieve has the referenced bits of clock, but a used page keeps its place: a hand goes from the oldest page to the
// newest and evicts the first one that was not used. Old pages that are used gather behind the hand, new ones before
// it.
//
//	newest  F  E  D* C* B  A  oldest       * used since the hand passed
//	                    ^ hand             B leaves; the hand goes on towards the newest
//
// Source: Y. Zhang et al., SIEVE is Simpler than LRU (NSDI 2024).
type sieve struct {
	links
	used notes
	hand uint32 // the place that is looked at next; 0, the list's end, starts at the oldest
}

func newSieve(pages int) *sieve { return &sieve{links: newLinks(pages)} }

func (p *sieve) Hit(page ID) { p.used[page] = 1 }
func (p *sieve) Add(page ID) { p.push(0, page); p.used.set(page, 0) }

// Victim is the first page under the hand whose bit is clear. The pages before it keep their places, unlike
// CLOCK's: new pages stay apart from those that were used again.
func (p *sieve) Victim(ID) ID {
	for {
		if p.hand == 0 {
			p.hand = p.ring[0].prev
		}
		page := ID(p.hand - heads)
		if p.used[page] == 0 {
			p.Remove(page)
			return page
		}
		p.used[page] = 0
		p.hand = p.ring[p.hand].prev
	}
}

// Remove takes a page out; the hand moves on if it is there.
func (p *sieve) Remove(page ID) {
	if at := uint32(page) + heads; p.hand == at {
		p.hand = p.ring[at].prev
	}
	p.take(0, page)
}
