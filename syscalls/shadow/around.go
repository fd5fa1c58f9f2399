//go:build linux && amd64

package shadow

import (
	"fmt"
	"os"
	"strings"

	"vmsim/vm"
)

// A fault on a page of a file maps the pages around it as well, and passes over a folio that another processor has
// locked at that moment: who else maps or reads the file the shadow does not know. Such a page is there in the model,
// and in the kernel it takes a fault of its own, or is not mapped at the end.

// around is how many pages a fault maps at most: 64 KiB, from a multiple of them on.
const around = 16

// passedOver reports whether the pages of an area that the model has, and the kernel does not, may have been passed
// over: they are few, and each has neighbours that are mapped. Where the kernel has pages that the model lacks, that
// was not the cause.
func (w *witness) passedOver(x *tracee, line string) bool {
	from, to := span(line)
	file, err := os.Open(fmt.Sprintf("/proc/%d/pagemap", x.tid))
	if err != nil || !strings.HasPrefix(pathOf(line), "/") {
		return false
	}
	defer file.Close()
	kernel := pagemap(file, vm.Addr(from), int((to-from)/vm.PageSize))
	table, first := w.model(x).Space.Table(), vm.Addr(from).Page()
	there, lacking := 0, 0
	for i, e := range kernel {
		switch {
		case e.Present():
			there++
			if !table.Lookup(first + vm.VPN(i)).Present() {
				return false
			}
		case table.Lookup(first + vm.VPN(i)).Present():
			lacking++
			if !neighbour(kernel, i, int(uint64(first)%around)) {
				return false
			}
		}
	}
	return lacking > 0 && lacking*8 <= there
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

// mayPassOver reports whether a fault that the model does not take may be on a page that another fault has passed over.
// That is rare: more than one in a thousand has another cause.
func (w *witness) mayPassOver(x *tracee, f pageFault) bool {
	const rare = 1000
	if f.how&accessWrite != 0 || !strings.HasPrefix(x.proc.fileAt(f.addr), "/") || w.passed*rare > w.report.Faults {
		return false
	}
	w.passed++
	return true
}
