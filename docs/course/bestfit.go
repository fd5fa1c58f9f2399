// Package course is a lab outside vmsim's module: a placement policy, tried on machines of the model.
package course

import (
	"iter"

	"vmsim/vm"
)

// BestFit places a range in the smallest free range that is long enough.
type BestFit struct{}

// Place takes the top of the smallest free range that holds n bytes.
func (BestFit) Place(n uint64, free iter.Seq[vm.Range]) (at vm.Addr, ok bool) {
	best := ^uint64(0)
	for r := range free {
		if r.Len() >= n && r.Len() < best {
			at, best, ok = r.End-vm.Addr(n), r.Len(), true
		}
	}
	return at, ok
}
