package recording

import (
	"vmsim/pagecache"
	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/session"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// The watcher looks at all things after every step until it has looked exactLooks times, more than a program of some
// hundred steps needs. Then, until callLooks, it does so at the end of every call; and at last where the looks are few
// beside the steps.
const (
	exactLooks = 8_000_000
	callLooks  = 80_000_000
)

// recent is how many things the watcher keeps an eye on that the latest steps have named.
const recent = 64

// watcher knows every thing of the machine, and finds those that have changed.
type watcher struct {
	machine
	exact int // exactLooks, or fewer in a test
	spent int // looks

	ids    map[key]int
	keys   []key
	now    []raw  // by id
	there  []bool // by id
	value  []int  // by id: the number of its value
	seen   []int  // by id: the sweep that found it last
	values []string
	number map[string]int

	// a step of the fault under way has named a place in the swap area
	swapping bool
	hot      []key // the things that the latest steps have named, a ring
	next     int
	round    int
	since    int // steps since the last sweep
	changed  []int
	moved    [trace.NumKinds]raw
	maps     map[int]uint64 // by process: the version of its areas
}

func newWatcher(s *session.Session, exact int) *watcher {
	return &watcher{
		machine: machine{s: s}, exact: exact, ids: map[key]int{}, values: []string{""},
		number: map[string]int{"": 0}, maps: map[int]uint64{},
	}
}

// begin is the first state.
func (w *watcher) begin() []int {
	w.changed = nil
	return append([]int(nil), w.value...)
}

// id is a key's number, given at first sight.
func (w *watcher) id(k key) int {
	id, ok := w.ids[k]
	if !ok {
		id = len(w.keys)
		w.ids[k] = id
		w.keys, w.now, w.there = append(w.keys, k), append(w.now, raw{}), append(w.there, false)
		w.value, w.seen = append(w.value, 0), append(w.seen, 0)
	}
	return id
}

// found takes in how a thing is.
func (w *watcher) found(k key, x raw) {
	id := w.id(k)
	w.seen[id] = w.round
	if w.there[id] && w.now[id] == x {
		return
	}
	w.now[id], w.there[id] = x, true
	text := w.text(k, x)
	n, ok := w.number[text]
	if !ok {
		n = len(w.values)
		w.number[text] = n
		w.values = append(w.values, text)
	}
	w.set(id, n)
}

// missing takes in that a thing is not there.
func (w *watcher) missing(k key) {
	if id, ok := w.ids[k]; ok && w.there[id] {
		w.there[id] = false
		w.set(id, 0)
	}
}

func (w *watcher) set(id, value int) {
	if w.value[id] != value {
		w.changed = append(w.changed, id, w.value[id], value)
		w.value[id] = value
	}
}

// step is what a step has changed, as triples.
func (w *watcher) step(e trace.Event) []int {
	w.changed = nil
	w.since++
	w.k = w.s.Kernel()
	w.count(e)
	if w.wantsSweep(e) {
		w.sweep()
	} else {
		w.named(e)
		for _, k := range w.hot {
			w.look(k)
		}
		w.always()
	}
	return merged(w.changed)
}

// wantsSweep reports whether all things are to be looked at after a step.
func (w *watcher) wantsSweep(e trace.Event) bool {
	switch {
	case w.spent < w.exact || w.s.AtEnd():
		return true
	case e.Kind != trace.StatementDone:
		return false
	case w.since*8 > len(w.keys):
		return true
	}
	_, access := w.s.Branch().Ops()[w.s.Done()-1].Do.(*script.Access)
	return !access && w.spent < callLooks
}

// merged makes one change of several to the same key.
func merged(changes []int) []int {
	out := changes[:0]
next:
	for i := 0; i < len(changes); i += 3 {
		for j := 0; j < len(out) && len(changes) < 300; j += 3 {
			if out[j] == changes[i] {
				out[j+2] = changes[i+2]
				continue next
			}
		}
		out = append(out, changes[i:i+3]...)
	}
	return out
}

// count enters a movement of bytes into the ledger.
func (w *watcher) count(e trace.Event) {
	if e.Bytes > 0 {
		w.moved[e.Kind].a += e.Bytes
		w.moved[e.Kind].b++
	}
}

// always looks at the few things that any step may change.
func (w *watcher) always() {
	w.k.Processes(func(p *syscalls.Process) {
		w.found(key{process, uint64(p.PID), 0}, processRaw(p))
		if v := p.Space.Version(); w.maps[p.PID] != v {
			w.maps[p.PID] = v
			w.areas(p)
			w.drop(area, uint64(p.PID))
		}
	})
	for i, kind := range movements {
		w.found(key{copies, 0, uint64(i)}, w.moved[kind])
	}
	for i, c := range counters {
		w.found(key{counter, 0, uint64(i)}, raw{a: c.look(w.k), c: 1})
	}
}

func (w *watcher) areas(p *syscalls.Process) {
	w.round++
	for a := p.Space.First(); a != nil; a = a.Next() {
		w.found(key{area, uint64(p.PID), uint64(a.Start)}, areaRaw(p, a))
	}
}

// drop forgets what the last round has not found of one panel and process.
func (w *watcher) drop(panel byte, of uint64) {
	for id, k := range w.keys {
		if w.there[id] && k.panel == panel && k.of == of && w.seen[id] != w.round {
			w.missing(k)
		}
	}
}

// sweep looks at everything.
func (w *watcher) sweep() {
	w.k = w.s.Kernel()
	w.since = 0
	w.always()
	w.round++
	w.k.Processes(func(p *syscalls.Process) {
		w.found(key{process, uint64(p.PID), 0}, processRaw(p))
		for a := p.Space.First(); a != nil; a = a.Next() {
			w.found(key{area, uint64(p.PID), uint64(a.Start)}, areaRaw(p, a))
		}
		p.Space.Table().Each(0, vm.TaskSize.Page(), func(n vm.VPN, e vm.PTE) {
			w.found(key{entry, uint64(p.PID), uint64(n.Addr())}, raw{a: uint64(e)})
		})
	})
	w.k.Memory.EachUsed(func(f *phys.Frame) { w.found(key{frame, 0, uint64(f.PFN())}, w.frameRaw(f)) })
	w.s.EachFile(func(name string, m *pagecache.Mapping) {
		m.EachPage(0, ^vm.PageIndex(0), func(i vm.PageIndex, f *phys.Frame) {
			w.found(key{cached, m.Number, uint64(i)}, w.cachedRaw(m, f))
		})
		for _, e := range m.Extents() {
			w.found(key{extent, m.Number, uint64(e.First)}, extentRaw(session.ShortName(name), e))
		}
	})
	w.swapArea()
	for id, k := range w.keys {
		if w.there[id] && w.seen[id] != w.round && k.panel != copies && k.panel != counter {
			w.missing(k)
		}
	}
	w.spent += len(w.keys)
}

func (w *watcher) swapArea() {
	if swap := w.k.Swap(); swap != nil {
		swap.Each(func(e vm.SwapEntry, count int, f *phys.Frame) {
			w.found(key{swapped, 0, uint64(e)}, swapRaw(count, f))
		})
	}
}
