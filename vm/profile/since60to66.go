package profile

// since60to66 are the rules that came with 6.0 to 6.6. What changed in these releases, by theme, and why:
//
//	areas         6.1 keeps them in a maple tree instead of a red-black tree and a list. What a program sees of that
//	              are the edges: how brk shrinks and where the heap begins, which neighbour mmap joins first, and
//	              how the search for a gap passes a stack's guard.
//	counters      RSS is counted per processor from 6.2 on, and no longer per task and late.
//	write         mprotect makes pages writable at once where no other process has them (6.0), as does the end of a
//	protection    userfaultfd's protection (6.2): the fault of the next store is saved.
//	fork          Shared huge pages are left to the child's first fault (6.0), as small pages of files always were.
//	use           A page of an area that is read at random does not count as used (6.3).
//	userfaultfd   It protects pages that do not exist yet, and ranges of several areas (6.4), and makes pages
//	              unusable, as if their memory had failed (6.6).
//	splice        Pages go into a socket by a message instead of one at a time (6.5).
//	security      Memory that is writable and executable can be ruled out, and memfds that can be executed (6.3).
//	new calls     cachestat (6.5), MADV_COLLAPSE (6.1), PR_SET_MEMORY_MERGE (6.4).
var since60to66 = map[Rule]Change{
	DirtyFaultsEnd: {
		Name: "a store to a shared page is one fault", Since: Release{6, 0, 0},
		By: "mm: avoid unnecessary page fault retires on shared memory types",
		Says: "The first store to a page of a file counts as a minor fault. Before, the fault begins again when " +
			"the page is dirty, " +
			"and counts as a major one.",
		Example: "p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS, -1, 0)\n*p = 1\n",
		Shows:   "faults",
	},
	MergesGrown: {
		Name: "mremap merges an area that grows", Since: Release{6, 0, 0},
		By: "mm: add merging after mremap resize",
		Says: "An area that mremap makes longer in place becomes one with the area behind it, where the two would " +
			"merge. Before, they stay apart.",
		Example: "p = mmap(NULL, 3*PAGE, PROT_READ, MAP_SHARED|MAP_ANONYMOUS, -1, 0)\n" +
			"munmap(p + PAGE, PAGE)\nmremap(p, PAGE, 2*PAGE, 0)\n",
	},
	SeekableSent: {
		Name: "sendfile of nothing from a device", Since: Release{6, 0, 0},
		By: "fs: check FMODE_LSEEK to control internal pipe splicing",
		Says: "sendfile of no bytes from a device that can be sought in is 0. Before, it is EINVAL for what is no " +
			"regular file.",
		Example: "zero = open(\"/dev/zero\", O_RDONLY)\nfd = memfd_create(\"m\", 0)\nsendfile(fd, zero, NULL, 0)\n",
	},
	HugeForksLazily: {
		Name: "fork leaves shared huge pages to the first fault", Since: Release{6, 0, 0},
		By: "hugetlb: lazy page table copies in fork()",
		Says: "The entries of shared huge pages, and of private ones that only show a file, are not copied at a " +
			"fork: the child faults. Before, it has them at once.",
		Example: ".sysctl vm.nr_hugepages=1\n" +
			"p = mmap(NULL, 2M, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS|MAP_HUGETLB, -1, 0)\n*p = 1\n" +
			"fork()\n[2] *p\n",
		Shows: "faults",
	},
	UserfaultsSeek: {
		Name: "lseek of a userfaultfd", Since: Release{6, 0, 0},
		By:      "fs: clear or set FMODE_LSEEK based on llseek function",
		Says:    "lseek of a userfaultfd is 0 and does nothing. Before: ESPIPE.",
		Example: "userfaultfd(UFFD_USER_MODE_ONLY)\nlseek(3, 0, SEEK_SET)\n",
	},
	UnregisterAllows: {
		Name: "UFFDIO_UNREGISTER takes back the write protection", Since: Release{6, 0, 0},
		By: "mm/uffd: reset write protection when unregister with wp-mode",
		Says: "A page that UFFDIO_WRITEPROTECT protects may be stored to after UFFDIO_UNREGISTER, also where a " +
			"userfaultfd takes its memory again. Before, it is protected as soon as one does.",
		Example: "p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n*p = 1\n" +
			"userfaultfd(UFFD_USER_MODE_ONLY)\nioctl(3, UFFDIO_API, {api=0xaa, features=UFFD_FEATURE_SIGBUS})\n" +
			"ioctl(3, UFFDIO_REGISTER, {range={start=p, len=PAGE}, mode=UFFDIO_REGISTER_MODE_WP})\n" +
			"ioctl(3, UFFDIO_WRITEPROTECT, {range={start=p, len=PAGE}, mode=UFFDIO_WRITEPROTECT_MODE_WP})\n" +
			"ioctl(3, UFFDIO_UNREGISTER, {start=p, len=PAGE})\n" +
			"ioctl(3, UFFDIO_REGISTER, {range={start=p, len=PAGE}, mode=UFFDIO_REGISTER_MODE_WP})\n*p = 2\n",
	},
	ProtectUpgrades: {
		Name: "mprotect gives write permission to pages", Since: Release{6, 0, 0},
		By: "mm/mprotect: try avoiding write faults for exclusive anonymous pages when changing protection",
		Says: "mprotect that allows writing makes the pages writable that are the process's alone. Before, the " +
			"next store to " +
			"each is a fault.",
		Example: "p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n*p = 1\n" +
			"mprotect(p, PAGE, PROT_READ)\nmprotect(p, PAGE, PROT_READ|PROT_WRITE)\n*p = 2\n",
		Shows: "faults",
	},
	DirtyLine: {
		Name: "the share of dirty pages in smaps", Since: Release{6, 0, 0},
		By:      "mm: Add PSS_DIRTY field to smaps",
		Says:    "smaps has a line Pss_Dirty for each area. Before, it has none.",
		Example: "munlockall()\n",
		Shows:   "smaps",
	},
	LastThreadsCode: {
		Name: "the last thread's code is the process's", Since: Release{6, 0, 0},
		By: "signal: Guarantee that SIGNAL_GROUP_EXIT is set on process exit",
		Says: "wait4 gives the code of the thread that ended last, where no exit_group has ended the process. " +
			"Before, it gives that of the first thread.",
		Example: "fork()\n" +
			"[2] clone(CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD, NULL, NULL, NULL, NULL)\n" +
			"[2] exit(2)\n[3] exit(0)\n[1] wait4(-1, scratch, 0, NULL)\n",
	},
	CollapseAdvice: {
		Name: "MADV_COLLAPSE", Since: Release{6, 1, 0},
		By: "mm/madvise: introduce MADV_COLLAPSE sync hugepage collapse",
		Says: "The advice makes huge pages of a range at once, and answers whether it could. Before, it is " +
			"unknown: EINVAL.",
		Example: "madvise(PAGE, PAGE, MADV_COLLAPSE)\n",
	},
	DevicesWithoutWait: {
		Name: "RWF_NOWAIT of /dev/null and /dev/zero", Since: Release{6, 1, 0},
		By: "drivers/char/mem: FMODE_NOWAIT of null and zero; measured on 5.10 and 6.1",
		Says: "preadv2 and pwritev2 take RWF_NOWAIT for /dev/null and /dev/zero, as for a file on ext4. Before: " +
			"EOPNOTSUPP.",
		Example: "null = open(\"/dev/null\", O_RDONLY)\n" +
			"preadv2(null, [{iov_base=scratch, iov_len=1}], 1, 0, 0, RWF_NOWAIT)\n",
	},
	HeapShrinksAreas: {
		Name: "brk shrinks what is mapped", Since: Release{6, 1, 0},
		By: "mm/mmap: change do_brk_flags() to expand existing VMA and add do_brk_munmap()",
		Says: "Where nothing is mapped between the new end of the heap and the old one, brk leaves the end where it " +
			"is. Before, the end moves.",
		Example: "brk(0x508000)\nmunmap(0x504000, 16*PAGE)\nbrk(0x506000)\n",
	},
	HeapOwnArea: {
		Name: "the heap is an area of its own", Since: Release{6, 1, 0},
		By: "mm/mmap: change do_brk_flags() to expand existing VMA and add do_brk_munmap()",
		Says: "The first brk of a program makes an area. Before, it extends the area of the program's zeroed data " +
			"where that ends " +
			"at the heap's start.",
		Example: "brk(0x504000)\n",
	},
	GuardHidesGaps: {
		Name: "what lies within a stack's guard gap gets no neighbours", Since: Release{6, 1, 0},
		By: "mm/mmap: use the maple tree for finding a gap in the address space",
		Says: "A place that a stack's guard gap rules out makes the search go on below that gap. Before, it goes " +
			"on with the next " +
			"lower place, which may lie within the guard gap where other areas are in between.",
		Example: "p = mmap(NULL, 16*PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"munmap(p + 4*PAGE, PAGE)\n" +
			"mmap(p + 8*PAGE, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_GROWSDOWN|MAP_FIXED, -1, 0)\n" +
			"munmap(p + 7*PAGE, PAGE)\nmmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n",
	},
	JoinsAbove: {
		Name: "mmap joins the area above first", Since: Release{6, 1, 0}, Until: Release{6, 12, 0},
		By: "mm/mmap: use the maple tree in mmap_region(), and mm: introduce vma_merge_new_range() at its end",
		Says: "Memory that fits to both neighbours, which do not fit to each other, becomes part of the upper one. " +
			"Before and since, " +
			"of the lower one.",
		Example: "p = mmap(NULL, 3*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"munmap(p + PAGE, PAGE)\n" +
			"*p = 1\np[2*PAGE] = 1\n" +
			"mmap(p + PAGE, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)\n",
		Shows: "maps",
	},
	ClearsBlocks: {
		Name: "/dev/zero clears a block to the last byte", Since: Release{6, 1, 0},
		By: "x86/clear_user: Make it faster",
		Says: "A read of 64 bytes and more of /dev/zero, into memory of which a part cannot be stored to, gives all " +
			"bytes before that, unless the processor lacks erms (.machine erms=off). Before, it stores words of 8 " +
			"bytes, and none of which a part fails.",
		Example: "zero = open(\"/dev/zero\", O_RDONLY)\np = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, " +
			"MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nread(zero, p + PAGE - 77, 80)\n",
	},
	ResolvedWritable: {
		Name: "UFFDIO_WRITEPROTECT makes pages writable again", Since: Release{6, 2, 0},
		By: "mm/userfaultfd: rely on vma->vm_page_prot in uffd_wp_range()",
		Says: "A private page whose write protection a program takes back may be stored to at once. Before, the next " +
			"store faults, and a store to shared memory does not; and write protection keeps loads too from an area " +
			"with PROT_WRITE alone: the next one is a fault.",
		Example: "p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n*p = 1\n" +
			"u = userfaultfd(UFFD_USER_MODE_ONLY)\nioctl(u, UFFDIO_API, {api=0xaa, features=0})\n" +
			"ioctl(u, UFFDIO_REGISTER, {range={start=p, len=PAGE}, mode=UFFDIO_REGISTER_MODE_WP})\n" +
			"ioctl(u, UFFDIO_WRITEPROTECT, {range={start=p, len=PAGE}, mode=UFFDIO_WRITEPROTECT_MODE_WP})\n" +
			"ioctl(u, UFFDIO_WRITEPROTECT, {range={start=p, len=PAGE}, mode=0})\n*p = 2\n",
		Shows: "faults",
	},
	ProcessorsCount: {
		Name: "faults count at once what they bring", Since: Release{6, 2, 0},
		By: "mm: convert mm's rss stats into percpu_counter",
		Says: "status and statm have all pages that are resident. Before, they lack those that the process's faults " +
			"have brought, until it unmaps something or has 65 faults.",
		Example: "p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n*p = 1\n",
		Shows:   "smaps",
	},
	UseOnce: {
		Name: "pages that are used once", Since: Release{6, 3, 0},
		By: "mm: add vma_has_recency(), and mm: support POSIX_FADV_NOREUSE",
		Says: "That a page was used through a mapping does not count where the area is read at random, or its " +
			"file after POSIX_FADV_NOREUSE. " +
			"Before, POSIX_FADV_NOREUSE does nothing, and only areas that are read in order are " +
			"left out.",
		Example: ".machine fs=ext4\n.file /data/a 4096\nfd = open(\"/data/a\", O_RDWR)\n" +
			"p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)\nmadvise(p, PAGE, MADV_RANDOM)\n" +
			"*p\nmunmap(p, PAGE)\np = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0)\n*p\n",
		Shows: "kpageflags",
	},
	ExecutableMemfds: {
		Name: "memory files that may or may not be executed", Since: Release{6, 3, 0},
		By:      "mm/memfd: add MFD_NOEXEC_SEAL and MFD_EXEC",
		Says:    "memfd_create knows MFD_EXEC and MFD_NOEXEC_SEAL, and fcntl the seal F_SEAL_EXEC. Before: EINVAL.",
		Example: "memfd_create(\"m\", MFD_EXEC)\n",
	},
	DenyExecOption: {
		Name: "PR_SET_MDWE", Since: Release{6, 3, 0},
		By: "mm: implement memory-deny-write-execute as a prctl",
		Says: "prctl can forbid a process to get memory that is writable and executable. Before, the option is " +
			"unknown: EINVAL.",
		Example: "prctl(PR_GET_MDWE, 0, 0, 0, 0)\n",
	},
	TellsRseq: {
		Name: "a program learns how long struct rseq is", Since: Release{6, 3, 0},
		By: "rseq: Introduce feature size and alignment ELF auxiliary vector entries",
		Says: "The auxiliary vector that execve puts on the new stack has entries AT_RSEQ_FEATURE_SIZE and " +
			"AT_RSEQ_ALIGN. Before, it has neither.",
		Example: ".file /prog/a 12288 elf=static\nfd = memfd_create(\"m\", 0)\n" +
			"execve(\"/prog/a\", [\"a\"], [\"b\"])\npwrite64(fd, 0x7fffffffee30, 8, 0)\npread64(fd, scratch, 8, 0)\n",
	},
	HugeFoundAnywhere: {
		Name: "a huge page of a file is found behind its end", Since: Release{6, 1, 0},
		By: "hugetlb: handle truncate racing with page faults",
		Says: "A fault on a page of a pool that the page cache has maps it, also where the file's size ends within " +
			"the page. Before: SIGBUS.",
		Example: ".sysctl vm.nr_hugepages=2\nfd = memfd_create(\"h\", MFD_HUGETLB)\n" +
			"p = mmap(NULL, 2M, PROT_READ, MAP_PRIVATE, fd, 0)\nfallocate(fd, 0, 0, 4096)\n*p\n",
	},
	NoCreateDirectory: {
		Name: "O_CREAT with O_DIRECTORY", Since: Release{6, 4, 0}, Backports: []Release{{6, 1, 192}},
		By: "open: return EINVAL for O_DIRECTORY | O_CREAT",
		Says: "The two flags together are EINVAL. Before, the file is made, and then the call is refused since it " +
			"is no " +
			"directory: ENOTDIR.",
		Example: "open(\"/data/a\", O_RDWR|O_CREAT|O_DIRECTORY, 0644)\nopen(\"/data/a\", O_RDONLY)\n",
	},
	SealsCut: {
		Name: "F_ADD_SEALS takes 32 bits", Since: Release{6, 4, 0},
		By: "memfd: pass the argument of memfd_fcntl as int",
		Says: "The upper half of F_ADD_SEALS's argument is left out. Before, any bit of it is EINVAL, also where the " +
			"file is not open for writing.",
		Example: "fd = memfd_create(\"m\", MFD_ALLOW_SEALING)\nfcntl(fd, F_ADD_SEALS, 0x100000000)\n",
	},
	BufferCut: {
		Name: "a single buffer is cut before it is checked", Since: Release{6, 4, 0},
		By: "iov_iter: import single vector iovecs as ITER_UBUF",
		Says: "A call with one buffer that is longer than a call moves takes the first 2 GiB of it. Before, it is " +
			"EFAULT where the whole would reach beyond the address space, as with several buffers.",
		Example: "fd = memfd_create(\"m\", 0)\n" +
			"pwritev2(fd, [{iov_base=scratch, iov_len=0x7fffffffffffffff}], 1, 0, 0, 0x1000)\n",
	},
	MemoryMergeOption: {
		Name: "PR_SET_MEMORY_MERGE", Since: Release{6, 4, 0},
		By:      "mm: add new api to enable ksm per process",
		Says:    "prctl can make all of a process's memory mergeable. Before, the option is unknown: EINVAL.",
		Example: "prctl(PR_GET_MEMORY_MERGE, 0, 0, 0, 0)\n",
	},
	UnpopulatedWrites: {
		Name: "UFFD_FEATURE_WP_UNPOPULATED", Since: Release{6, 4, 0},
		By: "mm/uffd: UFFD_FEATURE_WP_UNPOPULATED",
		Says: "UFFDIO_WRITEPROTECT may reach anonymous pages that were never touched. Before, they stay as they " +
			"are.",
		Example: "userfaultfd(UFFD_USER_MODE_ONLY)\n" +
			"ioctl(3, UFFDIO_API, {api=0xaa, features=UFFD_FEATURE_WP_UNPOPULATED})\n",
	},
	ProtectsAcrossAreas: {
		Name: "UFFDIO_WRITEPROTECT of several areas", Since: Release{6, 4, 0},
		By: "mm/userfaultfd: support WP on multiple VMAs",
		Says: "UFFDIO_WRITEPROTECT takes a range of several areas, also one that begins or ends where nothing is " +
			"mapped. Before, that is ENOENT.",
		Example: "p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"u = userfaultfd(UFFD_USER_MODE_ONLY)\nioctl(u, UFFDIO_API, {api=0xaa, features=0})\n" +
			"ioctl(u, UFFDIO_REGISTER, {range={start=p, len=PAGE}, mode=UFFDIO_REGISTER_MODE_WP})\n" +
			"ioctl(u, UFFDIO_WRITEPROTECT, {range={start=p - PAGE, len=2*PAGE}, " +
			"mode=UFFDIO_WRITEPROTECT_MODE_WP})\n",
	},
	MergesRegistered: {
		Name: "what a userfaultfd registers merges with what lies above", Since: Release{6, 4, 0},
		By: "mm/uffd: allow vma to merge as much as possible",
		Says: "A range that UFFDIO_REGISTER or UFFDIO_UNREGISTER takes from the middle of an area to its end becomes " +
			"part of the area above where that fits. Before, it stays an area of its own.",
		Example: "p = mmap(NULL, 3*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"u = userfaultfd(UFFD_USER_MODE_ONLY)\nioctl(u, UFFDIO_API, {api=0xaa, features=0})\n" +
			"ioctl(u, UFFDIO_REGISTER, {range={start=p, len=2*PAGE}, mode=UFFDIO_REGISTER_MODE_MISSING})\n" +
			"ioctl(u, UFFDIO_UNREGISTER, {start=p + PAGE, len=PAGE})\n",
		Shows: "maps",
	},
	CacheStatistics: {
		Name: "cachestat", Since: Release{6, 5, 0},
		By:      "cachestat: implement cachestat syscall",
		Says:    "cachestat counts the pages of a file in the page cache. Before, the call does not exist: ENOSYS.",
		Example: "fd = open(\"/data/a\", O_RDWR|O_CREAT, 0644)\ncachestat(fd, {off=0, len=0}, scratch, 0)\n",
	},
	OnFaultName: {
		Name: "memory that is locked on fault has a name in smaps", Since: Release{6, 6, 0},
		By:      "fs/proc/task_mmu: the flag lf",
		Says:    "An area locked with MLOCK_ONFAULT has the flag lf in smaps. Before, the flag is shown as ??.",
		Example: "p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nmlock2(p, PAGE, MLOCK_ONFAULT)\n",
		Shows:   "smaps",
	},
	PoisonedPages: {
		Name: "UFFDIO_POISON", Since: Release{6, 6, 0},
		By:   "mm: userfaultfd: add new UFFDIO_POISON ioctl",
		Says: "A program may make a page unusable, as if its memory had failed. Before, the request is unknown.",
		Example: "userfaultfd(UFFD_USER_MODE_ONLY)\n" +
			"ioctl(3, UFFDIO_API, {api=0xaa, features=UFFD_FEATURE_POISON})\n",
	},
	SourceChecked: {
		Name: "UFFDIO_COPY checks where it copies from", Since: Release{6, 6, 0},
		By: "mm: userfaultfd: check for start + len overflow in validate_range",
		Says: "The source of UFFDIO_COPY has to lie in the program's half of the address space, above " +
			"vm.mmap_min_addr until 7.1: EINVAL. Before, it is EFAULT where nothing can be read.",
		Example: "p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"userfaultfd(UFFD_USER_MODE_ONLY)\nioctl(3, UFFDIO_API, {api=0xaa})\n" +
			"ioctl(3, UFFDIO_REGISTER, {range={start=p, len=PAGE}, mode=UFFDIO_REGISTER_MODE_MISSING})\n" +
			"ioctl(3, UFFDIO_COPY, {dst=p, src=0x7fffffffffff, len=PAGE, mode=0})\n",
	},
	HugeColumn: {
		Name: "THPeligible is in the column of the other numbers", Since: Release{6, 6, 0},
		By: "fs/proc/task_mmu: the width of THPeligible",
		Says: "The number of smaps' line THPeligible ends where the sizes do. Before, it follows the name after " +
			"four blanks.",
		Example: "munlockall()\n",
		Shows:   "smaps",
	},
	PipesWithoutWait: {
		Name: "RWF_NOWAIT of pipes and sockets", Since: Release{6, 4, 0},
		By: "pipe: set FMODE_NOWAIT on pipes; net: set FMODE_NOWAIT for sockets",
		Says: "preadv2 and pwritev2 take RWF_NOWAIT for a socket, and for a pipe that no splice has used. Before: " +
			"EOPNOTSUPP.",
		Example: "pipe2([3, 4], 0)\npwritev2(4, [{iov_base=\"xy\", iov_len=2}], 1, -1, -1, RWF_NOWAIT)\n",
	},
	ClearsBytes: {
		Name: "/dev/zero clears to the last byte", Since: Release{6, 4, 0},
		By: "x86: improve on the non-rep 'clear_user' function",
		Says: "A read of less than 64 bytes of /dev/zero, into memory of which a part cannot be stored to, gives all " +
			"bytes before that. Before, it stores words of 8 bytes, and none of which a part fails.",
		Example: "zero = open(\"/dev/zero\", O_RDONLY)\np = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, " +
			"MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nread(zero, p + PAGE - 13, 16)\n",
	},
	ChecksFirstByte: {
		Name: "only the first byte of a structure is checked", Since: Release{6, 4, 0},
		By: "x86-64: make access_ok() independent of LAM",
		Says: "waitid takes a siginfo_t that begins in the program's half of the address space, and stores as much " +
			"of it as lies there. Before, all of its 128 bytes have to.",
		Example: "waitid(P_ALL, 0, 0x7fffffffefc0, WEXITED|WNOHANG, NULL)\n",
	},
	NothingSpliced: {
		Name: "sendfile of nothing to a pipe", Since: Release{6, 5, 0},
		By: "splice: make do_splice_to() generic and export it",
		Says: "sendfile of no bytes to a pipe is 0 whatever the file is. Before, it is EINVAL where the file gives " +
			"no pages.",
		Example: "pipe2([3, 4], 0)\npipe2([5, 6], 0)\nsendfile(6, 3, NULL, 0)\n",
	},
	SplicedMessages: {
		Name: "a splice to a socket makes a message", Since: Release{6, 5, 0},
		By: "splice, net: Replace sendpage with sendmsg(MSG_SPLICE_PAGES)",
		Says: "The pages of a splice or a sendfile go into a message of their own, which counts for its head too. " +
			"Before, they are added to the newest message that waits, as long as that has room for them.",
		Example: "socketpair(AF_UNIX, SOCK_STREAM, 0, [3, 4])\npipe2([5, 6], 0)\nwrite(6, \"ab\", 2)\n" +
			"write(3, \"c\", 1)\nsplice(5, NULL, 3, NULL, 2, 0)\nioctl(3, TIOCOUTQ, scratch)\n",
	},
	PinsGrowNothing: {
		Name: "a pin grows no stack", Since: Release{6, 5, 0}, Backports: []Release{{6, 1, 37}},
		By: "mm: always expand the stack with the mmap write lock held, and gup: do not grow the stack",
		Says: "vmsplice and transfers with O_DIRECT of addresses below a stack are EFAULT. Before, the stack grows, " +
			"as for a load or a store.",
		Example: "pipe2([3, 4], 0)\nvmsplice(4, [{iov_base=0x7ffffffd0000, iov_len=1}], 1, 0)\n",
	},
	DirectInMemory: {
		Name: "O_DIRECT in memory", Since: Release{6, 6, 0},
		By:      "tmpfs: trivial support for direct IO",
		Says:    "Files in memory may be opened with O_DIRECT. Before: EINVAL.",
		Example: "open(\"/data/a\", O_RDWR|O_CREAT|O_DIRECT, 0644)\n",
	},
	HugePinsCount: {
		Name: "populating huge pages counts as faults", Since: Release{6, 6, 0},
		By: "mm/gup: retire follow_hugetlb_page()",
		Says: "A huge page that mlock, MAP_POPULATE or MADV_POPULATE_READ brings counts as a minor fault. Before, it " +
			"counts as none.",
		Example: ".sysctl vm.nr_hugepages=1\n" +
			"mmap(NULL, 2M, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB|MAP_POPULATE, -1, 0)\n",
		Shows: "faults",
	},
}
