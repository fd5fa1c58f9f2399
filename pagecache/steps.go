package pagecache

import (
	"syscall"

	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// One function for each kind of step that this package takes, so that the compiler checks what each argument is. The
// table in vm/trace says the same for readers; a test compares the two.

// A step is the smallest unit in which a run can be stopped, watched and priced. log.Step has three numbers, whose
// meaning is in the row of the kind; log.Note has a sentence for people as well; log.Copy moves bytes, and so costs
// time for each of them.
//
//	a new kind of step   a constant and a row in vm/trace/kinds.go, its arguments in args.go, and a function here
//
// Pages are numbers in their file, frames numbers in memory, and blocks those of the device. The inode says which file
// it is, since a step is about one page of one of many files.
func stepBlockMapped(log *trace.Log, page vm.PageIndex, at disk.Block, pages int) {
	log.Step(trace.BlockMapped, uint64(page), uint64(at), uint64(pages))
}

func stepCacheAdded(log *trace.Log, page vm.PageIndex, frame phys.PFN, inode uint64) {
	log.Step(trace.CacheAdded, uint64(page), uint64(frame), inode)
}

func stepCacheHit(log *trace.Log, page vm.PageIndex, frame phys.PFN, inode uint64) {
	log.Step(trace.CacheHit, uint64(page), uint64(frame), inode)
}

func stepCacheMiss(log *trace.Log, page vm.PageIndex, frame phys.PFN, inode uint64) {
	log.Step(trace.CacheMiss, uint64(page), uint64(frame), inode)
}

func stepCacheRemoved(log *trace.Log, page vm.PageIndex, frame phys.PFN, inode uint64) {
	log.Step(trace.CacheRemoved, uint64(page), uint64(frame), inode)
}

func stepCopyFromUser(log *trace.Log, n int, at vm.Addr, frame phys.PFN) {
	log.Copy(trace.CopyFromUser, n, uint64(at), uint64(frame))
}

func stepCopyKernel(log *trace.Log, n int, from, to phys.PFN) {
	log.Copy(trace.CopyKernel, n, uint64(from), uint64(to))
}

func stepCopyToUser(log *trace.Log, n int, frame phys.PFN, at vm.Addr) {
	log.Copy(trace.CopyToUser, n, uint64(frame), uint64(at))
}

func stepCopyZero(log *trace.Log, n int, frame phys.PFN, at vm.Addr) {
	log.Copy(trace.CopyZero, n, uint64(frame), uint64(at))
}

func stepDMAIn(log *trace.Log, n int, from disk.Block, frame phys.PFN) {
	log.Copy(trace.DMAIn, n, uint64(from), uint64(frame))
}

func stepDMAOut(log *trace.Log, n int, frame phys.PFN, to disk.Block) {
	log.Copy(trace.DMAOut, n, uint64(frame), uint64(to))
}

func stepFilemapFault(log *trace.Log, page vm.PageIndex, inode uint64) {
	log.Step(trace.FilemapFault, uint64(page), 0, inode)
}

func stepFlusherRan(log *trace.Log, files, pages int, why string) {
	log.Note(trace.FlusherRan, uint64(files), uint64(pages), 0, why)
}

func stepThrottled(log *trace.Log, milliseconds int, dirty, limit uint64) {
	log.Step(trace.Throttled, uint64(milliseconds), dirty, limit)
}

func stepHighDelayed(log *trace.Log, milliseconds int, used, high uint64) {
	log.Step(trace.HighDelayed, uint64(milliseconds), used, high)
}

func stepIoCompleted(log *trace.Log, at disk.Block, blocks int, op disk.Op) {
	log.Step(trace.IoCompleted, uint64(at), uint64(blocks), uint64(op))
}

func stepIoSubmitted(log *trace.Log, at disk.Block, blocks int, op disk.Op) {
	log.Step(trace.IoSubmitted, uint64(at), uint64(blocks), uint64(op))
}

func stepMappedAround(log *trace.Log, first, last vm.PageIndex, inode uint64) {
	log.Step(trace.MappedAround, uint64(first), uint64(last), inode)
}

func stepPageCleaned(log *trace.Log, page vm.PageIndex, entries int, inode uint64) {
	log.Step(trace.PageCleaned, uint64(page), uint64(entries), inode)
}

func stepPageDirtied(log *trace.Log, page vm.PageIndex, frame phys.PFN, inode uint64) {
	log.Step(trace.PageDirtied, uint64(page), uint64(frame), inode)
}

func stepPageTruncated(log *trace.Log, page vm.PageIndex, frame phys.PFN, inode uint64) {
	log.Step(trace.PageTruncated, uint64(page), uint64(frame), inode)
}

func stepReadaheadPlanned(log *trace.Log, first vm.PageIndex, pages uint64, mark vm.PageIndex) {
	log.Step(trace.ReadaheadPlanned, uint64(first), pages, uint64(mark))
}

func stepRefused(log *trace.Log, err syscall.Errno, why string) {
	log.Note(trace.Refused, uint64(err), 0, 0, why)
}

func stepUnmapped(log *trace.Log, first vm.PageIndex, pages uint64) {
	log.Step(trace.Unmapped, uint64(first), pages, 0)
}

func stepWritebackEnded(log *trace.Log, page vm.PageIndex, frame phys.PFN, inode uint64) {
	log.Step(trace.WritebackEnded, uint64(page), uint64(frame), inode)
}

func stepWritebackFailed(log *trace.Log, page vm.PageIndex, err syscall.Errno, inode uint64) {
	log.Step(trace.WritebackFailed, uint64(page), uint64(err), inode)
}

func stepWritebackStarted(log *trace.Log, page vm.PageIndex, frame phys.PFN, inode uint64) {
	log.Step(trace.WritebackStarted, uint64(page), uint64(frame), inode)
}

func stepEntryKept(log *trace.Log, at vm.Addr, frame phys.PFN, why string) {
	log.Note(trace.EntryKept, uint64(at), uint64(frame), 0, why)
}

func stepLazyDropped(log *trace.Log, at vm.Addr, frame phys.PFN, why string) {
	log.Note(trace.LazyDropped, uint64(at), uint64(frame), 0, why)
}

func stepPageKept(log *trace.Log, page vm.PageIndex, frame phys.PFN, inode uint64, why string) {
	log.Note(trace.PageKept, uint64(page), uint64(frame), inode, why)
}

func stepReclaimStarted(log *trace.Log, want uint64, why string) {
	log.Note(trace.ReclaimStarted, want, 0, 0, why)
}

func stepReclaimEnded(log *trace.Log, got uint64) { log.Step(trace.ReclaimEnded, got, 0, 0) }

func stepKswapdWoken(log *trace.Log, free, high uint64) { log.Step(trace.KswapdRan, free, high, 0) }

func stepPageEvicted(log *trace.Log, page vm.PageIndex, frame phys.PFN, inode uint64, why string) {
	log.Note(trace.PageEvicted, uint64(page), uint64(frame), inode, why)
}

func stepPageSwapped(log *trace.Log, frame phys.PFN, at vm.SwapEntry, why string) {
	log.Note(trace.PageSwapped, uint64(frame), uint64(at), 0, why)
}

func stepRefault(log *trace.Log, distance uint64, why string) {
	log.Note(trace.Refaulted, distance, 0, 0, why)
}
