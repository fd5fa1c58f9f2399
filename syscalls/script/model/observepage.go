package model

import (
	"cmp"
	"fmt"
	"slices"

	"vmsim/pagecache"
	"vmsim/syscalls"
	"vmsim/syscalls/procfs"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// pageWatch remembers the flags of the pages of files, so that it can tell which have changed.
type pageWatch struct {
	kernel  *syscalls.Kernel
	seen    map[filePage]procfs.PageFlags
	touched map[filePage]bool
}

// filePage is a page of a file.
type filePage struct {
	file  *pagecache.Mapping
	index vm.PageIndex
}

func newPageWatch(k *syscalls.Kernel) *pageWatch {
	w := &pageWatch{kernel: k, seen: map[filePage]procfs.PageFlags{}, touched: map[filePage]bool{}}
	k.Memory.EachUsed(func(f *phys.Frame) {
		if p, ok := pageOf(f); ok {
			w.seen[p] = k.Proc.PageFlagsOf(f)
		}
	})
	return w
}

// pageOf is the page of a file that a frame holds.
func pageOf(f *phys.Frame) (p filePage, ok bool) {
	m, ok := f.Owner.(*pagecache.Mapping)
	return filePage{m, vm.PageIndex(f.Index)}, ok
}

// frameArg is which argument of a step is the frame that it is about, counted from 1.
var frameArg = [trace.NumKinds]int{
	trace.EntrySet: 2, trace.EntryCleared: 2, trace.CacheHit: 2, trace.CacheAdded: 2, trace.CacheRemoved: 2,
	trace.PageDirtied: 2, trace.WritebackStarted: 2, trace.WritebackEnded: 2, trace.PageTruncated: 2, trace.SwapOut: 2,
	trace.CopyToUser: 1, trace.CopyFromUser: 2, trace.CopyZero: 1, trace.DMAIn: 2, trace.FrameLocked: 1,
	trace.FrameUnlocked: 1,
}

// hear notes which pages a step may have changed.
func (w *pageWatch) hear(e trace.Event) {
	i := frameArg[e.Kind]
	if i == 0 {
		return
	}
	f, ok := w.kernel.Memory.FrameAt(phys.PFN(e.Args[i-1]))
	if !ok {
		return
	}
	if p, ok := pageOf(f); ok {
		w.touched[p] = true
	}
}

// changes are the pages whose flags are others than when it was asked last; a page that has left the cache has none.
func (w *pageWatch) changes() (out []string) {
	pages := make([]filePage, 0, len(w.touched))
	for p := range w.touched {
		pages = append(pages, p)
	}
	clear(w.touched)
	slices.SortFunc(pages, func(a, b filePage) int {
		return cmp.Or(cmp.Compare(a.file.Number, b.file.Number), cmp.Compare(a.index, b.index))
	})
	for _, p := range pages {
		if text := w.change(p); text != "" {
			out = append(out, text)
		}
	}
	return out
}

// change says what has become of a page since it was looked at last, or nothing.
func (w *pageWatch) change(p filePage) string {
	was, had := w.seen[p]
	f := p.file.LookUp(p.index)
	if f == nil {
		if had {
			delete(w.seen, p)
			return fmt.Sprintf("%s %d none", p.file.Label, p.index)
		}
		return ""
	}
	if now := w.kernel.Proc.PageFlagsOf(f); !had || now != was {
		w.seen[p] = now
		return fmt.Sprintf("%s %d %v", p.file.Label, p.index, now)
	}
	return ""
}
