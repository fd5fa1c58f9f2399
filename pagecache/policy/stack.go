package policy

import "math/bits"

// stack finds stack distances. Each use of a page takes the next place on a line and frees the place of the use before,
// so the pages used since then are the occupied places behind it. They are counted by words of 64 places, by groups of
// eight words, which are a cache line of the processor, and by sums over groups of groups, which are kept as places
// change. When the line is full, its pages move together at its beginning.
//
//	uses         a b c b a           the last use of b is at place 3
//	places       - - c b a           one bit each: c at 2, b at 3, a at 4
//	use of c     places behind 2: two are occupied, so the distance is 3 with c itself
//
// A list would need a walk over all pages in between for each reference; this needs a few sums.
type stack struct {
	last []uint32 // for each page, the place of its last use plus one; 0 for none
	user []ID     // for each place, the page
	here []uint64 // a bit for each place: occupied
	sums [stackLevels][]uint32
	next int // the first place that was never taken
	used int // occupied places
}

const (
	stackLevels = 4
	stackWords  = 8  // how many words a sum of the lowest level is over
	stackGroup  = 16 // how many entries of the level below a sum is over
	stackLeast  = 64 * stackWords * stackGroup * stackGroup * stackGroup
)

// uses notes uses of pages, and returns for each how many different pages were used since the one before, itself
// included: 0 for the first use.
func (s *stack) uses(distances []uint32, pages []ID) []uint32 {
	for _, page := range pages {
		for int(page) >= len(s.last) {
			s.last = append(s.last, 0)
		}
		distances = append(distances, s.last[page]) // all first, so that the processor waits for several at once
	}
	for i, page := range pages {
		distances[i] = s.use(page)
	}
	return distances
}

// use notes one use of a page.
func (s *stack) use(page ID) (distance uint32) {
	if s.next == len(s.user) {
		s.pack()
	}
	if at := s.last[page]; at != 0 {
		distance = s.after(at-1) + 1
		s.change(int(at-1), -1)
	}
	s.user[s.next] = page
	s.change(s.next, +1)
	s.next++
	s.last[page] = uint32(s.next)
	return distance
}

// change takes or frees a place.
func (s *stack) change(at, by int) {
	s.used += by
	s.here[at/64] ^= 1 << (at % 64)
	at /= 64 * stackWords
	for i := range s.sums {
		s.sums[i][at] += uint32(by)
		at /= stackGroup
	}
}

// after counts the occupied places behind one. The rest of the word, of the group, and of each level above: at most 8
// words, and 16 sums for each level but the highest.
func (s *stack) after(at uint32) uint32 {
	word := at / 64
	n := uint32(bits.OnesCount64(s.here[word] &^ (2<<(at%64) - 1)))
	for _, w := range s.here[word+1 : word|(stackWords-1)+1] {
		n += uint32(bits.OnesCount64(w))
	}
	group := word / stackWords
	for i := range stackLevels - 1 {
		for _, sum := range s.sums[i][group+1 : group|(stackGroup-1)+1] {
			n += sum
		}
		group /= stackGroup
	}
	for _, sum := range s.sums[stackLevels-1][group+1:] {
		n += sum
	}
	return n
}

// pack moves all pages to the beginning of the line, in their order, and makes it at least twice as long as that. It
// costs as much as there are places, and happens once for at least as many uses as there are pages: a constant for each
// use.
func (s *stack) pack() {
	pages := make([]ID, 0, s.used)
	for at, page := range s.user {
		if s.last[page] == uint32(at+1) {
			pages = append(pages, page)
		}
	}
	size := stackLeast
	for size < 2*len(pages) {
		size *= 2
	}
	*s = stack{last: s.last, user: make([]ID, size), here: make([]uint64, size/64)}
	for i, groups := 0, size/64/stackWords; i < stackLevels; i, groups = i+1, groups/stackGroup {
		s.sums[i] = make([]uint32, groups)
	}
	for _, page := range pages {
		s.user[s.next] = page
		s.change(s.next, +1)
		s.next++
		s.last[page] = uint32(s.next)
	}
}
