package pagecache

import (
	"cmp"
	"fmt"
	"slices"

	"vmsim/pagecache/xarray"
	"vmsim/vm"
	"vmsim/vm/clock"
	"vmsim/vm/lru"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
	"vmsim/vm/trace"
)

// Cache is what all mappings of a machine share. A machine has one, and its parts refer to each other through it: a
// fault that needs a frame reclaims through Cache.Reclaim, which may write through Cache.Writer, which moves the clock
// of Cache.Log.
// Linux: none; the page cache as a whole.
type Cache struct {
	Memory *phys.Memory
	LRU    *lru.Lists
	Log    *trace.Log
	Writer *Writeback // writes dirty pages back
	Huge   *phys.HugePool
	// Reclaim takes frames back.
	Reclaim Reclaim
	// Profile is the Linux that the cache answers as; nil for the default one.
	Profile *profile.Profile
	// Readahead is the policy of reading ahead.
	Readahead Readahead
	// ReadaheadPages is how much is read ahead at most: read_ahead_kb.
	ReadaheadPages uint64
	// SocketRoom is how much memory the messages of a new socket may take: net.core.wmem_default.
	SocketRoom int

	number      uint64   // of the newest inode; a number is never given out again
	first, last *Mapping // every file that is not deleted, the oldest first
	// ranges of files that must reach the disk before the next commit of the journal. Linux: i_dirty_start of struct
	// jbd2_inode (include/linux/jbd2.h)
	ordered  []*ordered
	inflight inflight
	// when the newest request to a disk was submitted
	submitted clock.Time
	loans     map[phys.PFN]loan // of the frames whose bytes a disk relies on

	ends ends // open files that the current call has closed

	bounce [vm.PageSize]byte // buffer of a write() for the user's bytes, of which fewer may arrive
}

// NewCache makes an empty page cache whose pages are frames on the given lists. The limits are Linux's defaults for a
// machine with one disk; a program changes them by .sysctl. A machine that never runs short of memory keeps no order of
// its pages: Reclaim.Watch switches that on.
func NewCache(lists *lru.Lists, log *trace.Log) *Cache {
	// Linux's defaults: read_ahead_kb is 128, vm.swappiness is 60.
	c := &Cache{
		Memory: lists.Memory(), LRU: lists, Log: log, number: 1024, ReadaheadPages: 32, Readahead: LinuxReadahead{},
		SocketRoom: DefaultSocketRoom,
		inflight:   inflight{batches: map[phys.PFN]*batch{}}, loans: map[phys.PFN]loan{},
	}
	c.Huge = phys.NewHugePool(c.Memory)
	c.Memory.Recalled = c.recalled
	c.Writer = newWriteback(c)
	c.Reclaim.cache, c.Reclaim.Swappiness = c, 60
	return c
}

// newMapping makes the mapping of a new file, the last in the list of all. It starts with one link, the name that the
// file gets. Linux keeps the inodes of a mounted file system in a list of its superblock, the newest first; Drop walks
// this one backwards for that reason.
func (c *Cache) newMapping(label string, ops operations) *Mapping {
	c.number++
	m := &Mapping{
		Cache: c, Number: c.number, Label: label, ops: ops, links: 1, prev: c.last, pages: xarray.New(c.Memory),
	}
	if c.last != nil {
		c.last.next = m
	} else {
		c.first = m
	}
	c.last = m
	return m
}

// unlist removes a deleted file from the list: Each, Drop and sync no longer see it.
func (c *Cache) unlist(m *Mapping) {
	if m.prev != nil {
		m.prev.next = m.next
	} else {
		c.first = m.next
	}
	if m.next != nil {
		m.next.prev = m.prev
	} else {
		c.last = m.prev
	}
	m.prev, m.next = nil, nil
}

// Each calls fn for every file of the machine, the eldest first.
func (c *Cache) Each(fn func(*Mapping)) {
	for m := c.first; m != nil; m = m.next {
		fn(m)
	}
}

// Drop evicts every page that is clean and unused. The newest file comes first, since a file system lists its inodes
// so. Dirty pages stay, as do pages that a page table maps: the command frees memory and loses nothing, so a program
// that wants an empty cache calls sync first.
// Linux: drop_pagecache_sb (fs/drop_caches.c), inode_sb_list_add (fs/inode.c).
func (c *Cache) Drop() {
	var files []*Mapping
	c.Each(func(m *Mapping) { files = append(files, m) })
	for _, m := range slices.Backward(files) {
		m.invalidate(0, LastPage, nil)
	}
}

// Check recomputes the invariants of the cache and of every file in it: counts of dirty pages are the sum over the
// files, frames that the disk is filling are in use, and frames that are lent to a disk are those that it borrows.
func (c *Cache) Check() error {
	dirty := 0
	for m := c.first; m != nil; m = m.next {
		if err := m.check(); err != nil {
			return err
		}
		if m.ops.disk() != nil {
			dirty += m.dirtyPages()
		}
	}
	// Files in memory are never written back, so their dirty pages do not count for the limits of writeback.
	if dirty != c.Writer.dirty {
		return fmt.Errorf("pagecache: %d pages of disk files are dirty, %d are counted", dirty, c.Writer.dirty)
	}
	return cmp.Or(c.checkInflight(), c.checkLoans(), c.Writer.check())
}

// checkInflight finds frames that the device is filling and that are free: one could be given to another page, which
// the device would then overwrite. The reference that keeps it is that of the cache, and a folio that is being read is
// never evicted.
func (c *Cache) checkInflight() error {
	for pfn := range c.inflight.batches {
		if f := c.Memory.Frame(pfn); f.Refs() == 0 {
			return fmt.Errorf("pagecache: the disk is filling a free frame: %v", f)
		}
	}
	return nil
}
