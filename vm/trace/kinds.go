package trace

import "strings"

// Kind is what a step did.
// Linux: none; the name of a tracepoint or of a function.
type Kind uint8

// The kinds of step. kinds.go's table says what each means.
const (
	// A call and what it does to areas. Refused says why a call fails, with the check that refused it; it comes before
	// the errno is returned. AreaNew to AreaGrown are the changes of the set of areas, in the order in which they are
	// made.
	SyscallEnter Kind = iota
	Refused
	DescriptorFound
	GapSearch
	AreaNew
	AreaInserted
	AreaMerged
	AreaSplit
	AreaRemoved
	AreaFlags
	AreaGrown
	FileMmap
	FileLinked
	BlockMapped
	FrameRemapped
	// The processor: an access that misses the TLB, the walk of the page table, and the translation that is remembered.
	// A hit takes no step: the kernel sees as little of it.
	TLBMiss
	TLBFilled
	// Page-table entries, each change one step. EntryCleared is also the end of a mapping by reclaim or truncation.
	EntrySet
	EntryCleared
	EntryProtected
	EntryMoved
	EntryCopied
	GuardSet
	// A fault from the exception to its end. FaultMinor or FaultMajor ends one that is repaired, once for all of its
	// tries.
	Faulted
	FaultArea
	FaultMinor
	FaultMajor
	SignalRaised
	SignalFrame
	SignalReturn
	StackGrown
	// What the handler finds for the page of a fault, by the kind of memory.
	AnonFault
	ZeroPageMapped
	FileFault
	FaultAround
	FilemapFault
	MappedAround
	WriteFault
	CowReused
	CowBroken
	MkWrite
	GuardHit
	HugeLost
	// Pages on their way to the swap area and back.
	SwapCacheLook
	SwapIn
	SwapOut
	// Frames, and pages that may not leave memory.
	FrameAllocated
	FrameLocked
	FrameUnlocked
	// The page cache: look-ups, what comes in and what leaves, and why.
	CacheHit
	CacheMiss
	CacheAdded
	CacheRemoved
	ReadaheadPlanned
	// Writeback: a page becomes dirty, is submitted, and is clean when the device is done.
	PageDirtied
	WritebackStarted
	WritebackEnded
	PageCleaned
	FlusherRan
	PageTruncated
	Unmapped
	// The device. The time between the two is the device's, and no cost of a step.
	IoSubmitted
	IoCompleted
	// Bytes that move: by the processor, and by a device without it. Copies are counted from these steps and nowhere
	// else.
	CopyToUser
	CopyFromUser
	CopyKernel
	CopyCow
	CopyZero
	DMAIn
	DMAOut
	// Processes, and the statements of a program.
	ProcessForked
	ProcessExited
	StatementDone
	// Decisions that change nothing and explain much: why two areas stay apart, why a page is kept.
	MergeRefused
	HintTaken
	Placed
	WritebackFailed
	PageKept
	EntryKept
	LazyFreed
	LazyDropped
	// Memory runs short: reclaim and its victims, waits of writers, and the OOM killer.
	ReclaimStarted
	ReclaimEnded
	KswapdRan
	PageEvicted
	PageSwapped
	Refaulted
	Killed
	Throttled
	HighDelayed
	Userfault

	NumKinds // how many kinds there are
)

// Info is a kind's row in the table, from which help, documents and the comparison of traces are generated.
// Linux: none; the format files of tracepoints come near.
type Info struct {
	Name       string // one word, as the prompt and break use it
	Sentence   string // for people; A, B and C are the step's arguments
	Cost       int64  // nanoseconds of virtual time, besides the bytes it moves
	Args       args   // what A, B and C are
	Linux      string // the function that does it, and its file
	Tracepoint string // the kernel's tracepoint, empty where there is none
}

// table has a row for each kind: its name and its sentence; its cost, its arguments, the function of Linux and the
// tracepoint.
var table = [NumKinds]Info{
	SyscallEnter: {"syscall-enter", "the process makes system call A",
		140, args{ArgCall}, "do_syscall_64 (arch/x86/entry/syscall_64.c)", "sys_enter"},
	Refused: {"refused", "a check refuses",
		0, args{ArgErrno}, "none", ""},
	DescriptorFound: {"descriptor", "descriptor A leads to its open file",
		15, args{ArgNumber, ArgInode}, "fget (fs/file.c)", ""},
	GapSearch: {"gap-search", "a free range of B bytes is searched; it is found at A",
		180, args{ArgAddr, ArgNumber, ArgAddr}, "vm_unmapped_area (mm/mmap.c)", "vm_unmapped_area"},
	AreaNew: {"area-new", "an area A-B is made",
		90, args{ArgAddr, ArgAddr, ArgAreaFlags}, "vm_area_alloc (mm/vma_init.c)", ""},
	AreaInserted: {"area-insert", "the area A-B goes into the tree of areas",
		900, args{ArgAddr, ArgAddr}, "vma_iter_store_new (mm/vma.c)", ""},
	AreaMerged: {"area-merge", "the range A-B becomes part of its neighbour",
		140, args{ArgAddr, ArgAddr, ArgAddr}, "commit_merge (mm/vma.c)", ""},
	AreaSplit: {"area-split", "the area A-B is split at C",
		260, args{ArgAddr, ArgAddr, ArgAddr}, "__split_vma (mm/vma.c)", ""},
	AreaRemoved: {"area-remove", "the area A-B goes from the tree",
		800, args{ArgAddr, ArgAddr}, "remove_vma (mm/vma.c)", ""},
	AreaFlags: {"area-flags", "the flags of the area A-B become C",
		40, args{ArgAddr, ArgAddr, ArgAreaFlags}, "vm_flags_reset (include/linux/mm.h)", ""},
	AreaGrown: {"area-grow", "the area A-B grows down to C",
		150, args{ArgAddr, ArgAddr, ArgAddr}, "expand_downwards (mm/vma.c)", ""},
	FileMmap: {"file-mmap", "the file's own mmap operation is called for the area A-B",
		60, args{ArgAddr, ArgAddr, ArgInode}, "mmap_file (mm/internal.h)", ""},
	FileLinked: {"file-link", "the range A-B is tied to the file from page C on; nothing of it is in memory for that",
		70, args{ArgAddr, ArgAddr, ArgPage}, "vma_link_file (mm/vma.c)", ""},
	BlockMapped: {"block-map", "page A of the file is found at disk block B",
		200, args{ArgPage, ArgBlock}, "ext4_map_blocks (fs/ext4/inode.c)", "ext4_ext_map_blocks_exit"},
	FrameRemapped: {"pfn-remap", "address A is made to show frame B, at once and with no page cache",
		60, args{ArgAddr, ArgFrame}, "remap_pfn_range (mm/memory.c)", ""},
	TLBMiss: {"tlb-miss", "the TLB does not know the page of A",
		25, args{ArgAddr}, "none; the processor", ""},
	TLBFilled: {"tlb-fill", "the TLB caches that A is frame B",
		5, args{ArgAddr, ArgFrame}, "none; the processor", ""},
	EntrySet: {"entry-set", "the entry of A is set to frame B",
		20, args{ArgAddr, ArgFrame}, "set_pte_at (include/linux/pgtable.h)", ""},
	EntryCleared: {"entry-clear", "the entry of A, which held frame B, is cleared",
		180, args{ArgAddr, ArgFrame}, "zap_pte_range (mm/memory.c)", ""},
	EntryProtected: {"entry-protect", "the entry of A is given new permissions",
		20, args{ArgAddr, ArgFrame}, "change_pte_range (mm/mprotect.c)", ""},
	EntryMoved: {"entry-move", "the entry of A moves to B",
		25, args{ArgAddr, ArgAddr}, "move_ptes (mm/mremap.c)", ""},
	EntryCopied: {"entry-copy", "the entry of A is copied to the child",
		40, args{ArgAddr, ArgFrame}, "copy_present_ptes (mm/memory.c)", ""},
	GuardSet: {"guard-set", "the entry of A becomes a guard marker",
		20, args{ArgAddr}, "guard_install_set_pte (mm/madvise.c)", ""},
	Faulted: {"fault", "an access to A faults",
		440, args{ArgAddr, ArgAccess}, "exc_page_fault (arch/x86/mm/fault.c)", "page_fault_user"},
	FaultArea: {"fault-area", "the area A-B holds the address",
		40, args{ArgAddr, ArgAddr}, "lock_vma_under_rcu (mm/mmap_lock.c)", ""},
	FaultMinor: {"minor-fault", "the fault at A is repaired; it counts as minor",
		50, args{ArgAddr}, "mm_account_fault (mm/memory.c)", ""},
	FaultMajor: {"major-fault", "the fault at A is repaired; it counts as major",
		50, args{ArgAddr}, "mm_account_fault (mm/memory.c)", ""},
	SignalRaised: {"signal", "no repair is possible at A; signal B, code C",
		500, args{ArgAddr, ArgSignal}, "force_sig_fault (kernel/signal.c)", "signal_generate"},
	SignalFrame: {"signal-frame", "signal B: its frame lies from A to C",
		400, args{ArgAddr, ArgSignal, ArgAddr}, "x64_setup_rt_frame (arch/x86/kernel/signal_64.c)", ""},
	SignalReturn: {"signal-return", "the handler returns; its frame at A is read, and the stack pointer is B again",
		300, args{ArgAddr, ArgAddr}, "rt_sigreturn (arch/x86/kernel/signal_64.c)", ""},
	StackGrown: {"stack-grow", "the access at A makes the stack grow",
		300, args{ArgAddr, ArgAddr}, "expand_stack (mm/mmap.c)", ""},
	AnonFault: {"anon-fault", "the page of A is anonymous, and nothing is there",
		60, args{ArgAddr}, "do_anonymous_page (mm/memory.c)", ""},
	ZeroPageMapped: {"zero-page", "a load: A shows the frame of zeros that all share",
		30, args{ArgAddr}, "do_anonymous_page (mm/memory.c)", ""},
	FileFault: {"file-fault", "the page of A belongs to page B of a file",
		60, args{ArgAddr, ArgPage}, "do_fault (mm/memory.c)", ""},
	FaultAround: {"fault-around", "C cached neighbours of A are mapped with it",
		4800, args{ArgAddr, ArgPage}, "do_fault_around (mm/memory.c)", ""},
	FilemapFault: {"filemap-fault", "page A is asked of the page cache",
		0, args{ArgPage}, "filemap_fault (mm/filemap.c)", "mm_filemap_fault"},
	MappedAround: {"map-pages", "the cached pages from A to B are looked through and mapped",
		0, args{ArgPage, ArgPage}, "filemap_map_pages (mm/filemap.c)", "mm_filemap_map_pages"},
	WriteFault: {"write-fault", "a store to A, which is mapped read-only",
		60, args{ArgAddr, ArgFrame}, "do_wp_page (mm/memory.c)", ""},
	CowReused: {"cow-reuse", "frame B belongs to A alone: A may write to it without a copy",
		40, args{ArgAddr, ArgFrame}, "wp_page_reuse (mm/memory.c)", ""},
	CowBroken: {"cow", "A gets a copy of frame B of its own, frame C",
		400, args{ArgAddr, ArgFrame, ArgFrame}, "wp_page_copy (mm/memory.c)", ""},
	MkWrite: {"page-mkwrite", "the file system learns that page B is going to be dirty",
		1650, args{ArgAddr, ArgPage}, "do_page_mkwrite (mm/memory.c)", ""},
	GuardHit: {"guard-hit", "A lies in a guard region",
		20, args{ArgAddr}, "handle_pte_marker (mm/memory.c)", ""},
	HugeLost: {"huge-page-lost", "the area of A lost a huge page to the process that had reserved it",
		20, args{ArgAddr}, "hugetlb_no_page (mm/hugetlb.c)", ""},
	SwapCacheLook: {"swap-cache", "the swap cache is looked at for entry B of A",
		50, args{ArgAddr, ArgSwap}, "swap_cache_get_folio (mm/swap_state.c)", ""},
	SwapIn: {"swap-in", "entry B is read from the swap area into frame C",
		300, args{ArgAddr, ArgSwap, ArgFrame}, "swapin_readahead (mm/swap_state.c)", ""},
	SwapOut: {"swap-out", "frame B is written to swap entry C",
		400, args{ArgAddr, ArgFrame, ArgSwap}, "shrink_folio_list (mm/vmscan.c)", ""},
	FrameAllocated: {"frame-alloc", "frame A is taken",
		120, args{ArgFrame}, "__alloc_pages (mm/page_alloc.c)", "mm_page_alloc"},
	FrameLocked: {"mlock", "frame A is locked: it may not leave memory",
		30, args{ArgFrame}, "mlock_folio (mm/mlock.c)", ""},
	FrameUnlocked: {"munlock", "frame A is not locked by this area any more",
		30, args{ArgFrame}, "munlock_folio (mm/mlock.c)", ""},
	CacheHit: {"cache-hit", "page A of the file is in the page cache",
		25, args{ArgPage, ArgFrame, ArgInode}, "filemap_get_entry (mm/filemap.c)", ""},
	CacheMiss: {"cache-miss", "page A of the file is not in the page cache",
		25, args{ArgPage, ArgFrame, ArgInode}, "filemap_get_folio (include/linux/pagemap.h)", ""},
	CacheAdded: {"cache-add", "page A of the file goes into the page cache as frame B",
		90, args{ArgPage, ArgFrame, ArgInode}, "__filemap_add_folio (mm/filemap.c)", "mm_filemap_add_to_page_cache"},
	CacheRemoved: {"cache-remove", "page A of the file leaves the page cache",
		90, args{ArgPage, ArgFrame, ArgInode}, "__filemap_remove_folio (mm/filemap.c)",
		"mm_filemap_delete_from_page_cache"},
	ReadaheadPlanned: {"readahead", "pages A to A+B are read ahead, the mark at page C",
		120, args{ArgPage, ArgNumber, ArgPage}, "page_cache_ra_order (mm/readahead.c)", "page_cache_ra_order"},
	PageDirtied: {"dirty", "page A of the file is dirty now",
		60, args{ArgPage, ArgFrame, ArgInode}, "folio_mark_dirty (mm/page-writeback.c)", "writeback_dirty_folio"},
	WritebackStarted: {"writeback", "page A of the file is being written back",
		900, args{ArgPage, ArgFrame, ArgInode}, "folio_start_writeback (include/linux/page-flags.h)",
		"folio_wait_writeback"},
	WritebackEnded: {"writeback-end", "page A of the file is clean",
		60, args{ArgPage, ArgFrame, ArgInode}, "folio_end_writeback (mm/filemap.c)", ""},
	PageCleaned: {"clean", "page A of the file is write-protected in B entries, so that the next store is seen",
		80, args{ArgPage, ArgNumber, ArgInode}, "folio_mkclean (mm/rmap.c)", ""},
	FlusherRan: {"flusher", "the flusher looks at A dirty files with B dirty pages",
		500, args{}, "wb_workfn (fs/fs-writeback.c)", "writeback_start"},
	PageTruncated: {"truncate-page", "page A is cut off the file",
		80, args{ArgPage, ArgFrame, ArgInode}, "truncate_inode_folio (mm/truncate.c)", ""},
	Unmapped: {"unmap", "page A is taken out of B page tables",
		100, args{ArgPage}, "unmap_mapping_range (mm/memory.c)", ""},
	IoSubmitted: {"io-submit", "the device is given a request: block A, B blocks, direction C",
		900, args{ArgBlock, ArgNumber, ArgDirection}, "submit_bio (block/blk-core.c)", "block_rq_issue"},
	IoCompleted: {"io-complete", "the device has done block A, B blocks",
		600, args{ArgBlock, ArgNumber, ArgDirection}, "bio_endio (block/bio.c)", "block_rq_complete"},
	CopyToUser: {"copy-to-user", "bytes go from frame A to the user's address B",
		0, args{ArgFrame, ArgAddr}, "copy_folio_to_iter (lib/iov_iter.c)", ""},
	CopyFromUser: {"copy-from-user", "bytes go from the user's address A to frame B",
		0, args{ArgAddr, ArgFrame}, "copy_folio_from_iter_atomic (lib/iov_iter.c)", ""},
	CopyKernel: {"copy-in-kernel", "bytes go from frame A to frame B without leaving the kernel",
		0, args{ArgFrame, ArgFrame}, "copy_folio_from_iter_atomic (lib/iov_iter.c)", ""},
	CopyCow: {"copy-cow", "a page is copied from frame A to frame B",
		0, args{ArgFrame, ArgFrame}, "copy_user_highpage (include/linux/highmem.h)", ""},
	CopyZero: {"zero", "frame A is filled with zeros",
		0, args{ArgFrame, ArgAddr}, "clear_user_highpage (include/linux/highmem.h)", ""},
	DMAIn: {"dma-in", "the device writes block A into frame B",
		0, args{ArgBlock, ArgFrame}, "none; the device", ""},
	DMAOut: {"dma-out", "the device reads frame A into block B",
		0, args{ArgFrame, ArgBlock}, "none; the device", ""},
	ProcessForked: {"fork", "process A is born",
		30000, args{ArgPID}, "copy_process (kernel/fork.c)", "sched_process_fork"},
	ProcessExited: {"exit", "process A ends",
		20000, args{ArgPID}, "do_exit (kernel/exit.c)", "sched_process_exit"},
	StatementDone: {"statement", "statement A of the program is done",
		0, args{}, "none", ""},
	MergeRefused: {"no-merge", "the range A-B stays apart from its neighbour",
		0, args{ArgAddr, ArgAddr}, "can_vma_merge_before (mm/vma.c)", ""},
	HintTaken: {"hint-taken", "the hint A is not taken",
		0, args{ArgAddr}, "arch_get_unmapped_area_topdown (arch/x86/kernel/sys_x86_64.c)", ""},
	Placed: {"placed", "the range goes to A",
		0, args{ArgAddr}, "__get_unmapped_area (mm/mmap.c)", ""},
	WritebackFailed: {"write-fail", "page A of the file is lost: B",
		0, args{ArgPage, ArgErrno, ArgInode}, "__filemap_set_wb_err (mm/filemap.c)", ""},
	PageKept: {"keep", "page A of the file stays in memory",
		0, args{ArgPage, ArgFrame, ArgInode}, "mapping_evict_folio (mm/truncate.c)", ""},
	EntryKept: {"keep-page", "the page of A stays in memory",
		0, args{ArgAddr, ArgFrame}, "shrink_folio_list (mm/vmscan.c)", ""},
	LazyFreed: {"lazy-free", "the page of A may be dropped",
		0, args{ArgAddr, ArgFrame}, "folio_mark_lazyfree (mm/swap.c)", ""},
	LazyDropped: {"lazy-drop", "the page of A is dropped",
		0, args{ArgAddr, ArgFrame}, "shrink_folio_list (mm/vmscan.c)", ""},
	ReclaimStarted: {"reclaim", "A pages are to be freed before the program goes on",
		2000, args{}, "do_try_to_free_pages (mm/vmscan.c)", "mm_vmscan_direct_reclaim_begin"},
	ReclaimEnded: {"reclaim-end", "A pages were freed",
		0, args{}, "do_try_to_free_pages (mm/vmscan.c)", "mm_vmscan_direct_reclaim_end"},
	KswapdRan: {"kswapd", "kswapd runs, since only A pages are free: it goes on until more than B are",
		2000, args{}, "balance_pgdat (mm/vmscan.c)", "mm_vmscan_kswapd_wake"},
	PageEvicted: {"evict", "page A of the file is evicted: frame B is free",
		150, args{ArgPage, ArgFrame, ArgInode}, "shrink_folio_list (mm/vmscan.c)", ""},
	PageSwapped: {"evict-anon", "frame A is free; its page is at swap entry B",
		150, args{ArgFrame, ArgSwap}, "shrink_folio_list (mm/vmscan.c)", ""},
	Refaulted: {"refault", "a page that reclaim took comes back; A others were used or taken since",
		50, args{}, "workingset_refault (mm/workingset.c)", ""},
	Killed: {"oom", "no memory can be freed: the OOM killer ends process A, which has B pages",
		100000, args{ArgPID}, "oom_kill_process (mm/oom_kill.c)", "mark_victim"},
	Throttled: {"throttle", "too much is dirty, B pages of C: the process waits A milliseconds",
		0, args{}, "balance_dirty_pages (mm/page-writeback.c)", "balance_dirty_pages"},
	HighDelayed: {"high-delay", "the control group has B pages, memory.high is C: the process waits A milliseconds",
		0, args{}, "__mem_cgroup_handle_over_high (mm/memcontrol.c)", ""},
	Userfault: {"userfault", "the program has to repair the fault at A itself, by its userfaultfd",
		60, args{ArgAddr, ArgAreaFlags}, "handle_userfault (fs/userfaultfd.c)", ""},
}

// Info is the kind's row in the table.
func (k Kind) Info() Info { return table[k] }

// String is the kind's name.
func (k Kind) String() string { return table[k].Name }

// KindNames are the names of all kinds, in the table's order.
func KindNames() []string {
	names := make([]string, NumKinds)
	for k := range NumKinds {
		names[k] = k.String()
	}
	return names
}

// Function is the function of Linux that takes the step, without its file.
func (k Kind) Function() string {
	name, _, _ := strings.Cut(table[k].Linux, " ")
	return name
}

// KindNamed is the kind of that name.
func KindNamed(name string) (Kind, bool) {
	for k, i := range table {
		if i.Name == name {
			return Kind(k), true
		}
	}
	return 0, false
}
