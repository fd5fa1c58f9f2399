package policy

// What LIRS knows of a page.
const (
	lirsHot   = 1 + iota // LIR: in memory, uses close together
	lirsCold             // resident HIR: in memory and in the queue, leaves next
	lirsGhost            // non-resident HIR: only its place in the stack is kept
	lirsState = 3        // the bits of these
	lirsInS   = 4        // in the stack
)

// The lists beside the stack.
const (
	lirsQueue  list = iota // resident HIR pages, the victim at the back
	lirsGhosts             // in the order of eviction
)

// lirs ranks pages by how many others were used between their last two uses. The stack S has the pages in the order of
// their last use, down to the hot page that was used longest ago. A cold page or a ghost that is used while it is still
// in the stack has a shorter distance than that hot page: it becomes hot, and the hot page at the bottom becomes cold.
//
//	stack S, last used first    7h  3c  9g  2h  5g  4h      h hot, c cold in memory, g ghost
//	queue of cold pages         3 8                         8 is no longer in the stack
//
// If 3, 9 or 5 is used now, it becomes hot, and 4 cold. If 8 is used, it only returns to the stack.
// Source: S. Jiang and X. Zhang, LIRS: An Efficient Low Inter-reference Recency Set Replacement Policy (SIGMETRICS
// 2002). Cold pages get a hundredth of memory as in the paper; the stack is kept below two memories by dropping the
// oldest ghosts.
type lirs struct {
	stack   links // list 0 is S
	rest    links
	state   notes
	pages   int
	hot     int // how many pages are hot
	hotRoom int
}

// newLIRS gives cold pages a hundredth of memory, and one page at least: without one every miss would evict a hot page.
func newLIRS(pages int) *lirs {
	return &lirs{
		stack: newLinks(pages), rest: newLinks(pages), pages: pages, hotRoom: pages - max(1, pages/100),
	}
}

// Hit refreshes a hot page in the stack. A cold page that is still in the stack becomes hot, since its reuse
// distance is shorter than the oldest hot page's. One that is not in it enters it again.
func (p *lirs) Hit(page ID) {
	switch s := p.state[page]; {
	case s&lirsState == lirsHot:
		p.stack.refresh(0, page)
		p.prune()
	case s&lirsInS != 0:
		p.rest.take(lirsQueue, page)
		p.heat(page)
	default:
		p.stack.push(0, page)
		p.state[page] |= lirsInS
		p.rest.refresh(lirsQueue, page)
		p.prune()
	}
	p.limit()
}

// heat makes a page in the stack hot, and what was hot longest cold in its place.
func (p *lirs) heat(page ID) {
	p.stack.refresh(0, page)
	p.state[page] = lirsHot | lirsInS
	for p.hot++; p.hot > p.hotRoom; {
		p.cool()
	}
	p.prune()
}

// cool makes the hot page at the bottom of the stack cold. It keeps its frame for now, at the front of the queue of
// cold pages, and leaves unless it is used again.
func (p *lirs) cool() {
	page := p.stack.pop(0)
	p.state[page] = lirsCold
	p.rest.push(lirsQueue, page)
	p.hot--
	p.prune()
}

// prune takes pages from the bottom of the stack until a hot one is there. Below the last hot page recency says
// nothing: a page there was used longer ago than every hot one, so its next use would not make it hot.
func (p *lirs) prune() {
	for p.stack.size[0] > 0 {
		page := p.stack.back(0)
		switch p.state[page] & lirsState {
		case lirsHot:
			return
		case lirsGhost:
			p.rest.take(lirsGhosts, page)
			p.state[page] = 0
		default:
			p.state[page] &^= lirsInS
		}
		p.stack.take(0, page)
	}
}

// limit drops the oldest ghosts while the stack is longer than two memories. A scan leaves a ghost for each of its
// pages: without a limit the stack would grow as long as the scan.
func (p *lirs) limit() {
	for p.stack.size[0] > 2*p.pages && p.rest.size[lirsGhosts] > 0 {
		page := p.rest.pop(lirsGhosts)
		p.stack.take(0, page)
		p.state[page] = 0
	}
}

// Victim is the oldest cold page; in the stack it stays as a ghost, so that a quick return makes it hot.
func (p *lirs) Victim(ID) ID {
	if p.rest.size[lirsQueue] == 0 {
		p.cool()
	}
	page := p.rest.pop(lirsQueue)
	if p.state[page]&lirsInS != 0 {
		p.state[page] = lirsGhost | lirsInS
		p.rest.push(lirsGhosts, page)
	} else {
		p.state[page] = 0
	}
	return page
}

// Add makes a page hot while there is room for hot ones or if a ghost of it is in the stack, and cold otherwise.
func (p *lirs) Add(page ID) {
	switch {
	case p.state.of(page) == lirsGhost|lirsInS:
		p.rest.take(lirsGhosts, page)
		p.heat(page)
	case p.hot < p.hotRoom:
		p.hot++
		p.stack.push(0, page)
		p.state.set(page, lirsHot|lirsInS)
	default:
		p.stack.push(0, page)
		p.rest.push(lirsQueue, page)
		p.state.set(page, lirsCold|lirsInS)
		p.prune()
	}
	p.limit()
}

// Remove takes a page out of the stack and of the queue of cold pages.
func (p *lirs) Remove(page ID) {
	if p.state[page]&lirsState == lirsHot {
		p.hot--
	} else {
		p.rest.take(lirsQueue, page)
	}
	if p.state[page]&lirsInS != 0 {
		p.stack.take(0, page)
	}
	p.state[page] = 0
	p.prune()
}
