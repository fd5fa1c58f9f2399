//go:build linux && amd64

package host

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"vmsim/vm"
)

// The kernel does not put a page on a list, or make it active, at once: each processor gathers such changes in batches
// of its own, and the flags follow when a batch is full. What /proc shows in between depends on what else the processor
// did. So a machine that is to show page flags keeps to one processor, with its puppets, and has the batches emptied
// after every step: advice to reclaim memory does that first of all.
//
// Linux: struct cpu_fbatches, lru_add_drain (mm/swap.c); madvise_cold (mm/madvise.c).

const madvCold = 20

// KeepSettled has the machine keep to one processor from now on, and empty its batches after every statement and every
// access of the harness's.
func (m *Machine) KeepSettled() (err error) {
	m.thread.do(func() { err = m.keepSettled() })
	return err
}

func (m *Machine) keepSettled() error {
	if m.idle != nil {
		return nil
	}
	cpu, err := oneProcessor()
	if err != nil {
		return err
	}
	tids := []int{0} // this thread
	for _, c := range m.procs {
		if c != nil && !c.p.gone {
			tids = append(tids, c.p.tid)
		}
	}
	for _, tid := range tids {
		if err := setAffinity(tid, cpu); err != nil {
			return fmt.Errorf("keeping to processor %d: %w", cpu, err)
		}
	}
	m.idle, err = syscall.Mmap(-1, 0, vm.PageSize, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_PRIVATE|syscall.MAP_ANON)
	return err
}

// settle empties the processor's batches.
func (m *Machine) settle() {
	if m.idle != nil {
		_ = syscall.Madvise(m.idle, madvCold)
	}
	if m.limiting() && m.limits.whole.pulse != nil {
		_ = m.limits.settle()
	}
}

// cpuSet is a set of processors: a bit for each.
type cpuSet [16]uint64

// oneProcessor is the processor that this thread runs on.
func oneProcessor() (int, error) {
	var cpu, node uint32
	if _, _, e := syscall.RawSyscall(sysGetcpu, uintptr(unsafe.Pointer(&cpu)), uintptr(unsafe.Pointer(&node)),
		0); e != 0 {
		return 0, os.NewSyscallError("getcpu", e)
	}
	return int(cpu), nil
}

const sysGetcpu = 309

func setAffinity(tid, cpu int) error {
	var set cpuSet
	set[cpu/64] = 1 << (cpu % 64)
	_, _, e := syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, uintptr(tid), unsafe.Sizeof(set),
		uintptr(unsafe.Pointer(&set)))
	if e != 0 {
		return e
	}
	return nil
}
