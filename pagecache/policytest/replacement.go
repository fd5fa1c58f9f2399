package policytest

import (
	"fmt"
	"math/rand/v2"

	"vmsim/pagecache/policy"
)

// Replacement tries a replacement policy with memories of many sizes over references of many shapes, with pages that
// are freed in between. The error is the first rule that it breaks: a victim is in memory, is not the page that comes,
// and the same calls choose the same victims. Two policies of one make get the same calls, and must name the same
// victims: chance in a policy would make a run of the model irreproducible.
func Replacement(make policy.Maker) error {
	for _, size := range []int{1, 2, 3, 7, 16, 100, 129} {
		for seed := range uint64(8) {
			first, second := newMemory(make(size), size), newMemory(make(size), size)
			random := rand.New(rand.NewPCG(seed, uint64(size)))
			for step := range 3000 {
				page := pick(random, step, size)
				if random.IntN(20) == 0 {
					first.free(page)
					second.free(page)
					continue
				}
				a, err := first.use(page)
				if err != nil {
					return fmt.Errorf("memory of %d pages, step %d, page %d: %w", size, step, page, err)
				}
				if b, err := second.use(page); err != nil || a != b {
					return fmt.Errorf("memory of %d pages, step %d: the victim is %d, and %d when all is repeated",
						size, step, a, b)
				}
			}
		}
	}
	return nil
}

// pick chooses a page: near the beginning most of the time, in a scan or anywhere at others.
//
//	steps      0 to 299       300 to 599            600 to 899
//	pages      a few often    a scan, each once     any of twice as many as fit
//
// A policy that only works for one of them, or that loses count when the shape changes, fails in the change.
func pick(random *rand.Rand, step, size int) policy.ID {
	switch step / 300 % 3 {
	case 0:
		return policy.ID(random.IntN(size+2) * random.IntN(4) / 3)
	case 1:
		return policy.ID(step % (3*size + 2))
	}
	return policy.ID(random.IntN(2*size + 2))
}

// none is the victim where no page had to leave.
const none = ^policy.ID(0)

// memory has the pages that a policy should believe to be in memory.
type memory struct {
	policy policy.Policy
	size   int
	here   map[policy.ID]bool
}

func newMemory(p policy.Policy, size int) *memory {
	return &memory{p, size, map[policy.ID]bool{}}
}

// use makes a reference, and returns the page that had to leave.
func (m *memory) use(page policy.ID) (policy.ID, error) {
	if m.here[page] {
		m.policy.Hit(page)
		return none, nil
	}
	victim := none
	if len(m.here) == m.size {
		victim = m.policy.Victim(page)
		if !m.here[victim] {
			return victim, fmt.Errorf("the victim, page %d, is not in memory", victim)
		}
		delete(m.here, victim)
	}
	m.policy.Add(page)
	m.here[page] = true
	return victim, nil
}

// free takes a page out of memory as truncating its file would. Remove notifies the policy, which must not name the
// page any more.
func (m *memory) free(page policy.ID) {
	if m.here[page] {
		m.policy.Remove(page)
		delete(m.here, page)
	}
}
