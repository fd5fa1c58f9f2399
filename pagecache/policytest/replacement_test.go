package policytest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"vmsim/pagecache"
	"vmsim/pagecache/policy"
	"vmsim/pagecache/policytest"
)

func TestReplacementPoliciesPlayByTheRules(t *testing.T) {
	for _, p := range policy.Named {
		assert.NoError(t, policytest.Replacement(p.New), p.Name)
	}
}

// Memory of the kit has 40 frames at most, and policies of fewer pages must not hold more.
func TestReplacementPoliciesDecideInAMachine(t *testing.T) {
	for _, p := range policy.Named {
		assert.NoError(t, policytest.Replacer(func() pagecache.Replacer { return policy.Replacer(p.New(40)) }), p.Name)
	}
}

// stack evicts the page that came last: thirty lines are enough for a policy of one's own.
type stack struct {
	pages []policy.ID
	wrong func(s *stack, coming policy.ID) policy.ID
}

func (s *stack) Hit(policy.ID)      {}
func (s *stack) Add(page policy.ID) { s.pages = append(s.pages, page) }
func (s *stack) Remove(page policy.ID) {
	for i, p := range s.pages {
		if p == page {
			s.pages = append(s.pages[:i], s.pages[i+1:]...)
			return
		}
	}
}

func (s *stack) Victim(coming policy.ID) policy.ID {
	if s.wrong != nil {
		return s.wrong(s, coming)
	}
	page := s.pages[len(s.pages)-1]
	s.pages = s.pages[:len(s.pages)-1]
	return page
}

func TestReplacementThatBreaksARuleIsFound(t *testing.T) {
	assert.NoError(t, policytest.Replacement(func(int) policy.Policy { return &stack{} }))
	calls := policy.ID(0)
	for want, wrong := range map[string]func(s *stack, coming policy.ID) policy.ID{
		"is not in memory": func(s *stack, coming policy.ID) policy.ID { return coming },
		"when all is repeated": func(s *stack, coming policy.ID) policy.ID {
			calls++
			page := s.pages[int(calls/3)%len(s.pages)]
			s.Remove(page)
			return page
		},
	} {
		err := policytest.Replacement(func(int) policy.Policy { return &stack{wrong: wrong} })
		assert.ErrorContains(t, err, want)
	}
}
