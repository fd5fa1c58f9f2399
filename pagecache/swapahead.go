package pagecache

import (
	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/clock"
	"vmsim/vm/phys"
)

// A fault that reads a page from the swap area reads others with it. Which, depends on the device:
//
//	an SSD             the pages around the address in the area that faulted, where they are in the swap area
//	a rotating disk    the places of the swap area around the page's own, whatever process they are of
//
// How many depends on whether those that were read before have been used: a used one counts as a hit. vm.page-cluster
// is the most, as a power of two.
// Linux: swapin_readahead (mm/swap_state.c).

// defaultPageCluster is the default of vm.page-cluster: 8 pages.
// Linux: swap_setup (mm/swap.c).
const defaultPageCluster = 3

// mostNear is the largest number of pages read around an address, as a power of two.
// Linux: SWAP_RA_ORDER_CEILING (mm/swap_state.c).
const mostNear = 5

// firstHits is the initial number of hits.
// Linux: GET_SWAP_RA_VAL (mm/swap_state.c).
const firstHits = 4

// mostHits is as many hits as are counted.
// Linux: SWAP_RA_HITS_MAX (mm/swap_state.c).
const mostHits = 63

// window is the window of an area, or the common one of all areas for a rotating disk.
func (c *SwapCache) window(a *vm.Area) *swapWindow {
	if c.anyRotational() {
		return &c.around
	}
	if a.Window == (vm.SwapWindow{}) {
		a.Window.Hits = firstHits
	}
	return (*swapWindow)(&a.Window)
}

// swapWindow is a window to be read.
type swapWindow vm.SwapWindow

// next is how many pages are read around page or place at. No hit since the last time means that guessing is of no use:
// only the page itself is read, or two where faults go along a line. More hits mean a larger window, which never
// shrinks by more than half.
//
//	hits        0, no neighbour    0, a neighbour    1 or 2    3 to 6    7 and more
//	pages       1                  2                 4         8         16 and more, cut by vm.page-cluster
//
// Linux: __swapin_nr_pages (mm/swap_state.c).
func (w *swapWindow) next(at uint64, most int) int {
	pages := 4
	switch {
	case w.Hits == 0 && at != w.At+1 && at != w.At-1:
		pages = 1
	case w.Hits == 0:
		pages = 2
	default:
		for pages < w.Hits+2 {
			pages *= 2
		}
	}
	return max(min(pages, most), w.Pages/2)
}

// Found notes that a fault has found the page in the swap cache: a hit if readahead brought it in.
// Linux: swap_update_readahead (mm/swap_state.c).
func (c *SwapCache) Found(f *phys.Frame, q *vm.Fault) {
	w := c.window(q.Area)
	if !c.anyRotational() {
		w.At = uint64(q.Addr.Page())
	}
	c.found(f, w)
}

// found counts a hit of a window.
func (c *SwapCache) found(f *phys.Frame, w *swapWindow) {
	if f.Has(phys.ReadaheadMark) {
		f.Clear(phys.ReadaheadMark)
		c.cache.Reclaim.Events.SwapAheadHits++
		w.Hits = min(w.Hits+1, mostHits)
	}
}

// ReadAround reads the page of entry e for a fault, and pages around it, into the swap cache, and returns the page's
// frame with a reference. The error is ENOMEM.
// Linux: swap_vma_readahead, swap_cluster_readahead (mm/swap_state.c).
func (c *SwapCache) ReadAround(q *vm.Fault, e vm.SwapEntry) (*phys.Frame, error) {
	if c.anyRotational() {
		return c.readShared(e)
	}
	var done clock.Time
	if most := min(1<<c.PageCluster, 1<<mostNear); most > 1 {
		w := c.window(q.Area)
		before, at := w.At, uint64(q.Addr.Page())
		*w = swapWindow{At: at, Pages: w.next(at, most)}
		done = c.readNear(q, before, w.Pages)
	}
	return c.readWith(e, done)
}

// readShared is ReadAround for a page of a file: it reads the neighbours in the swap area with it.
// Linux: swap_cluster_readahead (mm/swap_state.c).
func (c *SwapCache) readShared(e vm.SwapEntry) (*phys.Frame, error) {
	var done clock.Time
	if most := 1 << c.PageCluster; most > 1 {
		w := &c.around
		pages := w.next(e.Place(), most)
		if w.Hits == 0 {
			w.At = e.Place()
		}
		w.Pages, w.Hits = pages, 0
		done = c.readCluster(e, uint64(pages))
	}
	return c.readWith(e, done)
}

// readWith waits for readahead that is complete at done, and returns the page of e. It reads the page if that has not.
func (c *SwapCache) readWith(e vm.SwapEntry, done clock.Time) (*phys.Frame, error) {
	f := c.LookUp(e)
	if f == nil {
		var err error
		if f, err = c.readIn(e); err != nil {
			return nil, err
		}
	}
	c.cache.wait(done)
	c.cache.LRU.Drain()
	return f, nil
}

// readCluster reads the aligned block of places around e, and returns when that will be complete. For place 13 and 8
// pages these are places 8 to 15: a disk reads neighbours without moving its head.
func (c *SwapCache) readCluster(e vm.SwapEntry, pages uint64) (done clock.Time) {
	if pages == 1 {
		return 0
	}
	a := c.areas[e.Area()]
	first := e.Place() &^ (pages - 1)
	for x := max(first, 1); x < min(first+pages, uint64(len(a.slots))); x++ {
		if a.slots[x].count > 0 {
			done = max(done, c.readAhead(vm.NewSwapEntry(a.number, x), x == e.Place()))
		}
	}
	return done
}

// readNear reads pages of the area around the one that faulted, and returns when that will be complete. If the previous
// fault was on a neighbour, it reads on the other side. Neighbours in the address space were often reclaimed together,
// but need not lie together on the device.
// Linux: swap_vma_ra_win (mm/swap_state.c).
func (c *SwapCache) readNear(q *vm.Fault, before uint64, pages int) (done clock.Time) {
	if pages == 1 {
		return 0
	}
	at, n := int64(q.Addr.Page()), int64(pages)
	left := at - (n-1)/2
	switch int64(before) {
	case at - 1:
		left = at
	case at + 1:
		left = at - n + 1
	}
	table := q.Addr &^ (vm.PMDSize - 1)
	first := max(left, int64(q.Area.Start.Page()), int64(table.Page()))
	end := min(left+n, int64(q.Area.End.Page()), int64((table + vm.PMDSize).Page()))
	for i := first; i < end; i++ {
		if e := q.Space.Entry(vm.VPN(i).Addr()); e.Swapped() {
			done = max(done, c.readAhead(e.SwapEntry(), i == at))
		}
	}
	return done
}

// readAhead starts reading the page of an entry if it is not in memory.
// Linux: __read_swap_cache_async (mm/swap_state.c).
func (c *SwapCache) readAhead(e vm.SwapEntry, wanted bool) (done clock.Time) {
	if c.InCore(e) {
		return 0
	}
	f, done, err := c.begin(e)
	if err != nil {
		return 0
	}
	if !wanted {
		f.Set(phys.ReadaheadMark)
		c.cache.Reclaim.Events.SwapAhead++
	}
	c.cache.Memory.Put(f)
	return done
}

// rotational reports whether a device is a rotating disk: its head has to move.
// Linux: bdev_nonrot (include/linux/blkdev.h), the other way round.
func rotational(d disk.Profile) bool { return d.Seek > 0 }
