package vm

// SwapWindow is what swap-in has read around a page of an area before; the zero value is nothing yet. An area that is
// split off, moved or copied by a fork goes on with the window of the one that it was.
// Linux: swap_readahead_info of struct vm_area_struct (include/linux/mm_types.h).
type SwapWindow struct {
	At    uint64 // the page that was read
	Pages int
	Hits  int // of the pages that were read with it
}
