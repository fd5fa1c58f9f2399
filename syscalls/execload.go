package syscalls

import (
	"errors"
	"syscall"

	"vmsim/fault"
	"vmsim/pagecache"
	"vmsim/syscalls/binfmt"
	"vmsim/vm"
	"vmsim/vm/phys"
)

// errRandomLayout is that the new program would lie anywhere.
var errRandomLayout = errors.New("execve would choose random addresses, or lay the process out from the bottom up: " +
	"the model has neither, so keep ADDR_NO_RANDOMIZE in the personality, and ADDR_COMPAT_LAYOUT out of it")

// errBadLibrary is ELIBBAD, which package syscall does not have for js/wasm.
// Linux: ELIBBAD (include/uapi/asm-generic/errno.h).
const errBadLibrary = syscall.Errno(80)

// errLate is a failure after the old program has ended.
var errLate = errors.New("the new program does not fit")

// load maps the new program into the empty address space, and tells it what it is called with.
// Linux: load_elf_binary (fs/binfmt_elf.c).
func (x *execution) load(laid *binfmt.Layout) error {
	p := x.p
	if err := x.finishStack(laid.ExecutableStack); err != nil {
		return err
	}
	for i, a := range laid.Areas {
		if a.Name == "[stack]" {
			continue
		}
		flags := p.mappedFlags(vm.Protection(a.Flags & vm.AccessFlags))
		if !p.Space.MayExpand(flags, uint64(a.End-a.Start)>>vm.PageShift) {
			return errLate
		}
		var f *pagecache.File
		switch {
		case namesFile(a.Name) && i < laid.Programs:
			f = x.file
		case namesFile(a.Name):
			f = x.interpreter
		}
		if a.Searched > 0 {
			_, _ = p.Space.Place(vm.Request{Len: a.Searched}) // where it lies is known
		}
		p.layOut(a, f)
		if a.Cleared != 0 {
			_ = p.CPU.CopyOut(a.Cleared, make([]byte, vm.PageSize-a.Cleared.Offset()))
		}
	}
	if err := x.tables(laid); err != nil {
		return err
	}
	l := &p.Space.Layout
	l.StartCode, l.EndCode, l.StartData, l.EndData = laid.Code[0], laid.Code[1], laid.Data[0], laid.Data[1]
	l.StartBrk, l.Entry = laid.Break, laid.Start
	p.Space.SetBrk(laid.Break)
	if p.personality&MmapPageZero != 0 {
		p.layOut(binfmt.Area{End: vm.PageSize, Flags: vm.Read | vm.Exec}, nil)
	}
	return nil
}

// moreStack is how much more of the stack than the arguments need is there from the start.
// Linux: setup_arg_pages (fs/exec.c).
const moreStack = 128 << 10

// finishStack gives the stack its access and its first size. Where Linux marks areas as soft-dirty, it takes that mark
// from this one, so that each page gets its access anew.
// Linux: setup_arg_pages (fs/exec.c).
func (x *execution) finishStack(executable bool) error {
	s := x.space
	switch {
	case executable:
		a, err := s.Protect(x.stack, x.stack.Start, x.stack.End, x.stack.Flags|vm.Exec)
		if err != nil {
			return err
		}
		x.stack = a
	case s.Profile.Configured().SoftDirty:
		s.Reprotect(x.stack)
	}
	size := min(s.Limits.Stack&^uint64(vm.PageMask), uint64(x.stack.End-x.stack.Start)+moreStack)
	if base := x.stack.End - vm.Addr(size); base < x.stack.Start {
		return s.GrowDown(x.stack, base)
	}
	return nil
}

// adopt makes a new address space the process's own, and leaves the one that it has.
// Linux: exec_mmap (fs/exec.c).
func (p *Process) adopt(s *vm.Space) {
	fresh := p.mm.inherited()
	fresh.denyExec, fresh.keys = p.mm.denyExec, newKeyring(p.kernel.config.Profile)
	minor, major := p.CPU.Minor, p.CPU.Major
	old := p.Space
	p.leave()
	p.Space, p.clearTID = s, 0
	s.Succeed(old)
	p.CPU = fault.NewCPU(s, p.kernel.handler)
	p.CPU.Minor, p.CPU.Major = minor, major
	p.settleIn(fresh)
}

// settleIn makes the process count and run in its new address space.
func (p *Process) settleIn(fresh *memory) {
	p.Space.Stats.Leave(&p.counts)
	if p.kernel.current == p {
		p.Space.Stats.Run(&p.counts)
	}
	p.CPU.Rights = newRights(p.kernel.config.Profile)
	p.mm = fresh
}

// stackRegion is the first page of a stack that arguments are copied to.
// Linux: create_init_stack_vma (mm/vma_exec.c).
func (p *Process) stackRegion() vm.Region {
	r := vm.Region{Start: vm.TaskSize - vm.PageSize, End: vm.TaskSize}
	r.Index = vm.PageIndex(r.Start.Page())
	r.Flags = vm.Read | vm.Write | vm.MayRead | vm.MayWrite | vm.MayExec | vm.GrowsDown | vm.Account
	return r
}

// succeed gives a thread that calls execve the number of its process, which the first thread has had: all other threads
// have ended.
// Linux: de_thread (fs/exec.c).
func (p *Process) succeed(first *Process) {
	k := p.kernel
	if first == p {
		return
	}
	k.procs[p.PID], k.procs[first.PID] = first, p
	p.PID, first.PID = first.PID, p.PID
	k.Log.PID = p.PID
	p.parent, p.endSignal, first.parent, first.released = first.parent, childSignal, nil, true
	if p.parent != nil {
		for i, c := range p.parent.children {
			if c == first {
				p.parent.children[i] = p
			}
		}
	}
}

// readKernel reads a file as the kernel does for itself.
// Linux: kernel_read (fs/read_write.c).
func (p *Process) readKernel(f *pagecache.File, to []byte, pos int64) (int, error) {
	n, err := f.Read(&kernelBuffer{to: to}, 0, uint64(len(to)), pos)
	if n == 0 && err != nil {
		return 0, p.fileRefuses(err)
	}
	return int(n), nil
}

// kernelBuffer is memory of the kernel's, from address 0 on, in the place of a user's.
type kernelBuffer struct {
	pagecache.User // for what a read does not ask
	to             []byte
}

func (b *kernelBuffer) CopyOut(a vm.Addr, buf []byte) int { return copy(b.to[a:], buf) }
func (b *kernelBuffer) Buffer(_ vm.Addr, n int) int       { return n }

// Shown finds no frame: the bytes are the kernel's.
func (b *kernelBuffer) Shown(a vm.Addr) (frame *phys.Frame, off, n int) {
	return nil, 0, len(b.to) - int(a)
}

// fileReader reads a file for package binfmt; head is what has been read of it.
type fileReader struct {
	p    *Process
	f    *pagecache.File
	head []byte
}

func (p *Process) fileReader(f *pagecache.File, head []byte) *fileReader {
	return &fileReader{p, f, head}
}

// ReadAt is for the headers of a program.
// Linux: elf_read (fs/binfmt_elf.c).
func (r *fileReader) ReadAt(b []byte, off int64) (int, error) {
	if off == 0 && len(b) <= len(r.head) {
		return copy(b, r.head), nil
	}
	n, err := r.p.readKernel(r.f, b, off)
	if err == nil && n < len(b) {
		err = syscall.EIO
	}
	return n, err
}
