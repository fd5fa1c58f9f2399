package fault

import (
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// One function for each kind of step that this package takes, so that the compiler checks what each argument is. The
// table in vm/trace says the same for readers; a test compares the two.

// A fault takes several steps, and the order in which they are taken is that of the kernel's functions:
//
//	fault, fault-area, file-fault, fault-around, filemap-fault, cache-miss, ..., minor-fault or major-fault
//
// What is between the first and the last is what the fault has done: a page that it has mapped, a copy that it has
// made. A test holds each function of this file against the row of its kind: the number and the types of the arguments.
func stepAnonFault(log *trace.Log, at vm.Addr) { log.Step(trace.AnonFault, uint64(at), 0, 0) }

func stepCopyCow(log *trace.Log, n int, old, own phys.PFN) {
	log.Copy(trace.CopyCow, n, uint64(old), uint64(own))
}

func stepCopyZero(log *trace.Log, n int, frame phys.PFN, at vm.Addr) {
	log.Copy(trace.CopyZero, n, uint64(frame), uint64(at))
}

func stepCowBroken(log *trace.Log, at vm.Addr, old, own phys.PFN) {
	log.Step(trace.CowBroken, uint64(at), uint64(old), uint64(own))
}

func stepCowReused(log *trace.Log, at vm.Addr, frame phys.PFN) {
	log.Step(trace.CowReused, uint64(at), uint64(frame), 0)
}

func stepFaultArea(log *trace.Log, start, end vm.Addr) {
	log.Step(trace.FaultArea, uint64(start), uint64(end), 0)
}

func stepFaultAround(log *trace.Log, at vm.Addr, first vm.PageIndex, pages int) {
	log.Step(trace.FaultAround, uint64(at), uint64(first), uint64(pages))
}

func stepFaultMajor(log *trace.Log, at vm.Addr) { log.Step(trace.FaultMajor, uint64(at), 0, 0) }

func stepFaultMinor(log *trace.Log, at vm.Addr) { log.Step(trace.FaultMinor, uint64(at), 0, 0) }

func stepFaulted(log *trace.Log, at vm.Addr, access vm.Access, bits uint64) {
	log.Step(trace.Faulted, uint64(at), uint64(access), bits)
}

func stepFileFault(log *trace.Log, at vm.Addr, page vm.PageIndex) {
	log.Step(trace.FileFault, uint64(at), uint64(page), 0)
}

func stepFrameAllocated(log *trace.Log, frame phys.PFN) {
	log.Step(trace.FrameAllocated, uint64(frame), 0, 0)
}

func stepGuardHit(log *trace.Log, at vm.Addr) { log.Step(trace.GuardHit, uint64(at), 0, 0) }

func stepHugeLost(log *trace.Log, at vm.Addr) { log.Step(trace.HugeLost, uint64(at), 0, 0) }

func stepMkWrite(log *trace.Log, at vm.Addr, page vm.PageIndex) {
	log.Step(trace.MkWrite, uint64(at), uint64(page), 0)
}

func stepStackGrown(log *trace.Log, at, from vm.Addr) {
	log.Step(trace.StackGrown, uint64(at), uint64(from), 0)
}

func stepSwapCacheLook(log *trace.Log, at vm.Addr, entry vm.SwapEntry) {
	log.Step(trace.SwapCacheLook, uint64(at), uint64(entry), 0)
}

func stepSwapIn(log *trace.Log, at vm.Addr, entry vm.SwapEntry, frame phys.PFN) {
	log.Step(trace.SwapIn, uint64(at), uint64(entry), uint64(frame))
}

func stepTLBFilled(log *trace.Log, at vm.Addr, frame phys.PFN) {
	log.Step(trace.TLBFilled, uint64(at), uint64(frame), 0)
}

func stepTLBMiss(log *trace.Log, at vm.Addr) { log.Step(trace.TLBMiss, uint64(at), 0, 0) }

func stepWriteFault(log *trace.Log, at vm.Addr, frame phys.PFN) {
	log.Step(trace.WriteFault, uint64(at), uint64(frame), 0)
}

func stepZeroPageMapped(log *trace.Log, at vm.Addr) { log.Step(trace.ZeroPageMapped, uint64(at), 0, 0) }
