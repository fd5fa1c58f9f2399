package policy_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"vmsim/pagecache"
	"vmsim/pagecache/policy"
)

// missesInMachine counts the misses of a memory that asks a policy as a machine does, for one page at a time.
func missesInMachine(r pagecache.Replacer, frames int, trace []policy.ID) (misses uint64) {
	in := map[pagecache.Page]bool{}
	for _, id := range trace {
		p := pagecache.Page(id)
		if in[p] {
			r.Accessed(p)
			continue
		}
		misses++
		if len(in) == frames {
			victim, _ := r.Victim(func(pagecache.Page) bool { return true })
			delete(in, victim)
			r.Removed(victim)
		}
		in[p] = true
		r.Added(p)
	}
	return misses
}

// Three policies look at the page that comes before they choose a victim. A machine does not know that page yet, so
// their misses differ a little.
func TestPolicyMissesInAMachineWhatItMissesInASimulation(t *testing.T) {
	const frames = 50
	differ := map[string]float64{"arc": 0.001, "s3-fifo": 0.002, "2q": 0.025}
	trace := zipf(20000, 400, 0.8, 3)
	for i := range trace {
		if i/500%3 == 0 {
			trace[i] = policy.ID(i % 60) // a loop that is a little too long
		}
	}
	for _, p := range policy.Named {
		simulation := policy.NewSimulation(p.New(frames), frames)
		simulation.Run(trace)
		got := missesInMachine(policy.Replacer(p.New(frames)), frames, trace)
		assert.InEpsilon(t, simulation.Misses, got, differ[p.Name]+1e-9, p.Name)
	}
}

// newest evicts the page that came last, and logs what it is asked.
type newest struct {
	pages []policy.ID
	hits  []policy.ID
}

func (n *newest) Hit(page policy.ID) { n.hits = append(n.hits, page) }
func (n *newest) Add(page policy.ID) { n.pages = append(n.pages, page) }

func (n *newest) Victim(policy.ID) policy.ID {
	page := n.pages[len(n.pages)-1]
	n.pages = n.pages[:len(n.pages)-1]
	return page
}

func (n *newest) Remove(policy.ID) {}

func TestPageThatMayNotGoComesBackToItsPolicy(t *testing.T) {
	p := &newest{}
	r := policy.Replacer(p)
	for page := range pagecache.Page(3) {
		r.Added(page)
	}
	victim, ok := r.Victim(func(p pagecache.Page) bool { return p == 0 })
	require.True(t, ok)
	require.EqualValues(t, 0, victim)
	require.Empty(t, p.pages, "the policy has given up 2 and 1 before")

	r.Accessed(1)
	require.Empty(t, p.hits, "the policy does not know page 1 now")
	r.Removed(0)
	r.Added(7)
	assert.Equal(t, []policy.ID{2, 1, 7}, p.pages)
	assert.Equal(t, []policy.ID{1}, p.hits)
}

func TestMachineWithoutAPageThatMayGoLeavesItsPolicyAsItWas(t *testing.T) {
	p := &newest{}
	r := policy.Replacer(p)
	r.Added(4)
	_, ok := r.Victim(func(pagecache.Page) bool { return false })
	assert.False(t, ok)
	assert.Equal(t, []policy.ID{4}, p.pages)
}

func TestMachineTakesEachPolicyOfTheTableByItsName(t *testing.T) {
	names := policy.ForMachines()
	for _, p := range policy.Named {
		if !slices.Contains(names, p.Name) || policy.ForMachine(p.Name, 16) == nil {
			t.Errorf("no machine takes %s: %v", p.Name, names)
		}
	}
}
