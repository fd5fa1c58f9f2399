package syscalls

import (
	"syscall"

	"vmsim/vm"
	"vmsim/vm/profile"
)

// Option is the operation of prctl.
// Linux: PR_* (include/uapi/linux/prctl.h).
type Option uint32

// The options that concern memory.
const (
	OptionSetMM          Option = 35
	OptionSetThpDisable  Option = 41
	OptionGetThpDisable  Option = 42
	OptionSetDenyExec    Option = 65
	OptionGetDenyExec    Option = 66
	OptionSetMemoryMerge Option = 67
	OptionGetMemoryMerge Option = 68
	OptionSetVMA         Option = 0x53564d41
)

// denyExec forbids a process to make memory executable that was writable.
// Linux: PR_MDWE_* (include/uapi/linux/prctl.h).
type denyExec uint64

// The flags of PR_SET_MDWE.
const (
	denyGain      denyExec = 1
	denyNoInherit denyExec = 2 // fork's children are free again
)

// thpDisable says which areas may not have huge pages, as PR_GET_THP_DISABLE gives it.
// Linux: PR_SET_THP_DISABLE (include/uapi/linux/prctl.h).
type thpDisable int

// The states.
const (
	thpEnabled      thpDisable = 0
	thpDisabled     thpDisable = 1
	thpExceptAdvice thpDisable = 3
)

// Prctl performs an operation on the process. Options that do not concern memory are EINVAL here.
// Linux: sys_prctl (kernel/sys.c).
func (p *Process) Prctl(o Option, a2, a3, a4, a5 uint64) (uint64, error) {
	p.enter(SysPrctl)
	if rule, newer := newerOptions[o]; newer && !p.follows(rule) {
		return 0, p.refuse(syscall.EINVAL, "an option that the release does not know")
	}
	switch o {
	case OptionSetVMA:
		return 0, p.prctlName(a2, vm.Addr(a3), a4, vm.Addr(a5))
	case OptionSetMM:
		return 0, p.prctlLayout(a2, vm.Addr(a3), a4, a5)
	case OptionSetThpDisable:
		return 0, p.prctlThp(a2, a3, a4, a5)
	case OptionGetThpDisable:
		return uint64(p.mm.noHuge), p.noMore(a2, a3, a4, a5)
	case OptionSetDenyExec:
		return 0, p.prctlDeny(denyExec(a2), a3, a4, a5)
	case OptionGetDenyExec:
		return uint64(p.mm.denyExec), p.noMore(a2, a3, a4, a5)
	case OptionSetMemoryMerge:
		if err := p.noMore(a3, a4, a5); err != nil {
			return 0, err
		}
		if a2 != 0 {
			p.mergeAny()
		} else {
			p.mergeNone()
		}
		return 0, nil
	case OptionGetMemoryMerge:
		on := uint64(0)
		if p.mm.mergeAny {
			on = 1
		}
		return on, p.noMore(a2, a3, a4, a5)
	}
	return 0, p.refuse(syscall.EINVAL, "an option outside the model")
}

// Modelled reports whether the model has the option.
func (o Option) Modelled() bool {
	switch o {
	case OptionSetMM, OptionSetThpDisable, OptionGetThpDisable, OptionSetDenyExec, OptionGetDenyExec,
		OptionSetMemoryMerge, OptionGetMemoryMerge, OptionSetVMA:
		return true
	}
	return false
}

// newerOptions are the options that not every release has, with the rule that brought each.
var newerOptions = map[Option]profile.Rule{
	OptionSetDenyExec:    profile.DenyExecOption,
	OptionGetDenyExec:    profile.DenyExecOption,
	OptionSetMemoryMerge: profile.MemoryMergeOption,
	OptionGetMemoryMerge: profile.MemoryMergeOption,
}

// noMore refuses arguments that an option does not take.
func (p *Process) noMore(args ...uint64) error {
	for _, a := range args {
		if a != 0 {
			return p.refuse(syscall.EINVAL, "an argument that the option does not take")
		}
	}
	return nil
}

// prctlThp sets which areas may not have huge pages.
// Linux: prctl_set_thp_disable (kernel/sys.c).
func (p *Process) prctlThp(disable, flags, a4, a5 uint64) error {
	const exceptAdvised = 2
	may := uint64(0)
	if p.follows(profile.HugeExceptAdvised) {
		may = exceptAdvised
	}
	switch {
	case a4 != 0 || a5 != 0 || disable == 0 && flags != 0 || flags&^may != 0:
		return p.refuseFor(syscall.EINVAL, cause{a4 != 0 || a5 != 0, "an argument that is not used must be 0"},
			cause{disable == 0 && flags != 0, "a flag where nothing is disabled"}, cause{true, "no such flag"})
	case disable == 0:
		p.mm.noHuge = thpEnabled
	case flags == 0:
		p.mm.noHuge = thpDisabled
	default:
		p.mm.noHuge = thpExceptAdvice
	}
	return nil
}

// prctlDeny permanently forbids the process to make memory executable that is or was writable.
// Linux: prctl_set_mdwe (kernel/sys.c).
func (p *Process) prctlDeny(d denyExec, a3, a4, a5 uint64) error {
	if err := p.noMore(a3, a4, a5); err != nil {
		return err
	}
	known := denyGain | denyNoInherit
	if !p.follows(profile.DenyExecOnce) {
		known = denyGain
	}
	switch {
	case d&^known != 0 || d == denyNoInherit:
		return p.refuseFor(syscall.EINVAL, cause{d == denyNoInherit, "PR_MDWE_NO_INHERIT alone"}, cause{true,
			"no such flag"})
	case p.mm.denyExec != 0 && p.mm.denyExec != d:
		return p.refuse(syscall.EPERM, "what was denied stays denied")
	}
	p.mm.denyExec |= d
	return nil
}

// deniesExec reports whether an area of flags new, which were old, is one that PR_SET_MDWE forbids.
// Linux: map_deny_write_exec (include/linux/mman.h).
func (p *Process) deniesExec(old, new vm.Flags) bool {
	if p.mm.denyExec&denyGain == 0 || !new.Has(vm.Exec) {
		return false
	}
	return new.Has(vm.Write) || !old.Has(vm.Exec)
}

// mergeAny makes all memory that can be mergeable, and what will be mapped too.
// Linux: ksm_enable_merge_any (mm/ksm.c).
func (p *Process) mergeAny() {
	if p.mm.mergeAny {
		return
	}
	p.mm.mergeAny = true
	for a := p.Space.First(); a != nil; a = a.Next() {
		p.Space.SetFlags(a, p.mm.futureFlags(a.Flags))
	}
}

// mergeNone undoes mergeAny.
// Linux: ksm_disable_merge_any (mm/ksm.c).
func (p *Process) mergeNone() {
	if !p.mm.mergeAny {
		return
	}
	p.mm.mergeAny = false
	for a := p.Space.First(); a != nil; a = a.Next() {
		p.Space.SetFlags(a, a.Flags&^vm.Mergeable)
	}
}

// The parts of the layout that PR_SET_MM can move.
// Linux: PR_SET_MM_* (include/uapi/linux/prctl.h).
const (
	setStartData  = 3
	setEndData    = 4
	setStartStack = 5
	setStartBrk   = 6
	setBrk        = 7
)

// prctlLayout changes the recorded place of a part of the program.
// Linux: prctl_set_mm (kernel/sys.c).
func (p *Process) prctlLayout(part uint64, to vm.Addr, a4, a5 uint64) error {
	l := p.Space.Layout
	switch {
	case a4 != 0 || a5 != 0:
		return p.refuse(syscall.EINVAL, "an argument that the option does not take")
	case !p.kernel.capable(CapResource):
		return p.refuse(syscall.EPERM, "only CAP_SYS_RESOURCE moves parts of a program")
	case to >= vm.TaskSize || to < p.Space.Limits.MmapMin:
		return p.refuse(syscall.EINVAL, "the address is none of a program's")
	}
	switch part {
	case setStartData:
		l.StartData = to
	case setEndData:
		l.EndData = to
	case setStartStack:
		l.StackTop = to
	case setStartBrk:
		l.StartBrk = to
	case setBrk:
		l.Brk = to
	default:
		return p.refuse(syscall.EINVAL, "a part of the program that the model does not keep")
	}
	switch {
	case l.StartData > l.EndData || l.StartBrk > l.Brk:
		return p.refuse(syscall.EINVAL, "the part would end before it begins")
	case l.DataPasses(l.Brk, p.limits.vm.Data):
		return p.refuse(syscall.EINVAL, "more data than RLIMIT_DATA allows")
	case part == setStartStack && p.Space.FindAfter(to) == nil:
		return p.refuse(syscall.EFAULT, "nothing is mapped from the new stack on")
	}
	p.Space.Layout = l
	p.Space.SetBrk(l.Brk)
	return nil
}
