package syscalls

import (
	"vmsim/fault"
	"vmsim/pagecache"
	"vmsim/vm"
)

// Policies replace decisions of Linux on one machine: an exercise or an experiment plugs in its own code. The zero
// value is Linux's. Each has a conformance kit: vm/vmtest, fault/faulttest and pagecache/policytest. A policy with
// state must not be shared between machines.
//
//	Faults       how a page fault is repaired
//	CopyOnWrite  what fork shares, and what the first store to a shared page does
//	Placement    where mmap puts a range
//	Merging      which areas merge
//	Readahead    how much is read ahead of a reader
//	Replacement  which page is evicted when a frame is needed
//	Flushing     which files are written back, and when
//
// Linux: none; the functions that each interface names.
type Policies struct {
	Faults      fault.Repairer
	CopyOnWrite fault.CopyOnWrite
	Placement   vm.Placement
	Merging     vm.Merging
	Readahead   pagecache.Readahead
	Replacement pagecache.Replacer
	Flushing    pagecache.Flusher
}

// ofMachine plugs in what the machine has once.
func (p *Policies) ofMachine(k *Kernel) {
	k.handler.Repairer, k.handler.CopyOnWrite = p.Faults, p.CopyOnWrite
	if p.Readahead != nil {
		k.Cache.Readahead = p.Readahead
	}
	if p.Flushing != nil {
		k.Cache.Writer.Flusher = p.Flushing
	}
	if p.Replacement != nil {
		k.Cache.Reclaim.Replace(p.Replacement)
	}
}

// ofSpace plugs in what each address space has.
func (p *Policies) ofSpace(s *vm.Space) {
	s.Placement, s.Merging = p.Placement, p.Merging
	if p.CopyOnWrite != nil {
		s.Sharing = p.CopyOnWrite
	}
}
