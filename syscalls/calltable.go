package syscalls

import (
	"fmt"
	"syscall"

	"vmsim/vm"
	"vmsim/vm/profile"
)

// handler performs one system call from its raw argument registers.
type handler func(p *Process, a Args) (uint64, error)

// Call performs system call nr as the processor's syscall instruction would. The error is a syscall.Errno; ENOSYS for a
// call outside the model.
// Linux: do_syscall_64 (arch/x86/entry/syscall_64.c).
func (p *Process) Call(nr Number, a Args) (uint64, error) {
	p.run()
	if p.waits != nil {
		return 0, fmt.Errorf("process %d waits in vfork until process %d has ended", p.PID, p.waits.PID)
	}
	if int(nr) < len(handlers) && p.kernel.hasCall(nr) {
		if h := handlers[nr]; h != nil {
			p.kernel.Cache.HoldEnds()
			ret, err := h(p, a)
			p.kernel.Cache.End()
			p.kernel.Cache.Reclaim.ReturnToUser()
			if waits := p.faultWaits(); waits != nil {
				return 0, waits
			}
			return ret, err
		}
	}
	return 0, p.refuse(syscall.ENOSYS, "the model has no such call")
}

// newerCalls are the calls that not every release has, with the rule that brought each.
var newerCalls = map[Number]profile.Rule{
	SysMseal:     profile.SealAreas,
	SysCachestat: profile.CacheStatistics,
}

// hasCall reports whether the machine's release has the call.
func (k *Kernel) hasCall(nr Number) bool {
	rule, newer := newerCalls[nr]
	return !newer || k.config.Profile.Has(rule)
}

// Implements reports whether the model has the call.
func Implements(nr Number) bool { return int(nr) < len(handlers) && handlers[nr] != nil }

var handlers [512]handler

// register adds the calls of one table to those that the model has.
func register(table map[Number]handler) {
	for nr, h := range table {
		handlers[nr] = h
	}
}

func init() {
	register(memoryCalls)
}

// none is the result of a call that returns nothing but success.
func none(err error) (uint64, error) { return 0, err }

func at(r uint64) vm.Addr { return vm.Addr(r) }

// fdOf is the descriptor in a register, of which only the lower 32 bits count.
func fdOf(r uint64) int { return int(int32(r)) }

var memoryCalls = map[Number]handler{
	SysMmap: func(p *Process, a Args) (uint64, error) {
		x, err := p.Mmap(at(a[0]), a[1], vm.Protection(a[2]), MapFlags(a[3]), fdOf(a[4]), a[5])
		return uint64(x), err
	},
	SysMunmap: func(p *Process, a Args) (uint64, error) { return none(p.Munmap(at(a[0]), a[1])) },
	SysMprotect: func(p *Process, a Args) (uint64,
		error) {
		return none(p.Mprotect(at(a[0]), a[1], vm.Protection(a[2])))
	},
	SysPkeyMprotect: func(p *Process, a Args) (uint64, error) {
		return none(p.PkeyMprotect(at(a[0]), a[1], vm.Protection(a[2]), int(int32(a[3]))))
	},
	SysMremap: func(p *Process, a Args) (uint64, error) {
		x, err := p.Mremap(at(a[0]), a[1], a[2], RemapFlags(a[3]), at(a[4]))
		return uint64(x), err
	},
	SysBrk: func(p *Process, a Args) (uint64, error) { return uint64(p.Brk(at(a[0]))), nil },
	SysMsync: func(p *Process, a Args) (uint64, error) {
		return none(p.Msync(at(a[0]), a[1], SyncFlags(uint32(a[2]))))
	},
	SysMincore: func(p *Process, a Args) (uint64, error) { return none(p.Mincore(at(a[0]), a[1], at(a[2]))) },
	SysMadvise: func(p *Process, a Args) (uint64, error) { return none(p.Madvise(at(a[0]), a[1], Advice(a[2]))) },
	SysMlock:   func(p *Process, a Args) (uint64, error) { return none(p.Mlock(at(a[0]), a[1])) },
	SysMlock2: func(p *Process, a Args) (uint64, error) {
		return none(p.Mlock2(at(a[0]), a[1], LockFlags(uint32(a[2]))))
	},
	SysMunlock:    func(p *Process, a Args) (uint64, error) { return none(p.Munlock(at(a[0]), a[1])) },
	SysMlockall:   func(p *Process, a Args) (uint64, error) { return none(p.Mlockall(LockFlags(uint32(a[0])))) },
	SysMunlockall: func(p *Process, _ Args) (uint64, error) { return none(p.Munlockall()) },
	SysMseal:      func(p *Process, a Args) (uint64, error) { return none(p.Mseal(at(a[0]), a[1], a[2])) },
	SysRemapFilePages: func(p *Process, a Args) (uint64, error) {
		return none(p.RemapFilePages(at(a[0]), a[1], vm.Protection(a[2]), vm.PageIndex(a[3]), MapFlags(a[4])))
	},
}

// maxPath is the longest path, its final zero included.
// Linux: PATH_MAX (include/uapi/linux/limits.h).
const maxPath = 4096

// errs reports whether the machine is a mutant with that deliberate error.
func (p *Process) errs(m profile.Mutant) bool { return p.kernel.config.Profile.Errs(m) }

// follows reports whether the machine's release follows a rule.
func (p *Process) follows(r profile.Rule) bool { return p.kernel.config.Profile.Has(r) }
