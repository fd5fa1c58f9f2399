package session

import (
	"fmt"

	"vmsim/pagecache"
	"vmsim/syscalls/plural"
	"vmsim/syscalls/script"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// lastStore is the last statement that is done and has stored to page i of a file; ok is false where none has. A store
// that the TLB knows the way of leaves no step: it is found by its address, as the areas lie now.
func (s *Session) lastStore(m *pagecache.Mapping, i vm.PageIndex) (n int, ok bool) {
	f := m.LookUp(i)
	for n := s.live.done - 1; f != nil && n >= 0; n-- {
		st := &s.Branch().stmts[n]
		if a, isAccess := st.Op.Do.(*script.Access); isAccess {
			if a.Store && st.Signal == nil && s.reaches(st.PID, a, m, i) {
				return n, true
			}
			continue
		}
		for _, e := range s.Branch().Events(st.Begin, st.End) {
			if stores(e, m, i, f) {
				return n, true
			}
		}
	}
	return 0, false
}

// stores reports whether a step of a call changes page i of a file.
func stores(e trace.Event, m *pagecache.Mapping, i vm.PageIndex, f *phys.Frame) bool {
	switch e.Kind {
	case trace.CopyFromUser, trace.CopyKernel:
		return e.Args[1] == uint64(f.PFN())
	case trace.PageDirtied:
		return e.Args[0] == uint64(i) && e.Args[2] == m.Number
	}
	return false
}

// reaches reports whether the bytes of an access lie in page i of a file, in the file's own memory and no private copy.
func (s *Session) reaches(pid int, a *script.Access, m *pagecache.Mapping, i vm.PageIndex) bool {
	p, ok := s.Kernel().Process(pid)
	from, to, known := s.span(a)
	if !ok || !known {
		return false
	}
	for x := from.Floor(); x < to; x += vm.PageSize {
		area := p.Space.Find(x)
		if area == nil {
			continue
		}
		if f := pagecache.FileOf(area); f != nil && f.Mapping == m && area.Flags&vm.Shared != 0 &&
			area.IndexOf(x) == i {
			return true
		}
	}
	return false
}

// span is the bytes that an access is about, from and up to, by what its names are bound to now.
func (s *Session) span(a *script.Access) (from, to vm.Addr, ok bool) {
	worth := func(x script.Expr, otherwise uint64) uint64 {
		if x == nil {
			return otherwise
		}
		v, err := script.Eval(x, s.Value)
		ok = ok && err == nil
		return v
	}
	ok = true
	base, first := worth(a.Base, 0), worth(a.A, 0)
	last := first + 1
	switch a.Form {
	case script.Range:
		last = worth(a.B, 0)
	case script.Span:
		last = first + worth(a.B, 0)
	}
	const most = 1 << 32 // no statement goes further
	return vm.Addr(base + first), vm.Addr(base + last), ok && last-first < most
}

// storedBy tells which statement stored to a page last.
func (s *Session) storedBy(m *pagecache.Mapping, i vm.PageIndex) []Link {
	n, ok := s.lastStore(m, i)
	var stored Moment
	if ok {
		stored = s.Branch().stmts[n].End
	}
	if t := s.cutSince(m, i, stored); t > 0 {
		return []Link{{0, "what it held before is lost: the page was cut out of the file"}, s.statementLink(t),
			before(t)}
	}
	if !ok {
		return []Link{{0, "  no statement has stored to it"}}
	}
	begin := s.Branch().stmts[n].Begin
	return []Link{{0, "the last statement that stored to it:"},
		{begin + 1, fmt.Sprintf("statement %d:  %s", n+1, s.statementText(n))}, before(begin + 1)}
}

// beyondEnd tells of the last store to page i of a file that lies beyond the file's end, where the file ends in the
// page.
func (s *Session) beyondEnd(m *pagecache.Mapping, i vm.PageIndex) []Link {
	size := m.Size()
	if vm.IndexOf(size) != i || size&vm.PageMask == 0 {
		return nil
	}
	for n := s.live.done - 1; n >= 0; n-- {
		st := &s.Branch().stmts[n]
		a, isAccess := st.Op.Do.(*script.Access)
		if !isAccess || !a.Store || st.Signal != nil || !s.reaches(st.PID, a, m, i) {
			continue
		}
		from, _, _ := s.span(a)
		if at := i.FileOffset() + int64(from&vm.PageMask); at >= size {
			return []Link{{st.Begin + 1, fmt.Sprintf("statement %d:  %s", n+1, s.statementText(n))},
				{0, fmt.Sprintf("it stored at byte %d, and the file has %s: the rest of the last page is no "+
					"part of the file, and writeback fills it with zeros", at, plural.Bytes(size))}}
		}
	}
	return nil
}

// cutSince is the last step since t at which page i of a file was cut off, by truncation or as a hole; 0 for none.
func (s *Session) cutSince(m *pagecache.Mapping, i vm.PageIndex, t Moment) Moment {
	for x := s.At(); x > t; x-- {
		e := s.Branch().Event(x)
		if e.Kind == trace.PageTruncated && e.Args[0] == uint64(i) && e.Args[2] == m.Number {
			return x
		}
	}
	return 0
}

// before leads to the moment before step t.
func before(t Moment) Link { return Link{0, fmt.Sprintf("  just before it: goto %d", t-1)} }

// DiskHint says how files come to be on a disk.
const DiskHint = "Files on tmpfs have no disk. To see writeback, begin with  .machine fs=ext4"

// diedDirty tells of the last page that was dirty when its file went, with its last name and its last user: it was
// dropped, and the disk was given nothing.
func (s *Session) diedDirty() []Link {
	b := s.Branch()
	for t := s.At(); t > 0; t-- {
		cut := b.Event(t)
		if n, ok := s.powerCut(); ok && b.StatementAt(t) == n {
			return []Link{{b.stmts[n].Begin + 1, fmt.Sprintf("statement %d:  %s: it took what was dirty then; "+
				"why page FILE:N tells what became of a page", n+1, s.statementText(n))}}
		}
		if cut.Kind != trace.PageTruncated || s.fileExists(cut.Args[2]) {
			continue
		}
		if chain := s.diedDirtyAt(t, cut); chain != nil {
			return chain
		}
	}
	return nil
}

// diedDirtyAt says that the page that step t took from the cache was dirty, if it was.
func (s *Session) diedDirtyAt(t Moment, cut trace.Event) []Link {
	b := s.Branch()
	for x := t - 1; x > 0; x-- {
		e := b.Event(x)
		same := e.Args[0] == cut.Args[0] && e.Args[2] == cut.Args[2]
		if same && (e.Kind == trace.WritebackEnded || e.Kind == trace.CacheAdded) {
			break
		}
		if same && e.Kind == trace.PageDirtied && s.wasOnDisk(cut.Args[2], t) {
			return []Link{{0, fmt.Sprintf("page %d of a file without a name was dirty when its last user went: it "+
				"was dropped, and never written", cut.Args[0])}, s.statementLink(t), before(t)}
		}
	}
	return nil
}

// wasOnDisk reports whether a file lived on a disk before the statement that step t belongs to.
func (s *Session) wasOnDisk(inode uint64, t Moment) (yes bool) {
	before, err := s.standing(s.Branch().stmts[s.Branch().StatementAt(t)].Begin)
	if err != nil {
		return false
	}
	defer before.Close()
	before.EachFile(func(_ string, m *pagecache.Mapping) { yes = yes || m.Number == inode && !m.InMemory() })
	return yes
}

func (s *Session) fileExists(inode uint64) (found bool) {
	s.EachFile(func(_ string, m *pagecache.Mapping) { found = found || m.Number == inode })
	return found
}

// WhyDirty is which pages the disk does not have yet, and since when: at most the first ones.
func (s *Session) WhyDirty() (chain []Link) {
	chain, disk := s.dirtyPages()
	if len(chain) == 0 {
		chain = []Link{{0, "no page is dirty"}}
		if !disk && s.Kernel().Disk == nil {
			return append(chain, Link{0, DiskHint})
		}
		chain = append(chain, s.diedDirty()...)
	}
	return append(chain, s.unsafe()...)
}

// dirtyPages are the dirty pages of files on disks, each with the statement that dirtied it; disk says whether there is
// such a file at all.
func (s *Session) dirtyPages() (chain []Link, disk bool) {
	const most = 20
	s.EachFile(func(path string, m *pagecache.Mapping) {
		disk = disk || !m.InMemory()
		m.EachPage(0, ^vm.PageIndex(0), func(i vm.PageIndex, f *phys.Frame) {
			if !f.Has(phys.Dirty) || m.InMemory() || len(chain) > most {
				return
			}
			t, statement := s.DirtiedAt(m, i)
			chain = append(chain,
				Link{t, fmt.Sprintf("page %d of %s: %s; more: why page %s:%d", i, path, statement, path, i)})
		})
	})
	return chain, disk
}
