package policy

// The lists of 2Q.
const (
	twoQIn   list = iota // in memory, referenced once: a FIFO
	twoQMain             // in memory, came back after it had left twoQIn: an LRU
	twoQOut              // ghosts of twoQIn: a FIFO
)

// twoQ is the full version of 2Q. A page that is used again soon after it came is part of the same use and proves
// nothing; one that is used again after it left the first queue is worth keeping.
// Source: T. Johnson and D. Shasha, 2Q: A Low Overhead High Performance Buffer Management Replacement Algorithm (VLDB
// 1994). The sizes are the paper's: a quarter of memory for the first queue, ghosts for half of memory.
type twoQ struct {
	links
	in      notes // the list that a page is in, plus one; 0 for none
	most    int   // how long the first queue may be when memory is full
	ghosts  int
	promote bool // the page that comes was a ghost
}

func newTwoQ(pages int) *twoQ {
	return &twoQ{links: newLinks(pages), most: pages / 4, ghosts: pages / 2}
}

func (p *twoQ) Hit(page ID) {
	if list(p.in[page]) == twoQMain+1 {
		p.refresh(twoQMain, page)
	}
}

// Victim looks for the ghost first: room that its removal makes among the ghosts is there for the victim.
func (p *twoQ) Victim(coming ID) ID {
	p.forgive(coming)
	if p.size[twoQIn] <= p.most && p.size[twoQMain] > 0 {
		page := p.pop(twoQMain)
		p.in[page] = 0
		return page
	}
	page := p.pop(twoQIn)
	p.in[page] = 0
	p.remember(page)
	return page
}

// remember makes a ghost of a page, and forgets the oldest one when there are too many.
func (p *twoQ) remember(page ID) {
	if p.ghosts == 0 {
		return
	}
	if p.size[twoQOut] == p.ghosts {
		p.in[p.pop(twoQOut)] = 0
	}
	p.push(twoQOut, page)
	p.in[page] = uint8(twoQOut) + 1
}

// forgive takes a page that was a ghost out of the ghosts, and notes that it was one.
func (p *twoQ) forgive(page ID) {
	if list(p.in.of(page)) == twoQOut+1 {
		p.take(twoQOut, page)
		p.in[page] = 0
		p.promote = true
	}
}

func (p *twoQ) Add(page ID) {
	p.forgive(page)
	to := twoQIn
	if p.promote {
		to, p.promote = twoQMain, false
	}
	p.push(to, page)
	p.in.set(page, uint8(to)+1)
}

func (p *twoQ) Remove(page ID) {
	p.take(list(p.in[page]-1), page)
	p.in[page] = 0
}
