package policy

// fifo evicts pages in the order in which they came. Uses do not count. More memory can cause more misses: Belady's
// anomaly.
// Source: L. A. Belady, R. A. Nelson and G. S. Shedler, An Anomaly in Space-Time Characteristics of Certain Programs
// Running in a Paging Machine (CACM 1969).
type fifo struct{ links }

func newFIFO(pages int) *fifo { return &fifo{newLinks(pages)} }

func (p *fifo) Hit(ID)         {}
func (p *fifo) Victim(ID) ID   { return p.pop(0) }
func (p *fifo) Add(page ID)    { p.push(0, page) }
func (p *fifo) Remove(page ID) { p.take(0, page) }

// lru keeps pages in the order of their last use. What fits into n frames fits into more: the pages of a small memory
// are a part of those of a larger one, so LRU has no anomaly, and one pass over a trace gives its misses for all sizes
// (Curve).
type lru struct{ links }

func newLRU(pages int) *lru { return &lru{newLinks(pages)} }

func (p *lru) Hit(page ID)    { p.refresh(0, page) }
func (p *lru) Victim(ID) ID   { return p.pop(0) }
func (p *lru) Add(page ID)    { p.push(0, page) }
func (p *lru) Remove(page ID) { p.take(0, page) }
