package vm

import (
	"vmsim/vm/trace"
)

// Copy makes an area of n bytes at start that shows the same as a does from old on, and takes over a's entries for the
// first moved bytes: the heart of mremap. It returns the new area; where that is a merged one it may contain a itself, unless
// apart is a: the one that it may not become part of.
// Linux: copy_vma (mm/vma.c), move_page_tables (mm/mremap.c).
func (s *Space) Copy(a *Area, old, start Addr, n, moved uint64, apart *Area) (made, source *Area) {
	index := a.IndexOf(old)
	if a.Backing == nil && a.Anon == nil {
		// Nothing was touched yet: number the pages anew, so that the area can merge at its new place.
		index = PageIndex(start.Page())
	}
	made, source = s.copyArea(a, start, start+Addr(n), index, apart)
	s.moveEntries(source, made, old, start, moved)
	return made, source
}

func (s *Space) copyArea(a *Area, start, end Addr, index PageIndex, apart *Area) (made, source *Area) {
	next := s.FindAfter(start)
	p := proposal{
		space: s, prev: s.before(next), next: next, start: start, end: end,
		index: index, flags: a.Flags, backing: a.Backing, anon: a.Anon, label: a.Label, copiedFrom: a, apart: apart,
	}
	if m := p.mergeNew(); m != nil {
		if m.Contains(a.Start) {
			return m, m
		}
		return m, a
	}
	b := &Area{Start: start, End: end, Index: index, Flags: a.Flags, Anon: a.Anon, Backing: a.Backing, Label: a.Label}
	b.cloneAnon(a)
	s.Log.Step(trace.AreaNew, uint64(start), uint64(end), uint64(b.Flags))
	s.insert(b)
	if b.Backing != nil {
		b.tie()
	}
	return b, a
}

// Expandable reports whether the n bytes after a's end are free and lie in the address space.
// Linux: vma_expandable (mm/mremap.c).
func (s *Space) Expandable(a *Area, n uint64) bool {
	end := a.End + Addr(n)
	return end >= a.End && end <= TaskSize && s.FindIn(a.End, end) == nil
}

// Expand makes an area n bytes longer, which are free, and merges it with what it then touches; nil where its backing does
// not allow that.
// Linux: vma_merge_extend (mm/vma.c).
func (s *Space) Expand(a *Area, n uint64) *Area {
	p := proposal{
		space: s, prev: a, next: a.next, start: a.End, end: a.End + Addr(n),
		index: a.IndexOf(a.End), flags: a.Flags, backing: a.Backing, anon: a.Anon, label: a.Label,
	}
	return p.mergeNew()
}

// ForgetAnon makes an area that has no pages any more forget whose they were: what MREMAP_DONTUNMAP leaves behind.
func (s *Space) ForgetAnon(a *Area) { a.unlinkAnon() }

// CountArea adds bytes of area a to the totals, as mremap does for what it made.
func (s *Space) CountArea(a *Area, bytes uint64) {
	s.Stats.count(a.Flags, int64(bytes>>PageShift))
	if a.Flags.Has(Locked) {
		s.Stats.Locked += bytes >> PageShift
	}
}
