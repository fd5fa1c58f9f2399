package policy_test

import (
	"slices"

	"vmsim/pagecache/policy"
)

// The policies a second time, as their papers describe them, with slices and searches: slow, and easy to check. Each
// returns whether the page was in memory, and brings it in. A slice has its newest page first.
type naive func(page policy.ID) (hit bool)

var naives = map[string]func(size int) naive{
	"fifo": naiveFIFO, "lru": naiveLRU, "clock": naiveClock, "sieve": naiveSieve, "2q": naiveTwoQ, "arc": naiveARC,
	"lirs": naiveLIRS, "s3-fifo": naiveS3FIFO, "w-tinylfu": naiveTinyLFU,
	"mglru": naiveMGLRU,
}

type pages []policy.ID

func (p pages) has(page policy.ID) bool { return slices.Contains(p, page) }
func (p *pages) push(page policy.ID)    { *p = slices.Insert(*p, 0, page) }
func (p *pages) drop(page policy.ID) {
	*p = slices.DeleteFunc(*p, func(x policy.ID) bool { return x == page })
}

// bring puts a page that was not in memory into main where it left memory lately, else into in.
func bring(page policy.ID, ghost bool, main, in *pages) (hit bool) {
	if ghost {
		main.push(page)
	} else {
		in.push(page)
	}
	return false
}

func (p pages) last() policy.ID { return p[len(p)-1] }
func (p *pages) pop() policy.ID {
	page := p.last()
	*p = (*p)[:len(*p)-1]
	return page
}

func naiveFIFO(size int) naive {
	var queue pages
	return func(page policy.ID) bool {
		if queue.has(page) {
			return true
		}
		if len(queue) == size {
			queue.pop()
		}
		queue.push(page)
		return false
	}
}

func naiveLRU(size int) naive {
	var stack pages
	return func(page policy.ID) bool {
		hit := stack.has(page)
		if stack.drop(page); len(stack) == size {
			stack.pop()
		}
		stack.push(page)
		return hit
	}
}

func naiveClock(size int) naive {
	frames, used, hand := pages{}, map[policy.ID]bool{}, 0
	return func(page policy.ID) bool {
		if frames.has(page) {
			used[page] = true
			return true
		}
		used[page] = false
		if len(frames) < size {
			frames = append(frames, page)
			return false
		}
		for used[frames[hand]] {
			used[frames[hand]] = false
			hand = (hand + 1) % size
		}
		frames[hand] = page
		hand = (hand + 1) % size
		return false
	}
}

func naiveSieve(size int) naive {
	var queue pages
	used, hand := map[policy.ID]bool{}, -1
	return func(page policy.ID) bool {
		if queue.has(page) {
			used[page] = true
			return true
		}
		if len(queue) == size {
			if hand < 0 {
				hand = len(queue) - 1
			}
			for used[queue[hand]] {
				used[queue[hand]] = false
				if hand--; hand < 0 {
					hand = len(queue) - 1
				}
			}
			queue = slices.Delete(queue, hand, hand+1)
			hand--
		}
		queue.push(page)
		used[page] = false
		if hand >= 0 {
			hand++ // the new page is in front
		}
		return false
	}
}

func naiveTwoQ(size int) naive {
	var in, out, main pages
	return func(page policy.ID) bool {
		if main.has(page) {
			main.drop(page)
			main.push(page)
			return true
		}
		if in.has(page) {
			return true
		}
		ghost := out.has(page)
		out.drop(page)
		if len(in)+len(main) == size {
			if len(in) > size/4 || len(main) == 0 {
				out.push(in.pop())
				if len(out) > size/2 {
					out.pop()
				}
			} else {
				main.pop()
			}
		}
		return bring(page, ghost, &main, &in)
	}
}

func naiveARC(size int) naive {
	var t1, t2, b1, b2 pages
	p := 0.0
	replace := func(page policy.ID) {
		if n := float64(len(t1)); n >= 1 && (n > p || b2.has(page) && n == p) {
			b1.push(t1.pop())
		} else {
			b2.push(t2.pop())
		}
	}
	return func(page policy.ID) bool {
		switch {
		case t1.has(page) || t2.has(page):
			t1.drop(page)
			t2.drop(page)
			t2.push(page)
			return true
		case b1.has(page):
			p = min(p+max(1, float64(len(b2))/float64(len(b1))), float64(size))
			replace(page)
			b1.drop(page)
			t2.push(page)
		case b2.has(page):
			p = max(p-max(1, float64(len(b1))/float64(len(b2))), 0)
			replace(page)
			b2.drop(page)
			t2.push(page)
		default:
			if len(t1)+len(b1) == size {
				if len(t1) < size {
					b1.pop()
					replace(page)
				} else {
					t1.pop()
				}
			} else if total := len(t1) + len(t2) + len(b1) + len(b2); total >= size {
				if total == 2*size {
					b2.pop()
				}
				replace(page)
			}
			t1.push(page)
		}
		return false
	}
}

func naiveS3FIFO(size int) naive {
	var small, main, ghosts pages
	used := map[policy.ID]int{}
	room := max(1, size/10)
	evict := func() {
		for {
			if len(main) > size-room || len(small) == 0 {
				page := main.pop()
				if used[page] == 0 {
					return
				}
				used[page]--
				main.push(page)
				if len(main) <= size-room && len(small) > 0 {
					panic("a round of the main queue changed its length")
				}
				continue
			}
			page := small.pop()
			if used[page] < 2 {
				if ghosts.push(page); len(ghosts) > size*9/10 {
					ghosts.pop()
				}
				return
			}
			used[page] = 0
			main.push(page)
		}
	}
	return func(page policy.ID) bool {
		if small.has(page) || main.has(page) {
			used[page] = min(used[page]+1, 3)
			return true
		}
		ghost := ghosts.has(page)
		ghosts.drop(page)
		if len(small)+len(main) == size {
			evict()
		}
		used[page] = 0
		return bring(page, ghost, &main, &small)
	}
}

func naiveTinyLFU(size int) naive {
	var window, probation, protected pages
	windowRoom := max(1, size/100)
	mainRoom := size - windowRoom
	seen := newNaiveSketch(size)
	return func(page policy.ID) bool {
		switch {
		case window.has(page):
			seen.add(page)
			window.drop(page)
			window.push(page)
			return true
		case protected.has(page):
			seen.add(page)
			protected.drop(page)
			protected.push(page)
			return true
		case probation.has(page):
			seen.add(page)
			probation.drop(page)
			if protected.push(page); len(protected) > mainRoom*4/5 {
				probation.push(protected.pop())
			}
			return true
		}
		main := len(probation) + len(protected)
		if len(window)+main == size {
			candidate := window.pop()
			switch {
			case main == 0:
			case len(probation) > 0 && seen.of(candidate) > seen.of(probation.last()):
				probation.pop()
				probation.push(candidate)
			case len(probation) == 0 && seen.of(candidate) > seen.of(protected.last()):
				protected.pop()
				probation.push(candidate)
			}
		}
		seen.add(page)
		if window.push(page); len(window) > windowRoom {
			probation.push(window.pop())
		}
		return false
	}
}

// naiveSketch has the counters of the sketch in a map, by block, row and column. The hash is part of the definition.
type naiveSketch struct {
	counter map[[3]uint64]int
	blocks  uint64
	left    int
	size    int
}

func newNaiveSketch(size int) *naiveSketch {
	blocks := uint64(1)
	for blocks*64 < uint64(size)*32 {
		blocks *= 2
	}
	return &naiveSketch{counter: map[[3]uint64]int{}, blocks: blocks, left: 16 * size, size: size}
}

func (s *naiveSketch) cells(page policy.ID) (cells [4][3]uint64) {
	h := policy.Scramble(uint64(page) + 1)
	for row := range cells {
		cells[row] = [3]uint64{h >> 32 % s.blocks, uint64(row), h >> (4 * row) % 16}
	}
	return cells
}

func (s *naiveSketch) of(page policy.ID) int {
	least := 15
	for _, cell := range s.cells(page) {
		least = min(least, s.counter[cell])
	}
	return least
}

func (s *naiveSketch) add(page policy.ID) {
	if least := s.of(page); least < 15 {
		for _, cell := range s.cells(page) {
			if s.counter[cell] == least {
				s.counter[cell]++
			}
		}
	}
	if s.left--; s.left == 0 {
		s.left = 16 * s.size
		for cell := range s.counter {
			s.counter[cell] /= 2
		}
	}
}
