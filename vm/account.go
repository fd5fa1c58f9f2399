package vm

import "syscall"

// StackGuardGap is the free range that a stack keeps below itself.
// Linux: stack_guard_gap (mm/mmap.c).
const StackGuardGap Addr = 256 * PageSize

// Infinity is a limit that does not limit.
// Linux: RLIM_INFINITY (include/uapi/asm-generic/resource.h).
const Infinity uint64 = 1<<64 - 1

// Limits are a process's resource limits in bytes, and what its user may exceed. They are checked where memory is
// mapped, not where it is used: a mapping that fits the limits can be touched in full.
// Linux: struct rlimit of struct signal_struct (include/linux/sched/signal.h).
type Limits struct {
	AddressSpace uint64 // RLIMIT_AS
	Data         uint64 // RLIMIT_DATA
	DataMost     uint64 // the hard limit of it
	Stack        uint64 // RLIMIT_STACK
	MemLock      uint64 // RLIMIT_MEMLOCK
	FileSize     uint64 // RLIMIT_FSIZE
	MayLockAll   bool   // CAP_IPC_LOCK
	MaxMapCount  int    // vm.max_map_count
	MmapMin      Addr   // the lowest address that mmap gives out
	OwnMin       Addr   // the lowest one that may be asked for: vm.mmap_min_addr, or 0 for CAP_SYS_RAWIO
}

// DefaultLimits are those of a root shell.
func DefaultLimits() *Limits {
	return &Limits{
		AddressSpace: Infinity, Data: Infinity, DataMost: Infinity, Stack: 8 << 20, MemLock: 8 << 20,
		FileSize:   Infinity,
		MayLockAll: true, MaxMapCount: 65530, MmapMin: MmapMinAddr,
	}
}

// Stats counts what a space has mapped, in pages. Total is what RLIMIT_AS limits: address space, whether it has frames
// or not. RSS is what has frames now.
// Linux: total_vm, locked_vm, data_vm, exec_vm, stack_vm and rss_stat of struct mm_struct.
type Stats struct {
	Total, Locked, Data, Exec, Stack uint64
	RSS                              [NumRSS]uint64
	Huge                             uint64 // pages of 4 KiB that huge pages of a pool show; Linux: hugetlb_usage
	PeakTotal                        uint64 // the largest Total before its latest decrease
	rss                              rss
}

// count adds pages of an area with flags f to the totals; pages may be negative.
// Linux: vm_stat_account (mm/mmap.c).
func (st *Stats) count(f Flags, pages int64) {
	st.Total += uint64(pages)
	switch {
	case f&(Exec|Write|GrowsDown) == Exec:
		st.Exec += uint64(pages)
	case f.Has(GrowsDown):
		st.Stack += uint64(pages)
	case dataPages(f):
		st.Data += uint64(pages)
	}
}

// Peak is the most that was mapped at any time.
func (st *Stats) Peak() uint64 { return max(st.PeakTotal, st.Total) }

// dataPages reports whether pages with flags f count as data: private, writable, no stack.
func dataPages(f Flags) bool { return f&(Write|Shared|GrowsDown) == Write }

// MayExpand reports whether the limits allow pages more of flags f. The limit of zero for data is special: setting
// RLIMIT_DATA to 0 does not forbid all data.
// Linux: may_expand_vm (mm/mmap.c).
func (s *Space) MayExpand(f Flags, pages uint64) bool {
	if s.Stats.Total+pages > s.Limits.AddressSpace>>PageShift {
		return false
	}
	most := s.Limits.Data
	if most == 0 {
		most = s.Limits.DataMost // a soft limit of infinity means none, so the hard limit counts
	}
	return !dataPages(f) || s.Stats.Data+pages <= most>>PageShift
}

// ExpandRefusal names the limit for which MayExpand refuses so many more pages.
func (s *Space) ExpandRefusal(pages uint64) string {
	if s.Stats.Total+pages > s.Limits.AddressSpace>>PageShift {
		return "more memory than RLIMIT_AS allows"
	}
	return "more private writable memory than RLIMIT_DATA allows"
}

// MayLock reports whether bytes more may be locked, where f asks for that. The limit is for processes without
// CAP_IPC_LOCK; it counts what is mapped as locked, present or not.
// Linux: mlock_future_ok (mm/mmap.c).
func (s *Space) MayLock(f Flags, bytes uint64) bool {
	if !f.Has(Locked) || s.Limits.MayLockAll {
		return true
	}
	return bytes>>PageShift+s.Stats.Locked <= s.Limits.MemLock>>PageShift
}

// Overcommit is how much memory the machine lets processes commit. Guess refuses only what alone exceeds the machine;
// Always refuses nothing; Never keeps the sum of all charges below a limit, so that no store to private memory can fail
// for lack of memory.
// Linux: OVERCOMMIT_* (include/uapi/linux/mman.h).
type Overcommit int

// The three policies of vm.overcommit_memory.
const (
	OvercommitGuess Overcommit = iota
	OvercommitAlways
	OvercommitNever
)

// Commit is the machine's account of committed memory, in pages. Charges come from areas, not from frames: a private
// writable mapping is charged in full when it is made, and gives back when it is unmapped.
// Linux: vm_committed_as and __vm_enough_memory (mm/util.c).
type Commit struct {
	Policy    Overcommit
	Ratio     uint64 // vm.overcommit_ratio, percent of RAM
	RAM, Swap uint64
	Committed uint64
}

// Charge accounts for pages; ENOMEM where the policy refuses, and then nothing is accounted.
func (c *Commit) Charge(pages uint64) error {
	switch c.Policy {
	case OvercommitAlways:
	case OvercommitGuess:
		if pages > c.RAM+c.Swap {
			return syscall.ENOMEM
		}
	default:
		if c.Committed+pages > c.Limit() {
			return syscall.ENOMEM
		}
	}
	c.Committed += pages
	return nil
}

// Reason is why Charge refuses, for people.
func (c *Commit) Reason() string {
	if c.Policy == OvercommitNever {
		return "committed memory would pass CommitLimit (vm.overcommit_memory=2)"
	}
	return "the call alone asks for more than all memory and swap (vm.overcommit_memory=0)"
}

// Limit is how much may be committed where the policy is never to overcommit.
// Linux: vm_commit_limit (mm/util.c).
func (c *Commit) Limit() uint64 { return c.RAM*c.Ratio/100 + c.Swap }

// Return gives charged pages back.
func (c *Commit) Return(pages uint64) { c.Committed -= pages }
