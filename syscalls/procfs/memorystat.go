package procfs

import (
	"fmt"
	"strings"

	"vmsim/vm/phys"
)

// groupKinds are the counters of a control group that say how many of its frames are of a kind, by the names of
// memory.stat.
// Linux: memcg1_stat_format (mm/memcontrol-v1.c).
var groupKinds = []struct {
	name string
	is   frameKind
}{
	{"rss", mappedAnon}, {"cache", func(f *phys.Frame, _ phys.Flags) bool { return ofFile(f) }}, {"shmem", shared},
	{"mapped_file", mappedFile}, {"swapcached", swapCached},
	{"inactive_anon", inactiveAnon}, {"active_anon", activeAnon}, {"inactive_file", inactiveFile},
	{"active_file", activeFile}, {"unevictable", unevictable},
}

// MemoryStat is what the programs' control group has, in pages, under the names of its memory.stat.
func (m *Machine) MemoryStat() string {
	var b strings.Builder
	for i, n := range m.chargedKinds() {
		fmt.Fprintln(&b, groupKinds[i].name, n)
	}
	fmt.Fprintln(&b, "swap", m.Swap.Away())
	for t, name := range []string{"anon", "file"} {
		fmt.Fprintf(&b, "workingset_refault_%s %d\n", name, m.Reclaim.Refaulted[t])
	}
	return b.String()
}

// chargedKinds is how many frames that are charged to the group there are of each of groupKinds.
func (m *Machine) chargedKinds() []uint64 {
	lists, counts := m.LRU.View(), make([]uint64, len(groupKinds))
	m.Memory.EachUsed(func(f *phys.Frame) {
		if !f.Has(phys.Charged) {
			return
		}
		fl := lists.Flags(f)
		for i, k := range groupKinds {
			if k.is(f, fl) {
				counts[i]++
			}
		}
	})
	return counts
}
