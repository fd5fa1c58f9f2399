//go:build linux && amd64

package shadow

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/vm"
)

// A fault on a page of a file maps the pages around it as well, and passes over a folio that another thread has locked
// at that moment. Such a page is there in the model, and in the kernel it takes a fault of its own, or is not mapped at
// the end. That it was so is shown for each page: the last fault that mapped pages around it is known, the kernel's own
// record of it says that it went over the page, and whether another thread took a fault on the same folio then.

// around is how many pages a fault maps at most: 64 KiB, from a multiple of them on.
const around = 16

// mapper is a fault that has mapped the pages of a window.
type mapper struct {
	tid         int
	at          vm.Addr
	began, time uint64
}

// mappers are the last ones of a window, the newest first: several areas may lie in it.
type mappers [4]mapper

// within is the newest of an area.
func (m *mappers) within(line string) (last mapper, ok bool) {
	from, to := span(line)
	i := slices.IndexFunc(m[:], func(m mapper) bool { return from <= uint64(m.at) && uint64(m.at) < to })
	if i < 0 {
		return last, false
	}
	return m[i], true
}

// mapsAround notes a fault that maps the pages around its own.
func (p *process) mapsAround(x *tracee, f pageFault) {
	if f.how&accessWrite != 0 || f.got == refused {
		return
	}
	if p.mappers == nil || len(p.mappers) >= mostPages {
		p.mappers = map[vm.VPN]mappers{}
	}
	window := f.addr.Page() / around
	m := p.mappers[window]
	copy(m[1:], m[:])
	m[0] = mapper{x.tid, f.addr, f.began, f.time}
	p.mappers[window] = m
}

// lockedThen explains that the folio of a page was locked when the pages around it were mapped last; it is empty where
// that is not shown.
func (w *witness) lockedThen(x *tracee, line string, at vm.Addr) string {
	file, known := w.paths[pathOf(line)]
	page, ok := filePage(line, at)
	if !known || !ok {
		return ""
	}
	window := at.Page() / around
	windows := []vm.VPN{window}
	from, _ := span(line)
	if start := vm.Addr(from).Page(); at.Page() < start+around && start/around < window {
		windows = append(windows, window-1) // at the start of an area as many are mapped, from there on
	}
	for _, v := range windows {
		all := x.proc.mappers[v]
		m, mapped := all.within(line)
		switch {
		case !mapped || !w.watch.went(file.inode(), page, m):
		case w.watch.locked(file.inode(), folioAt(w.lies[file], page), m):
			return lockedFolio
		case w.watch.walked(m.began, m.time):
			return walkedFolio
		default:
			return w.unseenLocker(file.inode(), page)
		}
	}
	return ""
}

// unseenLocker explains that a page was passed over where nothing shows who had its folio locked. That is rare, and
// never at one place again and again: what the kernel does always there is a rule that the model lacks.
func (w *witness) unseenLocker(file inode, page uint64) string {
	const rare, most = 1000, 2
	at := filePlace{file, page}
	if w.unseen == nil {
		w.unseen = map[filePlace]int{}
	}
	w.unseen[at]++
	if w.passed++; w.unseen[at] > most || w.passed*rare > w.report.Faults+rare {
		return ""
	}
	return passedFolio
}

// filePlace is a page of a file.
type filePlace struct {
	file inode
	page uint64
}

// again lets the model take the fault on a page that it has, and the kernel had passed over: a fault there maps the
// pages around its own too. The page is the file's, so it can be taken from the program and comes back the same.
func (w *witness) again(x *tracee, op *script.Op, f pageFault) error {
	at, advice := num(uint64(f.addr.Floor())), script.Name{ID: "MADV_DONTNEED"}
	_, err := w.made(x, "madvise", at, num(vm.PageSize), advice)
	if err == nil {
		_, _, err = w.do(op)
	}
	return err
}

// These are how long after a moment, in nanoseconds, what happened then may be written down, and how long a folio may
// be locked: a virtual processor may have stopped in between.
const (
	latest = 10_000_000
	holds  = 1_000_000
)

// filePage is the page of a file that an area shows at an address.
func filePage(line string, at vm.Addr) (page uint64, ok bool) {
	from, to := span(line)
	f := strings.Fields(line)
	if len(f) < 3 || uint64(at) < from || uint64(at) >= to {
		return 0, false
	}
	offset, err := strconv.ParseUint(f[2], 16, 64)
	return (uint64(at) - from + offset) / vm.PageSize, err == nil
}

// folioAt is the first and the last page of the folio that a page of a file lies in.
func folioAt(runs []syscalls.FolioRun, page uint64) [2]uint64 {
	at := uint64(0)
	for _, r := range runs {
		if n := r.Pages(); page >= at+n {
			at += n
			continue
		}
		size := r.Pages() / uint64(max(r.Count, 1))
		first := at + (page-at)/size*size
		return [2]uint64{first, first + size - 1}
	}
	return [2]uint64{page, page}
}

// passedOver explains why an area has other pages in the model; it is empty where that is not shown for each of them.
func (w *witness) passedOver(x *tracee, line string) string {
	from, to := span(line)
	file, err := os.Open(fmt.Sprintf("/proc/%d/pagemap", x.tid))
	if err != nil || !strings.HasPrefix(pathOf(line), "/") {
		return ""
	}
	defer file.Close()
	kernel := pagemap(file, vm.Addr(from), int((to-from)/vm.PageSize))
	table, first := w.model(x).Space.Table(), vm.Addr(from).Page()
	there, lacking, why := 0, 0, ""
	for i, e := range kernel {
		at := first + vm.VPN(i)
		model := table.Lookup(at).Present()
		switch {
		case e.Present() && model:
			there++
		case e.Present() == model:
		case w.changedSince(line, vm.Addr(at)<<vm.PageShift):
			why = changedCache
		case e.Present():
			return ""
		case !neighbour(kernel, i, int(uint64(first)%around)):
			return ""
		case w.watch != nil:
			if why = w.lockedThen(x, line, vm.Addr(at)<<vm.PageShift); why == "" {
				return ""
			}
		default:
			lacking++
		}
	}
	if lacking > 0 && lacking*8 <= there {
		return unseenLock
	}
	return why
}

// changedSince reports whether other programs, or the kernel, have brought pages of the file near an address into
// memory, or taken them out, since the file was first seen.
func (w *witness) changedSince(line string, at vm.Addr) bool {
	file, known := w.paths[pathOf(line)]
	page, ok := filePage(line, at)
	return known && ok && w.watch != nil && w.watch.changedNear(file.inode(), page, w.numbers)
}

// neighbour reports whether a page that a fault may have mapped with page i is there: skew is how far the first page
// is from a multiple of around.
func neighbour(pages []entry, i, skew int) bool {
	first := i - (i+skew)%around
	for _, e := range pages[max(first, 0):min(first+around, len(pages))] {
		if e.Present() {
			return true
		}
	}
	return false
}

// mayPassOver explains why the model does not take a fault, where another fault has passed over the page; it is empty
// where that is not shown. Where the kernel shows no locks, it is rare: more than one in a thousand has another cause.
func (w *witness) mayPassOver(x *tracee, f pageFault) string {
	const rare = 1000
	line := x.proc.areaAt(f.addr)
	e := w.model(x).Space.Entry(f.addr)
	if f.how&accessWrite != 0 || !strings.HasPrefix(pathOf(line), "/") || e.Dirty() || e.Writable() {
		return "" // the page is none of the file's
	}
	if w.watch != nil {
		return w.lockedThen(x, line, f.addr)
	}
	if w.passed*rare > w.report.Faults {
		return ""
	}
	w.passed++
	return unseenLock
}
