package syscalls

import (
	"encoding/binary"
	"syscall"

	"vmsim/vm"
)

// Resource is a resource with a limit.
// Linux: RLIMIT_* (include/uapi/asm-generic/resource.h).
type Resource uint32

// The resources that memory calls ask about, and that of descriptors.
const (
	ResourceFileSize  Resource = 1
	ResourceData      Resource = 2
	ResourceStack     Resource = 3
	ResourceProcesses Resource = 6
	ResourceFiles     Resource = 7
	ResourceMemLock   Resource = 8
	ResourceAddrSpace Resource = 9

	numResources = 16
)

// Limit is the soft and the hard limit of a resource.
// Linux: struct rlimit64 (include/uapi/linux/resource.h).
type Limit struct{ Soft, Hard uint64 }

const limitSize = 16

func (l Limit) bytes() []byte {
	return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, l.Soft), l.Hard)
}

// limits are those of one process.
// Linux: rlim of struct signal_struct (include/linux/sched/signal.h).
type limits struct {
	of [numResources]Limit
	vm vm.Limits // the same, as far as address spaces ask
}

// defaultMostFiles is fs.nr_open where nothing else is said: the most that RLIMIT_NOFILE may be.
// Linux: sysctl_nr_open (fs/file.c).
const defaultMostFiles = 1 << 20

// newLimits are those of a shell on an ordinary machine, but for the ones that are given.
func newLimits(v *vm.Limits, given map[Resource]Limit) *limits {
	l := usualLimits(v)
	for r, to := range given {
		l.of[r] = to
	}
	l.derive()
	return l
}

// DefaultLimit is the limit that programs start with where nothing is said.
func DefaultLimit(r Resource) Limit { return usualLimits(vm.DefaultLimits()).of[r] }

func usualLimits(v *vm.Limits) *limits {
	const processes, queue = 96365, 819200 // Linux derives the number of processes from the size of memory
	never := Limit{vm.Infinity, vm.Infinity}
	l := &limits{vm: *v}
	for i := range l.of {
		l.of[i] = never
	}
	for r, v := range map[Resource]Limit{
		ResourceData: {v.Data, vm.Infinity}, ResourceStack: {v.Stack, vm.Infinity}, ResourceAddrSpace: {v.AddressSpace,
			vm.Infinity},
		ResourceMemLock: {v.MemLock, v.MemLock}, ResourceFiles: {maxDescriptors, maxDescriptors},
		4: {0, vm.Infinity}, ResourceProcesses: {processes, processes}, 11: {processes, processes}, 12: {queue,
			queue}, 13: {}, 14: {},
	} {
		l.of[r] = v
	}
	return l
}

func (l *limits) derive() {
	l.vm.Data, l.vm.DataMost = l.of[ResourceData].Soft, l.of[ResourceData].Hard
	l.vm.Stack, l.vm.MemLock = l.of[ResourceStack].Soft, l.of[ResourceMemLock].Soft
	l.vm.AddressSpace, l.vm.FileSize = l.of[ResourceAddrSpace].Soft, l.of[ResourceFileSize].Soft
}

// Prlimit returns a limit of process pid, 0 for the caller, and sets it if to is not nil.
// Linux: do_prlimit (kernel/sys.c).
func (p *Process) Prlimit(pid int, r Resource, to *Limit) (old Limit, err error) {
	p.enter(SysPrlimit64)
	target, err := p.limited(pid)
	if err != nil {
		return old, err
	}
	switch {
	case r >= numResources:
		return old, p.refuse(syscall.EINVAL, "no resource has that number")
	case to == nil:
		return target.limits.of[r], nil
	case to.Soft > to.Hard:
		return old, p.refuse(syscall.EINVAL, "the soft limit is above the hard one")
	case r == ResourceFiles && to.Hard > p.kernel.mostFiles:
		return old, p.refuse(syscall.EPERM, "more descriptors than fs.nr_open allows")
	case to.Hard > target.limits.of[r].Hard && !p.kernel.capable(CapResource):
		return old, p.refuse(syscall.EPERM, "only CAP_SYS_RESOURCE raises a hard limit")
	}
	old = target.limits.of[r]
	target.limits.of[r] = *to
	target.limits.derive()
	return old, nil
}

// limited is the process of that number, the caller for 0.
func (p *Process) limited(pid int) (*Process, error) {
	if pid == 0 {
		return p, nil
	}
	target, ok := p.kernel.Process(pid)
	if !ok {
		return nil, p.refuse(syscall.ESRCH, "no process has that number")
	}
	return target, nil
}

// readLimit is the limit that the program has at a.
func (p *Process) readLimit(a vm.Addr) (l Limit, err error) {
	var buf [limitSize]byte
	if !p.copyIn(a, buf[:]) {
		return l, p.refuse(syscall.EFAULT, "the limit is not readable")
	}
	return Limit{binary.LittleEndian.Uint64(buf[:]), binary.LittleEndian.Uint64(buf[8:])}, nil
}

// prlimit64 is Prlimit with limits in the program's memory.
// Linux: sys_prlimit64 (kernel/sys.c).
func (p *Process) prlimit64(pid int, r Resource, to, from vm.Addr) (err error) {
	var want *Limit
	if to != 0 {
		l, err := p.readLimit(to)
		if err != nil {
			return err
		}
		want = &l
	}
	old, err := p.Prlimit(pid, r, want)
	if err == nil && from != 0 && !p.copyOut(from, old.bytes()) {
		return p.refuse(syscall.EFAULT, "the old limit has nowhere to go")
	}
	return err
}

// getrlimit asks for a limit of its own.
// Linux: sys_getrlimit (kernel/sys.c).
func (p *Process) getrlimit(r Resource, to vm.Addr) error {
	l, err := p.Prlimit(0, r, nil)
	if err == nil && !p.copyOut(to, l.bytes()) {
		return p.refuse(syscall.EFAULT, "the limit has nowhere to go")
	}
	return err
}

// setrlimit sets a limit of its own.
// Linux: sys_setrlimit (kernel/sys.c).
func (p *Process) setrlimit(r Resource, from vm.Addr) error {
	l, err := p.readLimit(from)
	if err != nil {
		return err
	}
	_, err = p.Prlimit(0, r, &l)
	return err
}
