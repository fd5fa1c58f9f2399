package lru

import (
	"math/rand/v2"
	"testing"

	"vmsim/vm/phys"
)

// machine is lists that random changes are made to.
type machine struct {
	*Lists
	frames []*phys.Frame
	dice   *rand.Rand
}

func newMachine(t *testing.T, seed uint64) *machine {
	l := newLists()
	m := &machine{l, nil, rand.New(rand.NewPCG(seed, 1))}
	m.frames = append(newFrames(t, l, 20, fileFlags), newFrames(t, l, 20, anonFlags)...)
	return m
}

// step makes one random change.
func (m *machine) step() {
	i := m.dice.IntN(len(m.frames))
	f := m.frames[i]
	switch m.dice.IntN(8) {
	case 0:
		m.Memory().Put(f)
		m.frames[i] = m.Memory().Alloc(owner(false), 0, fileFlags)
		m.Add(m.frames[i])
	case 1, 2, 3:
		m.Accessed(f)
	case 4, 5:
		m.Mlock(f)
	case 6:
		m.Munlock(f)
	case 7:
		if m.dice.IntN(10) == 0 {
			m.Drain()
		}
	}
}

func TestViewShowsWhatADrainWouldLeadTo(t *testing.T) {
	for seed := range uint64(50) {
		m := newMachine(t, seed)
		for range 100 {
			m.step()
		}
		v := m.View()
		want, one := map[*phys.Frame]phys.Flags{}, map[*phys.Frame]phys.Flags{}
		for _, f := range m.frames {
			want[f], one[f] = v.Flags(f), m.Flags(f)
		}
		m.Drain()
		if v.Events != m.Events {
			t.Errorf("seed %d: the view has %+v, a drain leads to %+v", seed, v.Events, m.Events)
		}
		for f, fl := range want {
			if f.Flags != fl || one[f] != fl {
				t.Errorf("seed %d: %v: the view has flags %#x, alone %#x, a drain leads to %#x", seed, f, uint32(fl),
					uint32(one[f]), uint32(f.Flags))
			}
		}
	}
}

func TestViewChangesNothing(t *testing.T) {
	for seed := range uint64(20) {
		looked, left := newMachine(t, seed), newMachine(t, seed)
		for i := range 200 {
			looked.step()
			left.step()
			v := looked.View()
			for _, f := range looked.frames {
				_, _ = v.Flags(f), looked.Flags(f)
			}
			if looked.Events != left.Events || looked.added != left.added ||
				len(looked.activating) != len(left.activating) ||
				len(looked.locking) != len(left.locking) {
				t.Fatalf("seed %d, step %d: looked at %+v, left alone %+v", seed, i, looked.Events, left.Events)
			}
			for n, f := range looked.frames {
				if g := left.frames[n]; f.Flags != g.Flags || looked.locks[f.PFN()] != left.locks[g.PFN()] {
					t.Fatalf("seed %d, step %d: looked at %v %#x, left alone %#x", seed, i, f, uint32(f.Flags),
						uint32(g.Flags))
				}
			}
		}
	}
}
