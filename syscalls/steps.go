package syscalls

import (
	"syscall"

	"vmsim/fault"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// One function for each kind of step that this package takes, so that the compiler checks what each argument is. The
// table in vm/trace says the same for readers; a test compares the two.

func stepCopyFromUser(log *trace.Log, n int, at vm.Addr, frame phys.PFN) {
	log.Copy(trace.CopyFromUser, n, uint64(at), uint64(frame))
}

func stepCopyToUser(log *trace.Log, n int, frame phys.PFN, at vm.Addr) {
	log.Copy(trace.CopyToUser, n, uint64(frame), uint64(at))
}

func stepDescriptorFound(log *trace.Log, fd int, inode uint64) {
	log.Step(trace.DescriptorFound, uint64(fd), inode, 0)
}

func stepFileMmap(log *trace.Log, start, end vm.Addr, inode uint64) {
	log.Step(trace.FileMmap, uint64(start), uint64(end), inode)
}

func stepProcessExited(log *trace.Log, pid int) { log.Step(trace.ProcessExited, uint64(pid), 0, 0) }

func stepProcessForked(log *trace.Log, child int) { log.Step(trace.ProcessForked, uint64(child), 0, 0) }

func stepRefused(log *trace.Log, err syscall.Errno, why string) {
	log.Note(trace.Refused, uint64(err), 0, 0, why)
}

func stepFrameRefused(log *trace.Log, what FrameRefusal, why string) {
	log.Note(trace.Refused, uint64(syscall.EFAULT), uint64(what), 0, why)
}

func stepSignalRaised(log *trace.Log, at vm.Addr, signal fault.SignalNumber, code fault.SignalCode) {
	log.Step(trace.SignalRaised, uint64(at), uint64(signal), uint64(code))
}

func stepSignalFrame(log *trace.Log, at vm.Addr, signal fault.SignalNumber, end vm.Addr, why string) {
	log.Note(trace.SignalFrame, uint64(at), uint64(signal), uint64(end), why)
}

func stepSignalReturn(log *trace.Log, at, sp vm.Addr) {
	log.Step(trace.SignalReturn, uint64(at), uint64(sp), 0)
}

func stepSyscallEnter(log *trace.Log, nr Number) { log.Step(trace.SyscallEnter, uint64(nr), 0, 0) }

func stepHintTaken(log *trace.Log, hint vm.Addr, n uint64, why string) {
	log.Note(trace.HintTaken, uint64(hint), n, 0, why)
}

func stepKilled(log *trace.Log, pid int, score uint64, report string) {
	log.Note(trace.Killed, uint64(pid), score, 0, report)
}
