package policy

// fifo evicts pages in the order in which they came. Uses do not count.
type fifo struct{ links }

func newFIFO(pages int) *fifo { return &fifo{newLinks(pages)} }

func (p *fifo) Hit(ID)         {}
func (p *fifo) Victim(ID) ID   { return p.pop(0) }
func (p *fifo) Add(page ID)    { p.push(0, page) }
func (p *fifo) Remove(page ID) { p.take(0, page) }

// lru keeps pages in the order of their last use.
type lru struct{ links }

func newLRU(pages int) *lru { return &lru{newLinks(pages)} }

func (p *lru) Hit(page ID)    { p.refresh(0, page) }
func (p *lru) Victim(ID) ID   { return p.pop(0) }
func (p *lru) Add(page ID)    { p.push(0, page) }
func (p *lru) Remove(page ID) { p.take(0, page) }
