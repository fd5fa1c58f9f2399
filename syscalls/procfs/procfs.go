// Package procfs writes the files of /proc that tell of memory, in the kernel's own formats, from the state of a
// machine.
//
// Each process has maps, smaps, smaps_rollup, statm, the memory lines of status, and pagemap; the machine has vmstat,
// meminfo and kpageflags. All of them are views: reading one changes nothing. Where the kernel drains its per-CPU
// batches before it counts, the numbers here are those that draining would give, and nothing is drained. A name that
// the model does not count is there, with 0, as the formats demand.
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
