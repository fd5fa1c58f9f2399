package model

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"vmsim/disk"
	"vmsim/syscalls"
	"vmsim/syscalls/script/run"
	"vmsim/vm/trace"
)

// watch is what the model remembers of what it is asked to show.
type watch struct {
	kinds  run.Kinds
	kernel *syscalls.Kernel
	muted  bool // the harness's own accesses are not the program's
	copied [trace.NumKinds]uint64
	traced []string
	asked  []string // requests to the disk
	rough  bool     // the last of them is written in whole blocks; the disk says which parts of them are meant
	pages  *pageWatch
	tables []*tableWatch // by process
}

// Watch makes the model remember what the given kinds will be asked for.
func (m *Machine) Watch(kinds run.Kinds) {
	w := &watch{kinds: kinds & run.MachineKinds, kernel: m.Kernel}
	m.watch = w
	if w.kinds&(run.Pages|run.Trace|run.IO|run.Copies) != 0 {
		m.Kernel.Log.Observe(w.hear)
	}
	if w.kinds&run.Pages != 0 {
		w.pages = newPageWatch(m.Kernel)
	}
	w.meet()
}

// Observe shows what has happened or changed of one kind since it was asked last.
func (m *Machine) Observe(kind string, pid int) []string {
	k, _ := run.ParseKinds(kind)
	if m.watch == nil || m.watch.kinds&k == 0 {
		return nil
	}
	return m.watch.lines(k, pid)
}

// hear notes a step.
func (w *watch) hear(e trace.Event) {
	if w.pages != nil {
		w.pages.hear(e)
	}
	if w.muted {
		return
	}
	w.copied[e.Kind] += e.Bytes
	if w.kinds&run.Trace != 0 {
		if text, ok := w.tracepoint(e); ok {
			w.traced = append(w.traced, text)
		}
	}
	if e.Kind == trace.IoSubmitted && w.kinds&run.IO != 0 {
		w.asked, w.rough = append(w.asked, request(e)), true
		if d := w.kernel.Disk; d != nil && d.Device.Trace == nil {
			d.Device.Trace = w.parts
		}
	}
}

// parts puts a request in the place of the step that announced it: in sectors, since blocks of files are smaller than
// pages.
func (w *watch) parts(r disk.Request) {
	if !w.rough {
		return
	}
	w.rough = false
	w.asked = w.asked[:len(w.asked)-1]
	r.EachRun(func(sector, count uint64) {
		w.asked = append(w.asked, fmt.Sprintf("%v %d+%d", r.Op, sector, count))
	})
}

// request is a request to the disk as the block layer's tracepoints name it: what to do, first sector and how many.
func request(e trace.Event) string {
	letter := [...]string{disk.Read: "R", disk.Write: "W", disk.Flush: "F"}[e.Args[2]]
	return fmt.Sprintf("%s %d+%d", letter, e.Args[0]*disk.SectorsPerBlock, e.Args[1]*disk.SectorsPerBlock)
}

func (w *watch) lines(k run.Kinds, pid int) (out []string) {
	switch k {
	case run.Trace:
		out, w.traced = w.traced, nil
	case run.IO:
		out, w.asked, w.rough = w.asked, nil, false
	case run.Copies:
		trace.EachCopy(func(k trace.Kind, name string) {
			if n := w.copied[k]; n > 0 {
				out = append(out, name+" "+strconv.FormatUint(n, 10))
			}
		})
		clear(w.copied[:])
	case run.Pages:
		out = w.pages.changes()
	case run.PTEs:
		out = w.entries(pid)
	}
	return out
}

// entries are the page-table entries of a process that have changed. What has changed for others is taken note of: it
// is no doing of theirs.
func (w *watch) entries(pid int) (out []string) {
	w.meet()
	for i, t := range w.tables {
		if t == nil {
			continue
		}
		if lines := t.changes(); i == pid {
			out = lines
		}
	}
	return out
}

// meet begins to watch the page tables of processes that are new.
func (w *watch) meet() {
	if w.kinds&run.PTEs == 0 {
		return
	}
	w.kernel.Processes(func(p *syscalls.Process) {
		for len(w.tables) <= p.PID {
			w.tables = append(w.tables, nil)
		}
		if t := w.tables[p.PID]; t == nil || t.space != p.Space {
			w.tables[p.PID] = newTableWatch(p.Space)
		}
	})
}

// sorted are the keys of a set in order.
func sorted[K cmp.Ordered](set map[K]bool) []K {
	keys := make([]K, 0, len(set))
	for k := range set {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
