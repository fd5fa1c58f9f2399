package lru

import "vmsim/vm/phys"

// folioOwner is an owner of frames that finds the other pages of a large folio.
type folioOwner interface {
	// FolioHead is the first of them.
	FolioHead(f *phys.Frame) *phys.Frame
	// EachOfFolio calls fn for each of them.
	EachOfFolio(f *phys.Frame, fn func(*phys.Frame))
}

// head is the first frame of the folio that f is part of.
// Linux: page_folio (include/linux/page-flags.h).
func head(f *phys.Frame) *phys.Frame {
	if f.Order() > 0 {
		if o, ok := f.Owner.(folioOwner); ok {
			return o.FolioHead(f)
		}
	}
	return f
}

// each calls fn for every frame of the folio that f is part of: every frame of a folio has the folio's flags.
func (l *Lists) each(f *phys.Frame, fn func(*Lists, *phys.Frame)) {
	if f.Order() > 0 {
		if o, ok := f.Owner.(folioOwner); ok {
			o.EachOfFolio(f, func(x *phys.Frame) { fn(l, x) })
			return
		}
	}
	fn(l, f)
}
