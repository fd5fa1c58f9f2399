package policy

// The lists of 2Q.
const (
	twoQIn   list = iota // in memory, referenced once: a FIFO
	twoQMain             // in memory, came back after it had left twoQIn: an LRU
	twoQOut              // ghosts of twoQIn: a FIFO
)

// twoQ is the full version of 2Q. A page that is used again soon after it came is part of the same use and proves
// nothing; one that is used again after it left the first queue is worth keeping.
//
//	new -->  In [25%, FIFO] --> leaves, ghost in Out [50%]
//	                              | referenced again
//	                              v
//	                            Main [75%, LRU] --> leaves
//
// Source: T. Johnson and D. Shasha, 2Q: A Low Overhead High Performance Buffer Management Replacement Algorithm (VLDB
// 1994). The sizes are the paper's: a quarter of memory for the first queue, ghosts for half of memory.
type twoQ struct {
	queues
	most    int // how long the first queue may be when memory is full
	ghosts  int
	promote bool // the page that comes was a ghost
}

func newTwoQ(pages int) *twoQ {
	return &twoQ{queues: newQueues(pages), most: pages / 4, ghosts: pages / 2}
}

// Hit does nothing in the first queue: uses shortly after the first belong to it.
func (p *twoQ) Hit(page ID) {
	if p.isIn(page, twoQMain) {
		p.refresh(twoQMain, page)
	}
}

// Victim looks for the ghost first: room that its removal makes among the ghosts is there for the victim.
func (p *twoQ) Victim(coming ID) ID {
	p.promote = p.removeGhost(coming, twoQOut)
	if p.size[twoQIn] <= p.most && p.size[twoQMain] > 0 {
		return p.drop(twoQMain)
	}
	return p.retire(twoQIn, twoQOut, p.ghosts)
}

// Add puts a page that A1out remembers into Am, any other into A1in.
func (p *twoQ) Add(page ID) {
	to := twoQIn
	if p.removeGhost(page, twoQOut) || p.promote {
		to, p.promote = twoQMain, false
	}
	p.enter(to, page)
}
