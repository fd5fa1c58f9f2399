package recording

import (
	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// named adds to the hot things those that a step names.
func (w *watcher) named(e trace.Event) {
	file := uint64(0)
	for i, a := range e.Kind.Args() {
		if a == trace.ArgInode {
			file = e.Args[i]
		}
	}
	for i, a := range e.Kind.Args() {
		switch v := e.Args[i]; a {
		case trace.ArgAddr:
			w.heat(key{entry, uint64(e.PID), uint64(vm.Addr(v).Floor())})
		case trace.ArgFrame:
			w.heat(key{frame, 0, v})
		case trace.ArgPage:
			if file != 0 {
				w.heat(key{cached, file, v})
			}
		case trace.ArgSwap:
			w.lookAtSwap()
			w.swapping = true
		}
	}
	// A fault gives its place in the swap area up after the step that names it.
	if w.swapping && (e.Kind == trace.FaultMinor || e.Kind == trace.FaultMajor || e.Kind == trace.StatementDone) {
		w.lookAtSwap()
		w.swapping = false
	}
}

func (w *watcher) lookAtSwap() {
	w.round++
	w.swapArea()
	w.drop(swapped, 0)
}

// heat makes a thing one of the hot ones.
func (w *watcher) heat(k key) {
	for _, have := range w.hot {
		if have == k {
			return
		}
	}
	if len(w.hot) < recent {
		w.hot = append(w.hot, k)
		return
	}
	w.hot[w.next] = k
	w.next = (w.next + 1) % recent
}

// look looks at one thing, and at what goes with it: a page of a file with its frame, a frame with its page.
func (w *watcher) look(k key) {
	switch k.panel {
	case entry:
		w.lookEntry(k)
	case frame:
		f, ok := w.k.Memory.FrameAt(phys.PFN(k.at))
		if !ok || f.Refs() == 0 || f == w.k.Memory.Zero() {
			w.missing(k)
			return
		}
		w.found(k, w.frameRaw(f))
		if m, ok := f.Owner.(*pagecache.Mapping); ok && m.LookUp(vm.PageIndex(f.Index)) == f {
			w.found(key{cached, m.Number, f.Index}, w.cachedRaw(m, f))
		}
	case cached:
		w.lookCached(k)
	}
}

func (w *watcher) lookEntry(k key) {
	p, ok := w.k.Process(int(k.of))
	if !ok {
		w.missing(k)
		return
	}
	e := p.Space.Entry(vm.Addr(k.at))
	if e.None() {
		w.missing(k)
		return
	}
	w.found(k, raw{a: uint64(e)})
	if f := p.Space.NormalFrame(e); f != nil {
		w.found(key{frame, 0, uint64(f.PFN())}, w.frameRaw(f))
	}
}

func (w *watcher) lookCached(k key) {
	m := w.files()[k.of]
	if m == nil {
		w.missing(k)
		return
	}
	f := m.LookUp(vm.PageIndex(k.at))
	if f == nil {
		w.missing(k)
		return
	}
	w.found(k, w.cachedRaw(m, f))
	w.found(key{frame, 0, uint64(f.PFN())}, w.frameRaw(f))
}

// files are the files by their inode numbers.
func (w *watcher) files() map[uint64]*pagecache.Mapping {
	files := map[uint64]*pagecache.Mapping{}
	w.s.EachFile(func(_ string, m *pagecache.Mapping) { files[m.Number] = m })
	return files
}
