package difftest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"vmsim/syscalls"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
)

// Rule is an entry of the list of differences: something in which the model does not answer as Linux does, on purpose.
type Rule struct {
	Name    string    // a few words
	Kernel  string    // what Linux does, and by which rule of its own
	Model   string    // what the model does
	Why     string    // why the model keeps away from it
	Example string    // a program that shows the difference: the suite runs it, and fails where the rule is not needed
	Kinds   run.Kinds // what has to be compared to see it; 0 for Observed
	Ends    bool      // what follows in the program means nothing any more
	Matches func(d Difference) bool
}

// Rules is the list of differences. It is what docs/differences.md prints.
var Rules = []Rule{
	{
		Name: "huge pages",
		Kernel: "Where transparent huge pages are on for advised memory, the first touch of an aligned 2 MiB range " +
			"that was advised " +
			"MADV_HUGEPAGE makes one page of 2 MiB: one fault, and all 512 neighbours are there " +
			"(do_huge_pmd_anonymous_page, " +
			"mm/huge_memory.c). MADV_COLLAPSE makes such a page of small ones (mm/khugepaged.c). Where they are " +
			"always on, PR_SET_THP_DISABLE with 0 has the same effect on all memory.",
		Model: "MADV_HUGEPAGE sets the area's flag and nothing more: every page is one of 4 KiB. MADV_COLLAPSE is " +
			"answered with EINVAL, " +
			"as where no range is suitable.",
		Why: "A second size of page would stand in every walk of a page table and in every count of faults, and the " +
			"chain from an " +
			"address to a page, which the model is there to show, is the same without it. No program asks for huge " +
			"pages unless it says so.",
		Example: "p = mmap(0x20000000, 4M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)\n" +
			"madvise(p, 4M, MADV_HUGEPAGE)\n" +
			"p[0] = 'x'\n" +
			"p[PAGE] = 'y'\n",
		Ends:    true,
		Matches: func(d Difference) bool { return d.Huge },
	},
	{
		Name: "where blocks lie",
		Kernel: "A block of 1 KiB is laid behind the file's last one where that place is free, also where the file " +
			"has a hole between " +
			"them: the two go to the disk as one request (ext4_ext_find_goal, fs/ext4/extents.c; ext4_mb_new_blocks, " +
			"fs/ext4/mballoc.c). Where that place is taken, a file is in more pieces; from the fifth on it has a " +
			"block for them, which st_blocks counts.",
		Model: "Each block of a page has its own quarter of a block of 4 KiB, so that a hole in the file is one on " +
			"the disk, and there are " +
			"two requests. They ask for as many sectors as the kernel's do. st_blocks may have one block of 1 KiB " +
			"more or less.",
		Why: "Where a file lies is the allocator's affair. That a page of a file is a page of the disk keeps the " +
			"chain from an address to a " +
			"block in sight.",
		Example: ".machine fs=ext4\n" +
			".file /data/a 5000 cold\n" +
			"openat(AT_FDCWD, \"/data/a\", O_RDWR)\n" +
			".file /data/b 40960\n" +
			"fd = openat(AT_FDCWD, \"/data/b\", O_RDWR)\n" +
			"ftruncate(fd, 1)\n" +
			"pwrite64(fd, pattern(31), 4096, 4096)\n" +
			"fsync(fd)\n",
		Kinds:   run.Results | run.IO,
		Matches: func(d Difference) bool { return d.Cut || extentsApart(d) },
	},
}

// NotCompared is what the comparison leaves out, since no two runs of one kernel agree on it either, or since it says
// nothing of memory.
var NotCompared = []string{
	"The numbers of physical frames, of devices and of inodes, and times of day.",
	"When the flusher writes and how long a process waits that dirties too much: both are matters of time, and knobs " +
		"of the whole machine decide them. The rules are Linux's (thresholds, timer, order, slices, the rate that a " +
		"process is given); rows that tracepoints of a 6.18.15 have told are held against them by tests. One disk " +
		"has all of the limit, and one writes in the flusher's place at once what it would begin to write: a control " +
		"group has no limit of its own for dirty pages, as with cgroup v1.",
	"The content of what the kernel fills itself: [vvar], [vdso], the initial stack, the program's own text and data.",
	"The flag by which someone looks which pages of the machine are idle, and whether the image that all programs " +
		"run was used.",
	"Referenced of [stack] and in smaps_rollup: a read of a process's command line, as by ps, uses a page of its " +
		"stack. The page may become active, and stays on its list beyond the end of the process, until the reader's " +
		"processor empties its batch. So nr_inactive_anon and nr_active_anon count where they repeat only.",
	"What smaps counts of [vdso] and [vvar] but for Rss, and smaps_rollup where a page of them is resident: every " +
		"process of the machine shares them.",
	"pagemap and kpageflags beyond the first 1,024 pages of an area: what smaps adds up covers them.",
	"Of /proc/vmstat, what no control group counts and everybody changes: of looks 3 ms apart on a busy machine with " +
		"two processors, " +
		"pgalloc_* and numa_* had changed in 81 of 100, pgfree and nr_free_pages in 40, nr_page_table_pages in 32, " +
		"nr_kernel_stack " +
		"in 9 (pgreuse, which is compared, in 11). Of the gauges each processor also keeps back up to some dozens " +
		"until " +
		"vm.stat_refresh asks it, which took 3 ms. Page tables are compared as VmPTE of each process; nr_mlock is " +
		"what " +
		"unevictable_pgs_mlocked has more than _munlocked, _cleared and _stranded.",
	"The counters of /proc/vmstat for programs with fs=ext4: what reads ahead and writes back is often not the " +
		"process itself.",
	"Runs of a program that another process disturbed: it dropped the caches (drop_pagecache in " +
		"/proc/vmstat), changed a setting of the machine (KSM, which merges pages of programs that ask for it " +
		"at any time; huge pages; swap), or memory was reclaimed, by kswapd, a process without a free page, " +
		"or DAMON (tracepoints of vmscan, where trace is compared). Both work on all of the machine's pages, " +
		"those in memory alone too: of these they clear no content, but take them off their list, make them " +
		"active, or mark them for reclaim, whereupon fault-around leaves them out (deactivate_file_folio, " +
		"mm/swap.c; shrink_folio_list, mm/vmscan.c; next_uptodate_folio, mm/filemap.c). Such a program is run " +
		"again, on new files, until nothing disturbs it; what is never so is counted as undecided.",
	"Runs of a program while something looked at which pages are used: DAMON takes some at random, twice " +
		"in a second here, of a program's 20,000 pages 33 to 59 in 1.2 s. Of such a page it clears the " +
		"accessed bits, so that the page does not count as used when it is unmapped, and meanwhile it holds " +
		"the page and locks a file's (damon_folio_mkold, mm/damon/ops-common.c). A program that differs is " +
		"run again until it does not, up to four times; the same difference twice in a row has another cause. " +
		"A thread kdamond that has gone to sleep since the program began tells of it; where it is at work as the " +
		"program differs, its end is waited for first: pages that it is about to page out are on no list " +
		"meanwhile, which the counters of the lists show (damon_pa_pageout, mm/damon/paddr.c).",
	"Runs of a program with fs=ext4 that something disturbed: a request that was done while the call that had asked " +
		"for it went on, or was not done when that call had waited for it (the loop device works on another " +
		"processor, the model's disk in turn with the program: nothing is done until a call waits, and then " +
		"everything), and another process's sync. What a read() or a fault finds filled decides where its batch of " +
		"pages ends, when the next window is asked for, and which neighbours fault-around maps: a fault more or less " +
		"in MAP_POPULATE of a cold file (filemap_get_read_batch, next_uptodate_folio, mm/filemap.c). Tracepoints " +
		"tell of each. Such a program is run again likewise. Where trace and io are not compared, a program that " +
		"differs is run again with the disk watched.",
	"nr_recently_evicted of cachestat: the length of the list of active pages, with which Linux compares the age of " +
		"an evicted page, is a statistic that is up to two seconds old (mem_cgroup_flush_stats_ratelimited, " +
		"mm/memcontrol.c).",
	"Of a control group with a limit (.machine memcg=): what is dirty or being written, since reclaim in " +
		"any group of the machine has the flusher write everything (wakeup_flusher_threads, " +
		"fs/fs-writeback.c). Which pages of a file are in memory where reclaim meets some that the disk is " +
		"still reading: it leaves those alone, and how many there are the disk and the scheduler decide. " +
		"Such a program is run nine times: one run that answers as the model does is enough, and where the " +
		"runs differ among themselves it is counted as undecided. " +
		"The group also pays for the heads of pages' buffers (folio_alloc_buffers, free_buffer_head, fs/buffer.c), " +
		"by a page at a time, and another group that uses the processor in between takes the rest of that page away " +
		"(refill_obj_stock, mm/memcontrol.c). Where the group was at its limit and the kernel has charged other " +
		"pages for heads than the model, the lists may differ from then on, so the first difference after that ends " +
		"the program, as undecided.",
	"Which pages of a group at its limit are swapped out that hold more than zeros: the device writes them while " +
		"reclaim goes on, and what it has not written yet stays, so that others go (pageout, mm/vmscan.c). The model " +
		"waits for each. Random programs with a swap area store zeros, of which nothing is written, ask mincore at " +
		"their end alone, and are compared page by page; what MADV_PAGEOUT takes is compared whatever its bytes are. " +
		"Where in the area a page lies is compared only of programs that have all areas to themselves, as files " +
		"(.file PATH SIZE swap, swapon): each processor fills a cluster of its own. How many pages are read around " +
		"one of shared memory depends on what every program of the machine has read (swapin_nr_pages, " +
		"mm/swap_state.c), so random programs with shared memory set vm.page-cluster=0.",
	"Fault counts of a statement that uses the harness's scratch memory.",
	"Moves of areas of huge pages while a child has them, and moves of a part of one: random programs do neither. " +
		"Where the pool has no page for a copy, Linux 6.18 takes the child's away at the address that the parent has " +
		"it at; a child that has it elsewhere keeps it, and the parent's store then loops in the kernel for good " +
		"(unmap_ref_private, mm/hugetlb.c), where the model answers with SIGBUS. Of a private area of which a part " +
		"was moved, Linux forgets what is reserved for the rest (clear_vma_resv_huge_pages), so that the pool has a " +
		"reservation too many until the machine starts anew.",
	"VmHWM on a machine with more than 16 processors: the kernel takes it from counters that lag by as many pages as " +
		"there are " +
		"processors, and 32 up to 16 of them (percpu_counter_batch, lib/percpu_counter.c).",
	"The same fault within the kernel a second time, in the tracepoints: a processor without ERMS or FSRM copies " +
		"words, and where one " +
		"faults for good, it copies the rest byte by byte up to the same fault (rep_movs_alternative, " +
		"arch/x86/lib/copy_user_64.S).",
	"The fault of the kernel's own look at the instructions of a program, in the tracepoints: where it logs a dump " +
		"of the stack within a call, it reads from 42 bytes ahead of the current instruction on and gives up where " +
		"nothing is (show_opcodes, arch/x86/kernel/dumpstack.c). It logs one at most once an hour, for the first " +
		"program that has another one's memory written to below an area that grows down (gup_vma_lookup, mm/gup.c), " +
		"and where the OOM killer comes.",
	"Tracepoints of files on other disks than the program's: sync() goes through the files of all of them, and what " +
		"others delete meanwhile leaves the page cache in its name (wait_sb_inodes, fs/fs-writeback.c; evict, " +
		"fs/inode.c).",
	"The fault of the processor's own instruction as it stores its registers in a signal frame, in the tracepoints: " +
		"page faults are disabled then, and the kernel clears the area and tries again (copy_fpstate_to_sigframe, " +
		"arch/x86/kernel/fpu/signal.c). Which byte the first fault names is up to the processor; the second is " +
		"compared.",
	"The bytes of a signal frame: registers, and what the processor makes of them. They are undetermined, as above.",
	"Random programs with handlers of signals on Linux before 6.0: the default tests leave these kinds out there; " +
		"vmsim fuzz and vmsim diff run them. On 5.10 three of 563 programs whose handlers make processes could " +
		"not be finished, not each time that they ran; why is not known yet. Without such handlers none was lost.",
}

// gathered are requests with neighbours of one direction taken together.
func gathered(requests []string) string {
	var b strings.Builder
	last, sum := "", 0
	for _, r := range append(slices.Clone(requests), "") {
		what, count, _ := strings.Cut(r, " +")
		n, _ := strconv.Atoi(count)
		if what != last {
			fmt.Fprintf(&b, "%s +%d; ", last, sum)
			last, sum = what, 0
		}
		sum += n
	}
	return b.String()
}

// extentsApart reports whether a file has a block for its extents on one side only. It has at least five blocks then.
func extentsApart(d Difference) bool {
	const sectors = 2 // of a block
	var want, got int
	both := strings.ReplaceAll(d.Want+" "+d.Got, "stx_", "st_") // statx tells it as stat does
	n, _ := fmt.Sscanf(both, "st_blocks=%d st_blocks=%d", &want, &got)
	return n == 2 && d.What == "stored" && (want-got == sectors || got-want == sectors) && min(want, got) >= 5*sectors
}

// explain is the rule for a difference, nil for none.
func explain(d Difference) *Rule {
	for i := range Rules {
		if Rules[i].Matches(d) {
			return &Rules[i]
		}
	}
	return nil
}

// The advice that asks for huge pages.
const (
	adviseHuge     = 14
	adviseCollapse = 25
)

// asksForHuge reports whether the statement has asked the kernel for huge pages, successfully. MADV_COLLAPSE goes
// through the areas of its range, and what it made of the first ones stays where the last one is refused.
// Linux: madvise_collapse (mm/khugepaged.c).
func (p *Pair) asksForHuge(res *run.Result) bool {
	if res.Taken {
		return false
	}
	if res.Nr == syscalls.SysPrctl && syscalls.Option(res.Args[0]) == syscalls.OptionSetThpDisable {
		return p.hugeAlways && res.Errno == 0 && res.Args[1] == 0 // processes start with them disabled
	}
	if res.Nr != syscalls.SysMadvise {
		return false
	}
	switch res.Args[2] {
	case adviseHuge:
		return res.Errno != syscall.EINVAL
	case adviseCollapse:
		return res.Errno != syscall.EINVAL || p.holdsHuge(res.PID, vm.Addr(res.Args[0]), res.Args[1])
	}
	return false
}

// holdsHuge reports whether an area of the process covers an aligned huge page within n bytes from start.
func (p *Pair) holdsHuge(pid int, start vm.Addr, n uint64) bool {
	c, ok := p.kernel.m.Process(pid)
	if !ok || start+vm.Addr(n) < start {
		return false
	}
	for line := range strings.Lines(c.Maps()) {
		if s, ok := parseSpan(line); ok {
			from := (max(s.start, start) + hugePage - 1) &^ (hugePage - 1)
			if from+hugePage <= min(s.end, start+vm.Addr(n)) {
				return true
			}
		}
	}
	return false
}

const hugePage vm.Addr = 2 << 20
