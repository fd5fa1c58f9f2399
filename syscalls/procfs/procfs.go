// Package procfs writes the files of /proc that tell of memory, in the kernel's own formats, from the state of a
// machine.
//
// Each process has maps, smaps, smaps_rollup, statm, the memory lines of status, and pagemap; the machine has vmstat,
// meminfo and kpageflags. All of them are views: reading one changes nothing. Where the kernel drains its per-CPU
// batches before it counts, the numbers here are those that draining would give, and nothing is drained. A name that
// the model does not count is there, with 0, as the formats demand.
//
// # The files
//
//	maps           one line for each area: range, permissions, offset, device, inode, name
//	smaps          the same with what is resident, shared, dirty, swapped and locked of each
//	smaps_rollup   the sums over all areas
//	pagemap        8 bytes for each page: present or swapped, frame or slot, and flags
//	statm, status  how much is mapped, resident and locked in all
//	vmstat         events of the machine since it was started, and pages by state
//	meminfo        memory by use
//	swaps          the swap areas in use
//	kpageflags     the flags of each frame
//	memory.stat    the same kinds of numbers for the programs' control group
//
// # The path of one operation
//
// A read of /proc/PID/smaps walks the areas, and for each of them the page table. For each entry it looks at the frame:
// is it private, shared with other processes, dirty? PSS counts a frame that three processes map as a third of a page.
// The walk sets no accessed bit and fills no TLB: it reads tables as data.
//
// # What is left out
//
// Lines about what the model does not have, such as slab and huge pages of anonymous memory, are there and 0. Other
// files of /proc are outside the model.
package procfs

import (
	"fmt"
	"syscall"

	"vmsim/fault"
	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/lru"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
	"vmsim/vm/trace"
)

// Machine is what the files of the whole machine show.
// Linux: /proc.
type Machine struct {
	Profile *profile.Profile
	Memory  *phys.Memory
	LRU     *lru.Lists
	Log     *trace.Log
	Commit  *vm.Commit
	Swap    *pagecache.SwapCache // nil without a swap area
	Huge    *phys.HugePool
	Faults  *fault.Events
	// Reclaim counts what reclaim did.
	Reclaim *pagecache.ReclaimEvents
	Spaces  func(func(*vm.Space)) // calls back for the address space of each process
}

// The files, and what makes their texts.
var (
	machineFiles = map[string]func(*Machine) string{
		"vmstat": (*Machine).VMStat, "meminfo": (*Machine).Meminfo, "swaps": (*Machine).swaps,
	}
	processFiles = map[string]func(Process) string{
		"maps": Process.Maps, "smaps": Process.Smaps, "smaps_rollup": Process.SmapsRollup, "statm": Process.Statm,
		"status": Process.StatusMemory,
	}
)

// File is the text of a file of the whole machine: vmstat, meminfo or swaps. The error is ENOENT for another name.
func (m *Machine) File(name string) (string, error) {
	if text := machineFiles[name]; text != nil {
		return text(m), nil
	}
	return "", fmt.Errorf("/proc/%s: %w", name, syscall.ENOENT)
}

// Process is what the files of one process show.
// Linux: /proc/PID.
type Process struct {
	Machine *Machine
	Space   *vm.Space
	// MayHuge says that advice can give the process huge pages: no prctl has disabled them.
	MayHuge bool
}

// File is the text of a file of /proc/PID. The error is ENOENT for a name that the model does not have.
func (p Process) File(name string) (string, error) {
	if text := processFiles[name]; text != nil {
		return text(p), nil
	}
	return "", syscall.ENOENT
}
