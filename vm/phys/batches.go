package phys

// What happens to the lists that reclaim looks at, the processor puts off and does for a batch of frames at a time. Until then a
// frame is not yet on a list, not yet active, not yet off the lists.
// Linux: struct cpu_fbatches (mm/swap.c).

// batch is how many changes of one kind are put off.
// Linux: PAGEVEC_SIZE (include/linux/pagevec.h).
const batch = 31

// Settle does all that was put off.
// Linux: lru_add_drain (mm/swap.c).
func (m *Memory) Settle() {
	m.settleNew()
	m.settleActive()
	m.settleLocks()
}

// settleFrame does what was put off for one frame, which is going to be free; its places in the batches stay taken.
func (m *Memory) settleFrame(f *Frame) {
	for i := range m.locking {
		if c := &m.locking[i]; c.frame == f {
			c.apply(m, f)
			c.apply = func(*Memory, *Frame) {}
		}
	}
	for i := range m.activating {
		if m.activating[i] == f {
			m.makeActive(f) // for the little time that it has left, and it counts
			m.activating[i] = m.zero
		}
	}
}

// Add puts a new frame on its list, before long.
// Linux: folio_add_lru (mm/swap.c).
func (m *Memory) Add(f *Frame) {
	m.adding[m.added] = f.pfn
	if m.added++; m.added == batch {
		m.settleNew()
	}
}

// settleNew puts the new frames on their lists. Of those that were locked meanwhile nobody knows how often.
// Linux: lru_add (mm/swap.c).
func (m *Memory) settleNew() {
	for _, n := range m.adding[:m.added] {
		if f := m.Frame(PFN(n)); f.Flags&(Mlocked|Unevictable) == Mlocked {
			m.SetAside(f)
		}
	}
	m.added = 0
}

// isNew reports whether a frame is on no list yet.
func (m *Memory) isNew(f *Frame) bool {
	for _, n := range m.adding[:m.added] {
		if n == f.pfn {
			return true
		}
	}
	return false
}

// Accessed notes that frame f was used other than through a page table: the second time makes it active.
// Linux: folio_mark_accessed (mm/swap.c).
func (m *Memory) Accessed(f *Frame) {
	switch {
	case !f.Has(Referenced):
		f.Set(Referenced)
	case f.Flags&(Unevictable|Active) == 0:
		m.activate(f)
		f.Clear(Referenced)
	}
}

// activate makes a frame active: at once where it is on no list yet, else with its batch. Large folios do not wait.
// Linux: folio_activate, __lru_cache_activate_folio (mm/swap.c).
func (m *Memory) activate(f *Frame) {
	if m.isNew(f) {
		f.Set(Active)
		return
	}
	if m.activating = append(m.activating, f); len(m.activating) == batch || f.Order() > 0 {
		m.settleActive()
	}
}

// settleActive makes active what was put off.
// Linux: lru_activate (mm/swap.c).
func (m *Memory) settleActive() {
	for _, f := range m.activating {
		m.makeActive(f)
	}
	m.activating = m.activating[:0]
}

func (m *Memory) makeActive(f *Frame) {
	if f.Flags&(LRU|Unevictable|Active) == LRU {
		f.Set(Active)
		m.Events.Activated++
	}
}

// Touched is Accessed for a frame that may be part of something larger, which its owner knows.
func (m *Memory) Touched(f *Frame) {
	if o, ok := f.Owner.(interface{ MarkAccessed(*Frame) }); ok && f.Order() > 0 {
		o.MarkAccessed(f)
		return
	}
	m.Accessed(f)
}
