package pagecache

import (
	"vmsim/vm"
	"vmsim/vm/phys"
)

// Each calls fn for every place of the swap area that is taken: how many page-table entries refer to it, and the frame
// that the swap cache holds of it, nil for none.
func (c *SwapCache) Each(fn func(e vm.SwapEntry, count int, f *phys.Frame)) {
	for e := vm.SwapEntry(1); e < c.next; e++ {
		if s := &c.slots[e]; s.count > 0 || s.frame != nil {
			fn(e, s.count, s.frame)
		}
	}
}
