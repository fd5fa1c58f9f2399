package vm

import (
	"syscall"

	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// One function for each kind of step that this package takes, so that the compiler checks what each argument is. The
// table in vm/trace says the same for readers; a test compares the two.

// Addresses are those of the process that the log names; an area is given by its start and its end, as maps prints it.
// A change of an area is logged when it is made, so the steps in their order lead from one set of areas to the next.
func stepAreaFlags(log *trace.Log, start, end Addr, flags Flags) {
	log.Step(trace.AreaFlags, uint64(start), uint64(end), uint64(flags))
}

func stepAreaGrown(log *trace.Log, start, end, to Addr) {
	log.Step(trace.AreaGrown, uint64(start), uint64(end), uint64(to))
}

func stepAreaInserted(log *trace.Log, start, end Addr, areas int) {
	log.Step(trace.AreaInserted, uint64(start), uint64(end), uint64(areas))
}

func stepAreaMerged(log *trace.Log, start, end, into Addr) {
	log.Step(trace.AreaMerged, uint64(start), uint64(end), uint64(into))
}

func stepAreaNew(log *trace.Log, start, end Addr, flags Flags) {
	log.Step(trace.AreaNew, uint64(start), uint64(end), uint64(flags))
}

func stepAreaRemoved(log *trace.Log, start, end Addr) {
	log.Step(trace.AreaRemoved, uint64(start), uint64(end), 0)
}

func stepAreaSplit(log *trace.Log, start, end, at Addr) {
	log.Step(trace.AreaSplit, uint64(start), uint64(end), uint64(at))
}

func stepEntryCleared(log *trace.Log, at Addr, frame phys.PFN) {
	log.Step(trace.EntryCleared, uint64(at), uint64(frame), 0)
}

// taken is what both entries lose: PteWrite of a page that either may copy at its next store.
func stepEntryCopied(log *trace.Log, at Addr, frame phys.PFN, taken uint64) {
	log.Step(trace.EntryCopied, uint64(at), uint64(frame), taken)
}

func stepEntryMoved(log *trace.Log, from, to Addr) {
	log.Step(trace.EntryMoved, uint64(from), uint64(to), 0)
}

func stepEntryProtected(log *trace.Log, at Addr, frame phys.PFN) {
	log.Step(trace.EntryProtected, uint64(at), uint64(frame), 0)
}

func stepEntrySet(log *trace.Log, at Addr, frame phys.PFN) {
	log.Step(trace.EntrySet, uint64(at), uint64(frame), 0)
}

func stepFileLinked(log *trace.Log, start, end Addr, first PageIndex) {
	log.Step(trace.FileLinked, uint64(start), uint64(end), uint64(first))
}

func stepFrameLocked(log *trace.Log, frame phys.PFN) {
	log.Step(trace.FrameLocked, uint64(frame), 0, 0)
}

func stepFrameRemapped(log *trace.Log, at Addr, frame phys.PFN) {
	log.Step(trace.FrameRemapped, uint64(at), uint64(frame), 0)
}

func stepFrameUnlocked(log *trace.Log, frame phys.PFN) {
	log.Step(trace.FrameUnlocked, uint64(frame), 0, 0)
}

func stepGapSearch(log *trace.Log, at Addr, n uint64, end Addr, why string) {
	log.Note(trace.GapSearch, uint64(at), n, uint64(end), why)
}

func stepGuardSet(log *trace.Log, at Addr) { log.Step(trace.GuardSet, uint64(at), 0, 0) }

func stepHintTaken(log *trace.Log, hint Addr, n uint64, why string) {
	log.Note(trace.HintTaken, uint64(hint), n, 0, why)
}

func stepMergeRefused(log *trace.Log, start, end Addr, differ Flags, why string) {
	log.Note(trace.MergeRefused, uint64(start), uint64(end), uint64(differ), why)
}

func stepPlaced(log *trace.Log, at Addr, n uint64, why string) {
	log.Note(trace.Placed, uint64(at), n, 0, why)
}

func stepRefused(log *trace.Log, err syscall.Errno, why string) {
	log.Note(trace.Refused, uint64(err), 0, 0, why)
}

func stepSwapOut(log *trace.Log, at Addr, frame phys.PFN, to SwapEntry) {
	log.Step(trace.SwapOut, uint64(at), uint64(frame), uint64(to))
}

func stepUserfault(log *trace.Log, at Addr, mode Flags) {
	log.Step(trace.Userfault, uint64(at), uint64(mode), 0)
}

func stepLazyFreed(log *trace.Log, at Addr, frame phys.PFN, why string) {
	log.Note(trace.LazyFreed, uint64(at), uint64(frame), 0, why)
}
