package pagecache

import (
	"syscall"

	"vmsim/vm"
	"vmsim/vm/phys"
)

// SwapCache holds private pages on their way to or from the swap area, and counts who refers to each place there.
// Linux: swapper_spaces, struct swap_info_struct (include/linux/swap.h).
type SwapCache struct {
	Memory *phys.Memory
	slots  []swapSlot
	free   []vm.SwapEntry
}

type swapSlot struct {
	count int         // entries that refer to it
	frame *phys.Frame // while the page is in the swap cache
	data  *[vm.PageSize]byte
}

// NewSwapCache makes a swap area of the given number of pages.
func NewSwapCache(mem *phys.Memory, pages uint64) *SwapCache {
	return &SwapCache{Memory: mem, slots: make([]swapSlot, pages+1)}
}

// LookUp is the frame that holds the page of entry e, with a reference; nil where it is not in the swap cache.
func (c *SwapCache) LookUp(e vm.SwapEntry) *phys.Frame {
	f := c.slots[e].frame
	if f != nil {
		f.Hold()
	}
	return f
}

// ReadIn reads the page of entry e from the swap area into the swap cache; the frame has a reference for the caller.
func (c *SwapCache) ReadIn(e vm.SwapEntry) (*phys.Frame, error) {
	f := c.Memory.Alloc(nil, uint64(e), phys.Anon|phys.SwapBacked|phys.Uptodate|phys.SwapCached)
	if f == nil {
		return nil, syscall.ENOMEM
	}
	s := &c.slots[e]
	if s.data != nil {
		*c.Memory.Bytes(f) = *s.data
	}
	s.frame = f
	f.Hold()
	return f, nil
}

// Duplicate notes that one more entry refers to e.
func (c *SwapCache) Duplicate(e vm.SwapEntry) { c.slots[e].count++ }

// Release notes that one less does.
func (c *SwapCache) Release(e vm.SwapEntry) {
	s := &c.slots[e]
	s.count--
}

// MayForget reports whether a page that was just read in may leave the swap cache.
func (c *SwapCache) MayForget(f *phys.Frame, q *vm.Fault) bool { return false }

// Forget takes a frame out of the swap cache.
func (c *SwapCache) Forget(f *phys.Frame) {}
