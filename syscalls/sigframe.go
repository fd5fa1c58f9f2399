package syscalls

import (
	"encoding/binary"
	"fmt"
	"slices"
	"syscall"

	"vmsim/fault"
	"vmsim/syscalls/plural"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// A handler's frame, from its lowest address up: where it returns to, a ucontext with the registers, a siginfo_t, and
// behind a gap the processor's further registers, as its instruction XSAVE stores them.
// Linux: struct rt_sigframe (arch/x86/include/asm/sigframe.h).
const (
	frameContext   = 8 // offsets
	frameStack     = frameContext + 16
	frameRegisters = frameContext + 40
	frameMask      = frameContext + 296
	// frameStackPointer is the stack pointer among the registers, and frameState the address of the further ones.
	frameStackPointer = frameRegisters + 120
	frameState        = frameRegisters + 184
	frameInfo         = frameContext + 304
	frameSize         = frameInfo + 128

	redZone       = 128 // bytes below the stack pointer that a function may use without moving it
	stateAlign    = 64
	stateHeader   = 512 // where XSAVE's header is; what is before it has the layout of FXSAVE
	headerSize    = 64
	stateSoftware = 464 // what the kernel says of the state, within what is before the header
	softwareSize  = 48
	stateEnd      = 4 // a number behind the state, by which it is known to be whole
)

// signalFrame is a frame on a stack.
// Linux: struct rt_sigframe (arch/x86/include/asm/sigframe.h).
type signalFrame struct {
	at      vm.Addr
	state   vm.Addr // where the processor's registers are
	sp      vm.Addr // what it restores
	blocked signalSet
	rights  vm.KeyRights
	stack   alternateStack
}

// FrameRefusal is what is wrong with a frame, in the second argument of the step that refuses it; 0 for a check of
// something else.
// Linux: none; the functions that set up and restore a frame return false or EFAULT for all of these.
type FrameRefusal uint64

// What can be wrong.
const (
	FrameWithoutPlace FrameRefusal = iota + 1 // no stack has room for it
	FrameNotStored                            // its place cannot be stored to
	FrameOfZeros                              // it holds zeros when the handler returns
)

// Deliver runs the handler of a signal that has just been raised: its frame goes to the stack. ended says that this has
// ended the process, with all its threads, by SIGSEGV. The error is a *fault.Signal where another signal comes instead.
// Linux: handle_signal (arch/x86/kernel/signal.c), get_signal (kernel/signal.c).
func (p *Process) Deliver(s fault.Signal) (ended bool, err error) {
	p.run()
	action := p.actions[s.Number]
	if action == DefaultAction {
		return true, p.EndBySignal(int(s.Number))
	}
	defer p.asCall()()
	f, why := p.placeFrame(action == HandlerOnStack)
	refusal := FrameWithoutPlace
	if why == "" && !p.pushFrame(f) {
		refusal, why = FrameNotStored, "the frame of the handler cannot be stored"
	}
	if waits := p.faultWaits(); waits != nil {
		return false, waits
	}
	if why != "" {
		stepFrameRefused(p.kernel.Log, refusal, why)
		return false, p.frameFails(s.Number)
	}
	stepSignalFrame(p.kernel.Log, f.at, s.Number, f.end(p), p.stackOf(f))
	p.frames = append(p.frames, *f)
	p.sp = f.at
	p.blocked |= setOf(s.Number)
	p.CPU.SetRights(newRights(p.kernel.config.Profile))
	if p.alternate.flags&stackAutoDisarm != 0 {
		p.alternate.disarm()
	}
	return false, nil
}

// asCall begins what the kernel does for the process, and returns what ends it.
func (p *Process) asCall() (end func()) {
	p.kernel.Cache.Begin()
	p.kernel.Cache.HoldEnds()
	return func() {
		p.kernel.Cache.End()
		p.kernel.Cache.Reclaim.ReturnToUser()
	}
}

// frameFails is the signal that comes where there is no place for a frame: SIGSEGV, with the default action if the
// frame was that of a SIGSEGV.
// Linux: force_sigsegv (kernel/signal.c).
func (p *Process) frameFails(n fault.SignalNumber) error {
	if n == fault.SIGSEGV {
		p.actions[n] = DefaultAction
	}
	return p.force(fault.FromKernel())
}

// placeFrame is where a frame goes; why is why there is no place for it.
// Linux: get_sigframe (arch/x86/kernel/signal.c).
func (p *Process) placeFrame(onStack bool) (f *signalFrame, why string) {
	f = &signalFrame{sp: p.sp, blocked: p.blocked, rights: p.CPU.Rights, stack: p.alternate}
	alternate := p.alternate.on(p.sp)
	sp := p.sp - redZone
	if onStack && p.alternate.state(sp) == 0 {
		sp, alternate = p.alternate.start+vm.Addr(p.alternate.size), true
	}
	f.state = (sp - vm.Addr(p.stateSize())) &^ (stateAlign - 1)
	f.at = (f.state-frameSize)&^15 - 8
	switch {
	case alternate && !p.alternate.holds(f.at):
		return f, "the frame takes " + plural.Bytes(sp-f.at) + ", and does not fit the alternate stack"
	case !userRange(f.at, uint64(f.end(p)-f.at)) || f.end(p) < f.at:
		return f, fmt.Sprintf("no stack is at %v", sp)
	}
	return f, ""
}

// stateSize is how many bytes the processor's registers take, with the number behind them.
// Linux: xstate_sigframe_size (arch/x86/kernel/fpu/signal.c).
func (p *Process) stateSize() uint64 {
	return p.kernel.config.Profile.Configured().StateSize() + stateEnd
}

func (f *signalFrame) end(p *Process) vm.Addr { return f.state + vm.Addr(p.stateSize()) }

// stackOf says in words which stack a frame is on.
func (p *Process) stackOf(f *signalFrame) string {
	if p.alternate.holds(f.at) {
		return "it is on the alternate stack, which sigaltstack has set"
	}
	return "it is on the stack, below the 128 bytes that the program may use there"
}

// pushFrame stores a frame in the kernel's order, which decides in which order pages fault. What a frame holds the
// processor and the program's code decide: the bytes are undetermined.
// Linux: x64_setup_rt_frame (arch/x86/kernel/signal_64.c), copy_fpstate_to_sigframe (arch/x86/kernel/fpu/signal.c).
func (p *Process) pushFrame(f *signalFrame) (ok bool) {
	linux := p.kernel.config.Profile
	if linux.Has(profile.FramesOpenKeys) {
		p.CPU.SetRights(0)
	}
	if linux.Has(profile.FrameHeaderFirst) && !p.CPU.Scribble(f.state+stateHeader, headerSize) ||
		!p.CPU.Scribble(f.state, int(p.stateSize())) {
		p.CPU.SetRights(f.rights)
		return false
	}
	return p.CPU.Scribble(f.at+frameContext, frameInfo-frameContext) && p.CPU.Scribble(f.at, frameContext) &&
		p.CPU.Scribble(f.at+frameInfo, frameSize-frameInfo)
}

// ReturnFromHandler takes the frame of the last handler off. ended and the error are as of Deliver, where the handler
// has unmapped or protected its own frame.
// Linux: rt_sigreturn (arch/x86/kernel/signal_64.c).
func (p *Process) ReturnFromHandler() (ended bool, err error) {
	p.run()
	defer p.asCall()()
	f := p.frames[len(p.frames)-1]
	p.frames = p.frames[:len(p.frames)-1]
	p.sp += frameContext // the handler's last instruction has taken the address off
	whole, ok := p.popFrame(&f)
	if waits := p.faultWaits(); waits != nil {
		return false, waits
	}
	switch {
	case !ok:
		return false, p.force(fault.FromKernel())
	case !whole:
		return false, p.popOther(&f)
	}
	stepSignalReturn(p.kernel.Log, f.at, f.sp)
	return false, nil
}

// popOther takes off what lies where a frame has been: zeros where the handler has dropped its page, or the stack has
// grown there anew, and a file's bytes where the page is one of a private mapping.
func (p *Process) popOther(f *signalFrame) error {
	b := make([]byte, frameInfo-frameContext)
	if p.CPU.CopyIn(f.at+frameContext, b) != len(b) {
		return p.unmodelled(overwritten)
	}
	for i := range b {
		if p.CPU.Scribbled(f.at+frameContext+vm.Addr(i), 1) {
			return p.unmodelled(overwritten) // a part of the frame is left
		}
	}
	word := func(off int) uint64 { return binary.LittleEndian.Uint64(b[off-frameContext:]) }
	state := vm.Addr(word(frameState))
	switch {
	case !slices.ContainsFunc(b, func(x byte) bool { return x != 0 }):
		return p.jumpNowhere()
	case state == 0 || userRange(state, p.stateSize()) && p.CPU.CopyIn(state+stateSoftware, make([]byte, 1)) == 1:
		return p.unmodelled(overwritten)
	}
	p.blocked = signalSet(word(frameMask)) &^ unblockable
	if p.kernel.config.Profile.Has(profile.StackBackFirst) {
		to := alternateStack{vm.Addr(word(frameStack)), word(frameStack + 16), uint32(word(frameStack + 8))}
		_, _ = p.setAlternate(&to)
	}
	p.sp = vm.Addr(word(frameStackPointer))
	stepRefused(p.kernel.Log, syscall.EFAULT, "the frame of the handler holds other bytes now: where they say that "+
		"the processor's registers are, nothing can be read")
	return p.force(fault.FromKernel())
}

// jumpNowhere goes on with registers that are all 0: the processor refuses the code segment, and the kernel looks in
// vain at the instruction.
// Linux: exc_general_protection (arch/x86/kernel/traps.c), fixup_umip_exception (arch/x86/kernel/umip.c).
func (p *Process) jumpNowhere() error {
	p.sp, p.blocked = 0, 0
	p.CPU.CopyInNoFault(0, make([]byte, 1))
	stepFrameRefused(p.kernel.Log, FrameOfZeros, "the frame of the handler holds zeros now, and so would all registers")
	return p.force(fault.FromKernel())
}

// restoreAlternate gives the process the alternate stack that a frame holds, where sigaltstack would set it. None, of a
// process that has never had one, is too small for that: what the handler has set stays.
// Linux: restore_altstack (kernel/signal.c).
func (p *Process) restoreAlternate(s alternateStack) {
	if !p.alternate.on(p.sp) && (s.size >= leastAlternate || s.flags&stackDisabled != 0) {
		p.alternate = s
	}
}

// StackPointer is where the program's stack ends.
func (p *Process) StackPointer() vm.Addr { return p.sp }

// SetStackPointer moves the stack pointer, as an instruction would.
func (p *Process) SetStackPointer(sp vm.Addr) error {
	p.sp = sp
	return nil
}

// overwritten is why a program cannot go on: its registers would be what the handler has stored over them.
const overwritten = "where the program goes on after the handler has overwritten its own frame"

// popFrame reads a frame in the kernel's order, as far as it can be read. whole says that it is what was stored.
func (p *Process) popFrame(f *signalFrame) (whole, ok bool) {
	read := func(off vm.Addr, n int) bool {
		good := p.CPU.CopyIn(f.at+off, make([]byte, n)) == n
		whole = whole && good && p.CPU.Scribbled(f.at+off, n)
		return good
	}
	whole = true
	if !read(frameMask, 8) || !read(frameContext, 8) {
		return whole, false
	}
	p.blocked = f.blocked
	stackFirst := p.kernel.config.Profile.Has(profile.StackBackFirst)
	if stackFirst && !read(frameStack, sizeofStack) {
		return whole, false
	}
	if !whole {
		return whole, true
	}
	if stackFirst {
		p.restoreAlternate(f.stack)
	}
	if !read(frameRegisters, frameMask-frameRegisters) {
		return whole, false
	}
	p.sp = f.sp
	if !p.popState(f, read) {
		return whole, false
	}
	if !stackFirst {
		if !read(frameStack, sizeofStack) {
			return whole, false
		}
		p.restoreAlternate(f.stack)
	}
	return whole, true
}

// popState takes the processor's registers off a frame.
// Linux: fpu__restore_sig (arch/x86/kernel/fpu/signal.c).
func (p *Process) popState(f *signalFrame, read func(off vm.Addr, n int) bool) bool {
	state := f.state - f.at
	end := state + vm.Addr(p.stateSize()) - stateEnd
	if !read(state+stateSoftware, softwareSize) {
		return false
	}
	if !p.kernel.config.Profile.Has(profile.ChecksFramesEnd) &&
		p.CPU.CopyIn(f.at+end, make([]byte, stateEnd)) != stateEnd {
		p.CPU.SetRights(0)
		return read(state, stateHeader)
	}
	if !read(end, stateEnd) || !read(state, int(p.stateSize())) {
		return false
	}
	p.CPU.SetRights(f.rights)
	return true
}
