package pagecache

import (
	"slices"
	"syscall"

	"vmsim/disk"
	"vmsim/vm"
)

// swapArea is a device or a file for pages that leave memory. A page goes to the area with the highest priority that
// has a free place; areas of one priority take turns: a cluster of places at a time, or a page at a time on a
// rotating disk.
//
//	priority 5   /data/a   /data/b      by turns
//	priority -2  /dev/swap              when those are full
//
// Place 0 is the header's, so that an entry of 0 is none.
//
//	place     0         1    2    3    4    5 ...  511 | 512 ...
//	          header    used -    used -    -                        taken: 3 in cluster 0, the header included
//	                              next                               the search goes on behind it
//
// Linux: struct swap_info_struct (include/linux/swap.h).
type swapArea struct {
	number     int
	name       string // its path
	priority   int
	device     *disk.Device
	file       *File        // that the area is; nil for a device
	blocks     []disk.Block // of the file, by place; nil for a device, where a place is the block of its number
	rotational bool         // the device is a rotating disk
	slots      []swapSlot   // by place; 0 is the header's
	next       uint64       // where the search for a free place begins
	taken      []uint16     // places of each cluster in use; the header is one
	used       uint64
}

// swapCluster is how many places make a cluster; the first one of an area has the header in it.
// Linux: SWAPFILE_CLUSTER (mm/swap.h).
const swapCluster = 512

// pages is how many pages the area can hold: the header's place is not counted.
func (a *swapArea) pages() uint64 { return uint64(len(a.slots)) - 1 }

// take allocates the next free place behind the last one; ok is false if the area is full. Places are given out in
// order, so that pages which are reclaimed together lie together, and come back by one request.
// Linux: cluster_alloc_swap_entry (mm/swapfile.c).
func (a *swapArea) take() (place uint64, ok bool) {
	if a.used == a.pages() {
		return 0, false
	}
	for {
		if a.next++; a.next >= uint64(len(a.slots)) {
			a.next = 1
		}
		if a.free(a.next) {
			a.occupy(a.next)
			return a.next, true
		}
	}
}

// takeOn is take where the cluster of the last place has a free one behind it.
// Linux: alloc_swap_scan_cluster (mm/swapfile.c).
func (a *swapArea) takeOn() (place uint64, ok bool) {
	for x := a.next + 1; x < uint64(len(a.slots)) && x%swapCluster != 0; x++ {
		if a.free(x) {
			a.next = x
			a.occupy(x)
			return x, true
		}
	}
	return 0, false
}

// occupy takes a free place.
func (a *swapArea) occupy(place uint64) {
	a.used++
	a.taken[place/swapCluster]++
}

// leavePlace gives a place up. If its cluster is the one that places are taken from, and nothing else is in it, the
// next place is searched for anew: Linux puts an empty cluster back on the list of free ones.
// Linux: free_cluster (mm/swapfile.c).
func (c *SwapCache) leavePlace(a *swapArea, place uint64) {
	a.used--
	n := place / swapCluster
	if a.taken[n]--; a.taken[n] == 0 && c.current == a && a.next/swapCluster == n {
		c.current = nil
	}
}

// free reports whether no entry refers to a place and no page of the swap cache is its copy.
func (a *swapArea) free(place uint64) bool {
	return a.slots[place].count == 0 && a.slots[place].frame == nil
}

// take allocates a place: in the cluster of the last one, even if an area of a higher priority has come since, or else
// in the first area that has a free one.
// Linux: swap_alloc_fast, swap_alloc_slow (mm/swapfile.c).
func (c *SwapCache) take() (vm.SwapEntry, bool) {
	if a := c.current; a != nil {
		if place, ok := a.takeOn(); ok {
			return vm.NewSwapEntry(a.number, place), true
		}
		c.current = nil
	}
	for i := range c.order {
		a := c.order[i]
		place, ok := a.take()
		if !ok {
			continue
		}
		if c.rotate(a); !a.rotational {
			c.current = a
		}
		return vm.NewSwapEntry(a.number, place), true
	}
	return 0, false
}

// rotate moves an area behind the others of its priority, so that they take turns.
// Linux: plist_requeue (lib/plist.c).
func (c *SwapCache) rotate(a *swapArea) {
	i := slices.Index(c.order, a)
	c.order = slices.Delete(c.order, i, i+1)
	c.insert(a)
}

// insert adds an area to the order, behind those of its priority.
func (c *SwapCache) insert(a *swapArea) {
	i := 0
	for i < len(c.order) && c.order[i].priority >= a.priority {
		i++
	}
	c.order = slices.Insert(c.order, i, a)
}

// anyRotational reports whether an area is on a rotating disk: then readahead of all areas follows the order of places.
// Linux: nr_rotate_swap (mm/swapfile.c).
func (c *SwapCache) anyRotational() bool {
	return slices.ContainsFunc(c.order, func(a *swapArea) bool { return a.rotational })
}

// AutoPriority gives a new area a priority below all others.
const AutoPriority = -1

// AddDevice adds a swap area of so many pages, on a device of its own.
// Linux: sys_swapon (mm/swapfile.c).
func (c *SwapCache) AddDevice(name string, pages uint64, d disk.Profile, priority int) {
	c.add(&swapArea{name: name, device: disk.NewDevice(disk.Block(pages)+1, d), priority: priority,
		rotational: rotational(d)}, pages+1)
}

// add puts an area of so many places into use, the header's included.
// Linux: setup_clusters, enable_swap_info (mm/swapfile.c).
func (c *SwapCache) add(a *swapArea, places uint64) {
	a.slots, a.taken = make([]swapSlot, places), make([]uint16, (places+swapCluster-1)/swapCluster)
	a.taken[0] = 1
	if a.number = slices.Index(c.areas, nil); a.number < 0 {
		a.number = len(c.areas)
		c.areas = append(c.areas, nil)
	}
	c.areas[a.number] = a
	if a.priority < 0 {
		c.least--
		a.priority = c.least
	}
	c.insert(a)
}

// named is the area with that path; nil for none.
func (c *SwapCache) named(name string) *swapArea {
	if i := slices.IndexFunc(c.order, func(a *swapArea) bool { return a.name == name }); i >= 0 {
		return c.order[i]
	}
	return nil
}

// Pages is how many pages the area with that path has; 0 for none.
func (c *SwapCache) Pages(name string) uint64 {
	if a := c.named(name); a != nil {
		return a.pages()
	}
	return 0
}

// Uses reports whether the path is that of a swap area in use.
func (c *SwapCache) Uses(name string) bool { return c.named(name) != nil }

// Remove takes an area out of use. First its pages return to memory: those of files, and with bringBack those of
// processes. The error is ENOMEM if they do not fit into memory; then the area stays in use. All that are in the area
// must find room in memory, or in another area. swapoff can therefore take long, and fail.
// Linux: sys_swapoff, try_to_unuse (mm/swapfile.c).
func (c *SwapCache) Remove(name string, bringBack func(area int) error) error {
	a := c.named(name)
	i := slices.Index(c.order, a)
	c.order = slices.Delete(c.order, i, i+1)
	if c.current == a {
		c.current = nil
	}
	c.raise(a.priority)
	if err := c.empty(a, bringBack); err != nil {
		c.reinsert(a)
		return err
	}
	c.areas[a.number] = nil
	a.release()
	return nil
}

// empty reads all pages of an area back into memory. If memory is short, reclaim may return pages that processes share
// to the area, so it tries again while that frees places. Linux goes on until a signal ends it.
// Linux: try_to_unuse (mm/swapfile.c).
func (c *SwapCache) empty(a *swapArea, bringBack func(area int) error) error {
	for before := a.used + 1; a.used > 0; {
		if a.used == before {
			return syscall.ENOMEM
		}
		before = a.used
		if err := c.emptyOnce(a, bringBack); err != nil {
			return err
		}
	}
	return nil
}

// emptyOnce goes once over all that may refer to the area: files in memory, then page tables, then the swap cache.
func (c *SwapCache) emptyOnce(a *swapArea, bringBack func(area int) error) (err error) {
	c.cache.Each(func(m *Mapping) {
		if err == nil {
			err = m.bringBack(a.number)
		}
	})
	if err == nil {
		err = bringBack(a.number)
	}
	if err != nil {
		return err
	}
	for place := range a.slots { // pages that only the swap cache refers to
		if f := a.slots[place].frame; f != nil {
			c.Forget(f)
		}
	}
	return nil
}

// raise moves up the areas that got their priority after the removed one.
//
//	priorities -2, -3, -4; the area with -3 is removed: -4 becomes -3, and the next area gets -4
//
// Linux: sys_swapoff (mm/swapfile.c).
func (c *SwapCache) raise(removed int) {
	if removed >= 0 {
		return
	}
	for _, a := range c.order {
		if a.priority < removed {
			a.priority++
		}
	}
	c.least++
}

// reinsert puts an area back that could not be emptied. One that was given its priority is given a new one.
// Linux: reinsert_swap_info (mm/swapfile.c).
func (c *SwapCache) reinsert(a *swapArea) {
	if a.priority < 0 {
		c.least--
		a.priority = c.least
	}
	c.insert(a)
}

// SwapUse is a line of /proc/swaps.
// Linux: swap_show (mm/swapfile.c).
type SwapUse struct {
	Name        string
	File        bool // and not a device
	Pages, Used uint64
	Priority    int
}

// Areas are the swap areas in use, in the order of their numbers.
func (c *SwapCache) Areas() (out []SwapUse) {
	for _, a := range c.areas {
		if a != nil {
			out = append(out, SwapUse{a.name, a.file != nil, a.pages(), a.used, a.priority})
		}
	}
	return out
}
