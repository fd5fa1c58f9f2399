package policy_test

import "vmsim/pagecache/policy"

// slowMGLRU is the multi-generational LRU of pages that are read. Generations are numbered from 0 for ever, and a page
// in memory has the number of its own.
type slowMGLRU struct {
	memory      map[policy.ID]*slowPage
	ghosts      map[policy.ID]slowPage
	order       pages // by the time at which pages came to their generations
	tier        [4]struct{ back, out, pastBack, pastOut int }
	first, last int // generations
}

type slowPage struct {
	generation, uses int
	hot              bool // part of the working set
}

func naiveMGLRU(size int) naive {
	s := &slowMGLRU{memory: map[policy.ID]*slowPage{}, ghosts: map[policy.ID]slowPage{}, last: 3}
	return func(page policy.ID) bool {
		if k := s.memory[page]; k != nil {
			k.hot = k.hot || k.uses == 4
			k.uses = min(4, k.uses+1)
			return true
		}
		if len(s.memory) == size {
			s.evict()
		}
		s.bring(page)
		return false
	}
}

func (s *slowMGLRU) bring(page policy.ID) {
	k := &slowPage{uses: 1}
	if ghost, was := s.ghosts[page]; was && s.last-ghost.generation < 4 {
		s.tier[tierOf(ghost)].back++
		k.hot = ghost.hot
	}
	delete(s.ghosts, page)
	k.generation = s.last - 3
	if k.hot {
		k.generation++
	}
	k.generation = max(k.generation, s.first)
	s.memory[page] = k
	s.order.push(page)
}

func tierOf(k slowPage) int {
	if k.hot {
		return 3
	}
	return []int{0, 0, 1, 2, 2}[k.uses]
}

// isProtected reports whether the page's tier, or one before it, comes back more often than tier 0.
func (s *slowMGLRU) isProtected(k slowPage) bool {
	for t := 1; t <= tierOf(k); t++ {
		back, out := s.tier[t].back+s.tier[t].pastBack, s.tier[t].out+s.tier[t].pastOut
		base, of := s.tier[0].back+s.tier[0].pastBack, s.tier[0].out+s.tier[0].pastOut
		if back >= 64 && 2*back*(of+64) > 3*(base+1)*out {
			return true
		}
	}
	return false
}

// oldest is the page that has been in the oldest generation for the longest time.
func (s *slowMGLRU) oldest() (policy.ID, bool) {
	for i := len(s.order) - 1; i >= 0; i-- {
		if s.memory[s.order[i]].generation == s.first {
			return s.order[i], true
		}
	}
	return 0, false
}

// end ends the oldest generations if they have no pages.
func (s *slowMGLRU) end() {
	_, some := s.oldest()
	if some {
		return
	}
	for !some && s.first+2 <= s.last {
		s.first++
		_, some = s.oldest()
	}
	for i := range s.tier {
		c := &s.tier[i]
		c.pastBack, c.pastOut = (c.back+c.pastBack)/2, (c.out+c.pastOut)/2
		c.back, c.out = 0, 0
	}
}

func (s *slowMGLRU) evict() {
	for kept := true; kept; {
		s.end()
		s.last = max(s.last, s.first+3)
		page, _ := s.oldest()
		k := s.memory[page]
		was := *k
		s.order.drop(page)
		sure := k.hot && k.uses == 4
		if kept = sure || s.isProtected(was); kept {
			k.generation, k.uses = s.first+1, 0
			s.order.push(page)
		} else {
			delete(s.memory, page)
			s.end()
			was.generation = s.first
			s.ghosts[page] = was
		}
		if !sure {
			s.tier[tierOf(was)].out++
		}
	}
}
