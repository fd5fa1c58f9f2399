package policy

// link is a place in a ring.
type link struct{ next, prev uint32 }

// heads is how many lists of one array there can be; their ends take the first places.
const heads = 4

// links holds the rings of a policy's lists. A page is in one list at most.
//
//	ring    0     1     2     3     4 ...
//	        head of list 0 .. 3     page 0, page 1, ...      next and prev are places in the ring
//
// A ring without pointers costs 8 bytes for each page, and the garbage collector does not follow it.
// Linux: struct list_head (include/linux/types.h).
type links struct {
	ring []link
	size [heads]int
}

// list is one of a policy's lists, by the place of its two ends.
type list uint32

// newLinks makes empty rings, with room for the pages of one cache.
func newLinks(pages int) links {
	l := links{ring: make([]link, heads, heads+pages)}
	for i := range l.ring {
		l.ring[i] = link{uint32(i), uint32(i)}
	}
	return l
}

// reach makes places for the pages up to this one.
func (l *links) reach(page ID) {
	if int(page)+heads >= len(l.ring) {
		l.ring = append(l.ring, make([]link, int(page)+heads+1-len(l.ring))...)
	}
}

// push puts a page in no list at the front of a list.
func (l *links) push(to list, page ID) {
	l.reach(page)
	l.insert(uint32(to), uint32(page)+heads)
	l.size[to]++
}

// insert puts a place behind another one.
func (l *links) insert(after, at uint32) {
	next := l.ring[after].next
	l.ring[at] = link{next: next, prev: after}
	l.ring[after].next = at
	l.ring[next].prev = at
}

// take takes a page out of the list that it is in.
func (l *links) take(from list, page ID) {
	l.cut(uint32(page) + heads)
	l.size[from]--
}

// cut joins the neighbours of a place; the place itself keeps its links, which mean nothing from then on.
func (l *links) cut(at uint32) {
	x := l.ring[at]
	l.ring[x.prev].next = x.next
	l.ring[x.next].prev = x.prev
}

// refresh moves a page to the front of the list that it is in.
func (l *links) refresh(in list, page ID) {
	at := uint32(page) + heads
	if l.ring[in].next == at {
		return
	}
	l.cut(at)
	l.insert(uint32(in), at)
}

// move takes a page from one list to the front of another.
func (l *links) move(from, to list, page ID) {
	l.take(from, page)
	l.push(to, page)
}

// back returns the page at the back of a list that is not empty.
func (l *links) back(of list) ID { return ID(l.ring[of].prev - heads) }

// pop takes the page at the back out of a list that is not empty.
func (l *links) pop(from list) ID {
	page := l.back(from)
	l.take(from, page)
	return page
}

// notes is a byte for each page, zero for one that was never seen.
type notes []uint8

// of is the note of a page, 0 for a page that has none.
func (n notes) of(page ID) uint8 {
	if int(page) < len(n) {
		return n[page]
	}
	return 0
}

// set notes something of a page that may be new.
func (n *notes) set(page ID, to uint8) {
	if int(page) >= len(*n) {
		*n = append(*n, make([]uint8, int(page)+1-len(*n))...)
	}
	(*n)[page] = to
}
