package phys

// lockBatch is how many frames are locked before the lists hear of any.
// Linux: PAGEVEC_SIZE (include/linux/pagevec.h).
const lockBatch = 31

// Lock notes that one more locked area maps the frame: it may not leave memory. That reclaim does not look at it any more
// follows with the next Settle, or when a batch is full.
// Linux: mlock_folio (mm/mlock.c).
func (m *Memory) Lock(f *Frame) {
	f.Set(Mlocked)
	if m.locking = append(m.locking, f); len(m.locking) == lockBatch {
		m.Settle()
	}
}

// Settle does what was put off: frames that were locked leave the lists that reclaim looks at.
// Linux: mlock_drain_local (mm/mlock.c).
func (m *Memory) Settle() {
	for _, f := range m.locking {
		m.isolate(f)
	}
	m.locking = m.locking[:0]
}

// isolate counts how many locked areas map the frame, as far as Linux knows it.
// Linux: __mlock_folio (mm/mlock.c).
func (m *Memory) isolate(f *Frame) {
	if m.locks == nil {
		m.locks = map[PFN]int{}
	}
	if !f.Has(Unevictable) {
		if !f.Has(Mlocked) {
			return // unlocked again meanwhile
		}
		f.Clear(Active)
		f.Set(Unevictable)
		m.locks[f.PFN()] = 0
	}
	m.locks[f.PFN()]++
}

// Unlock notes that one less locked area maps the frame.
// Linux: munlock_folio, __munlock_folio (mm/mlock.c).
func (m *Memory) Unlock(f *Frame) {
	m.Settle()
	if f.Has(Unevictable) {
		if m.locks[f.PFN()]--; m.locks[f.PFN()] > 0 {
			return
		}
		delete(m.locks, f.PFN())
	}
	f.Clear(Mlocked | Unevictable)
}
