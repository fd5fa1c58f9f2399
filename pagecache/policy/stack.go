package policy

import "math/bits"

// stack finds stack distances. Each use of a page takes the next place on a line and frees the place of the use before,
// so the pages used since then are the occupied places behind it. They are counted by words of 64 places and by sums
// over groups of words, which are kept as places change. When the line is full, its pages move together at its
// beginning.
type stack struct {
	last []uint32 // for each page, the place of its last use plus one; 0 for none
	user []ID     // for each place, the page
	here []uint64 // a bit for each place: occupied
	sums [stackLevels][]uint32
	next int // the first place that was never taken
	used int // occupied places
}

const (
	stackLevels = 3
	stackGroup  = 32 // how many entries of the level below a sum is over
	stackLeast  = 64 * stackGroup * stackGroup
)

// use notes a use of a page, and returns how many different pages were used since the one before, itself included: 0
// for the first use.
func (s *stack) use(page ID) (distance int) {
	for int(page) >= len(s.last) {
		s.last = append(s.last, 0)
	}
	if s.next == len(s.user) {
		s.pack()
	}
	if at := s.last[page]; at != 0 {
		distance = s.after(int(at-1)) + 1
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
	at /= 64
	for i := range s.sums {
		at /= stackGroup
		s.sums[i][at] += uint32(by)
	}
}

// after counts the occupied places behind one.
func (s *stack) after(at int) int {
	word := at / 64
	n := bits.OnesCount64(s.here[word] &^ (2<<(at%64) - 1))
	group := word/stackGroup + 1
	for _, w := range s.here[word+1 : group*stackGroup] {
		n += bits.OnesCount64(w)
	}
	for i := range stackLevels - 1 {
		end := (group + stackGroup - 1) / stackGroup * stackGroup
		for _, sum := range s.sums[i][group:min(end, len(s.sums[i]))] {
			n += int(sum)
		}
		group = end / stackGroup
	}
	for _, sum := range s.sums[stackLevels-1][group:] {
		n += int(sum)
	}
	return n
}

// pack moves all pages to the beginning of the line, in their order, and makes it at least twice as long as that.
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
	words := size / 64
	for i := range s.sums {
		words = (words + stackGroup - 1) / stackGroup
		s.sums[i] = make([]uint32, words)
	}
	for _, page := range pages {
		s.user[s.next] = page
		s.change(s.next, +1)
		s.next++
		s.last[page] = uint32(s.next)
	}
}
