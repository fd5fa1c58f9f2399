package profile

// since511to519 are the rules that came with 5.11 to 5.19. What changed in these releases, by theme, and why:
//
//	userfaultfd   Until 5.10 it is a tool for virtual machines in anonymous memory. Then ordinary users may handle
//	              faults of their own instructions (5.11), it hears of pages that the page cache has and the page
//	              table has not (5.14), protects shared memory (5.19), and tells the very byte of an access (5.18).
//	huge pages    MADV_DONTNEED drops them (5.18); large mappings of files lie so that they could be used (5.18).
//	mremap        MREMAP_DONTUNMAP, which is for handing memory to a userfaultfd, also moves files (5.13).
//	advice        Pages can be faulted in by madvise (5.14), and for another process (5.13).
//	sendfile      It puts the file's own pages into a pipe, where it copied them before (5.12).
//	private pages 5.19 marks those that belong to one process alone, in the frame. Until then a store had to count
//	              references, and a pin could end with another page than the program had: PG_anon_exclusive ends both.
//	reads         A read looks up several pages at a time and copies afterwards (5.11). One that reaches the end of
//	              the file stops there, and a write takes what can be read of its buffer (5.16).
var since511to519 = map[Rule]Change{
	SpecialWhole: {
		Name: "areas of the kernel are indivisible", Since: Release{5, 11, 0},
		By: "mm: forbid splitting special mappings",
		Says: "A call that would split [vvar] or [vdso] is refused: EINVAL. Before, they are split as other " +
			"areas are, but mremap moves them in one piece.",
		Example: "munmap(0x7ffff7ffd000, PAGE)\n",
	},
	PlaceAsItReads: {
		Name: "a read remembers each page at once", Since: Release{5, 11, 0}, Until: Release{6, 5, 0},
		By: "mm/filemap.c: generic_file_buffered_read() now uses find_get_pages_contig, and mm/filemap.c: fix update " +
			"prev_pos after one read request done",
		Says: "Where a read misses a page after it has found others, readahead takes it for one that goes on from " +
			"them, and begins a window of its own. Before and since, it goes by where the last read ended.",
		Example: ".machine fs=ext4\n.file /data/a 12288 cold\nfd = open(\"/data/a\", O_RDWR)\n" +
			"pread64(fd, scratch, 1, 1)\nftruncate(fd, 10*PAGE)\npread64(fd, scratch, 5000, 2*PAGE)\n" +
			"p = mmap(NULL, 16*PAGE, PROT_READ, MAP_SHARED, fd, 0)\nmincore(p, 16*PAGE, scratch)\n",
	},
	UserModeOnly: {
		Name: "UFFD_USER_MODE_ONLY", Since: Release{5, 11, 0},
		By: "userfaultfd: add UFFD_USER_MODE_ONLY",
		Says: "An ordinary user may handle faults of its own instructions by a userfaultfd, and " +
			"vm.unprivileged_userfaultfd starts as 0. Before, the flag is unknown, EINVAL, and it starts as 1.",
		Example: "userfaultfd(UFFD_USER_MODE_ONLY)\n",
	},
	SendfileLends: {
		Name: "sendfile gives a pipe the pages of the file", Since: Release{5, 12, 0},
		By: "fs: teach sendfile(2) to handle send-to-pipe directly",
		Says: "sendfile to a pipe puts references to the file's pages into it, and a later write to the file shows " +
			"at the reader. Before, it copies.",
		Example: "fd = memfd_create(\"m\", 0)\npwrite64(fd, \"ab\", 2, 0)\npipe2([4, 5], 0)\n" +
			"sendfile(5, fd, [0], 2)\npwrite64(fd, \"cd\", 2, 0)\nread(4, scratch, 2)\n",
	},
	DontUnmapFiles: {
		Name: "MREMAP_DONTUNMAP of files", Since: Release{5, 13, 0},
		By: "mm: Extend MREMAP_DONTUNMAP to non-anonymous mappings",
		Says: "MREMAP_DONTUNMAP moves shared memory and files too. Before, it is EINVAL for what is not private " +
			"and anonymous.",
		Example: "p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED|MAP_ANONYMOUS, -1, 0)\n" +
			"mremap(p, PAGE, PAGE, MREMAP_MAYMOVE|MREMAP_DONTUNMAP, 0)\n",
	},
	DontUnmapForgets: {
		Name: "MREMAP_DONTUNMAP forgets whose pages there were", Since: Release{5, 13, 0},
		By: "mm: mremap: unlink anon_vmas in mremap with MREMAP_DONTUNMAP",
		Says: "The area that MREMAP_DONTUNMAP has emptied merges as one that was never touched. Before, as one " +
			"with private " +
			"pages of its own.",
		Example: "p = mmap(NULL, 2*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"mprotect(p, PAGE, PROT_READ)\n" +
			"*p\np[PAGE] = 1\nmremap(p + PAGE, PAGE, PAGE, MREMAP_MAYMOVE|MREMAP_DONTUNMAP, p - 16*PAGE)\n" +
			"fork()\nmprotect(p + PAGE, PAGE, PROT_READ)\n",
		Shows: "maps",
	},
	WillNeedRemotely: {
		Name: "process_madvise with MADV_WILLNEED", Since: Release{5, 13, 0},
		By:      "mm/madvise: add MADV_WILLNEED to process_madvise()",
		Says:    "process_madvise takes MADV_WILLNEED. Before: EINVAL.",
		Example: "fd = pidfd_open(1, 0)\nprocess_madvise(fd, [{iov_base=0, iov_len=0}], 1, MADV_WILLNEED, 0)\n",
	},
	PopulateAdvice: {
		Name: "MADV_POPULATE_READ and MADV_POPULATE_WRITE", Since: Release{5, 14, 0},
		By:   "mm/madvise: introduce MADV_POPULATE_(READ|WRITE) to prefault page tables",
		Says: "The advices fault in all pages of a range. Before, they are unknown: EINVAL.",
		Example: "p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"madvise(p, PAGE, MADV_POPULATE_WRITE)\n",
	},
	MinorUserfaults: {
		Name: "UFFDIO_REGISTER_MODE_MINOR", Since: Release{5, 14, 0},
		By: "userfaultfd/shmem: support minor fault registration for shmem",
		Says: "A userfaultfd handles faults on pages of shared memory that the page cache has, and " +
			"UFFDIO_CONTINUE maps them. Before, there is neither.",
		Example: "userfaultfd(UFFD_USER_MODE_ONLY)\n" +
			"ioctl(3, UFFDIO_API, {api=0xaa, features=UFFD_FEATURE_MINOR_SHMEM})\n",
	},
	ReadsToEnd: {
		Name: "a read stops at the end of the file", Since: Release{5, 16, 0},
		By: "mm: stop filemap_read() from grabbing a superfluous page",
		Says: "A read that reaches the end of a file on a disk brings no page behind it into the cache. Before, it " +
			"does.",
		Example: ".machine fs=ext4\n.file /data/a 4096\nfd = open(\"/data/a\", O_RDWR)\n" +
			"pread64(fd, scratch, 2, PAGE)\n" +
			"p = mmap(NULL, 2*PAGE, PROT_READ, MAP_SHARED, fd, 0)\nmincore(p, 2*PAGE, scratch)\n",
	},
	RemapFindsFirst: {
		Name: "mremap looks for the area first", Since: Release{5, 16, 0},
		By: "mm, hugepages: add mremap() support for hugepage backed vma",
		Says: "mremap of an address where nothing is mapped is EFAULT, and pages of a pool of huge pages move. " +
			"Before, it checks a new place first, a length that does not grow succeeds although nothing is mapped, " +
			"and huge pages are EINVAL.",
		Example: "mremap(PAGE, PAGE, PAGE, 0)\n",
	},
	ProtectedShown: {
		Name: "pagemap shows which pages a userfaultfd protects", Since: Release{5, 14, 0},
		By: "mm/pagemap: export uffd-wp protection information",
		Says: "An entry of /proc/PID/pagemap has a bit for a page that UFFDIO_WRITEPROTECT protects. Before, it has " +
			"none.",
		Example: "p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n*p = 1\n" +
			"userfaultfd(UFFD_USER_MODE_ONLY)\nioctl(3, UFFDIO_API, {api=0xaa, features=UFFD_FEATURE_SIGBUS})\n" +
			"ioctl(3, UFFDIO_REGISTER, {range={start=p, len=PAGE}, mode=UFFDIO_REGISTER_MODE_WP})\n" +
			"ioctl(3, UFFDIO_WRITEPROTECT, {range={start=p, len=PAGE}, mode=UFFDIO_WRITEPROTECT_MODE_WP})\n",
		Shows: "pagemap",
	},
	TellsSignalStack: {
		Name: "a program learns how long a signal's frame is", Since: Release{5, 14, 0},
		By: "x86/elf: Support a new ELF aux vector AT_MINSIGSTKSZ",
		Says: "The auxiliary vector that execve puts on the new stack has an entry AT_MINSIGSTKSZ. Before, it has " +
			"none, and what lies below is 16 bytes higher.",
		Example: ".file /prog/a 12288 elf=static\nfd = memfd_create(\"m\", 0)\n" +
			"execve(\"/prog/a\", [\"a\"], [\"b\"])\npwrite64(fd, 0x7fffffffee50, 8, 0)\npread64(fd, scratch, 8, 0)\n",
	},
	ChecksFramesEnd: {
		Name: "a frame without the end of its registers is refused", Since: Release{5, 14, 0},
		By: "x86/fpu/signal: Sanitize the xstate check on sigframe",
		Says: "Where a handler returns and the last bytes of the registers in its frame cannot be read, SIGSEGV " +
			"comes. Before, the kernel takes the first 512 bytes alone, and the program goes on; all protection keys " +
			"are open then.",
		Example: "a = mmap(NULL, 2*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"b = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"rsp = a + PAGE + 192\non SIGSEGV mprotect(a + PAGE, PAGE, PROT_NONE)\n*b\n",
	},
	NoDenyWrite: {
		Name: "no area denies writing", Since: Release{5, 15, 0},
		By:      "mm: remove VM_DENYWRITE",
		Says:    "The areas of a program's own file have no flag dw in smaps. Before, they have.",
		Example: "munlockall()\n",
		Shows:   "smaps",
	},
	WritesWhatIsThere: {
		Name: "a write takes what can be read of the buffer", Since: Release{5, 16, 0},
		By: "iov_iter: turn iov_iter_fault_in_readable into fault_in_iov_iter_readable",
		Says: "A write ends where its buffer cannot be read any more. Before, it ends at the last page of the file " +
			"that could be " +
			"written whole: EFAULT where that is none.",
		Example: "p = mmap(NULL, 2*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"munmap(p + PAGE, PAGE)\n" +
			"fd = memfd_create(\"m\", 0)\npwrite64(fd, p + PAGE - 8, 16, 0)\n",
	},
	SameStackTaken: {
		Name: "sigaltstack of the stack that is set", Since: Release{5, 16, 0},
		By: "signal: Skip the altstack update when not needed",
		Says: "A call that changes nothing succeeds, with the empty stack of a new program too. Before, that one is " +
			"smaller than MINSIGSTKSZ: ENOMEM.",
		Example: "sigaltstack({ss_sp=NULL, ss_flags=0, ss_size=0}, NULL)\n",
	},
	FrameHeaderFirst: {
		Name: "a frame's registers are stored from their header", Since: Release{5, 16, 0},
		By: "x86/fpu/signal: Move header zeroing out of xsave_to_user_sigframe()",
		Says: "Where the registers of a signal frame lie in two pages that are not present, the page of their header " +
			"faults first. Before, the pages fault in the order of addresses.",
		Example: "fd = memfd_create(\"m\", 0)\nb = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0)\n" +
			"p = mmap(NULL, 2*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"mprotect(p + PAGE, PAGE, PROT_NONE)\n" +
			"a = mmap(NULL, 2*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"sigaltstack({ss_sp=a, ss_flags=0, ss_size=2*PAGE}, NULL)\non SIGBUS munlockall()\n" +
			"on SIGSEGV SA_ONSTACK munlockall()\nrsp = p + PAGE + 2500\n*b\n",
		Shows: "faults",
	},
	CoreEndsOne: {
		Name: "a core dump is of one process", Since: Release{5, 16, 0},
		By: "coredump: Limit coredumps to a single thread group",
		Says: "A signal whose default action writes a core ends its process alone. Before, all that share its memory " +
			"end with it, by the same signal.",
		Example: "fork()\n[2] clone(CLONE_VM|SIGCHLD, NULL, NULL, NULL, NULL)\n[3] on SIGSEGV SIG_DFL\n[3] *0x1\n" +
			"wait4(-1, scratch, WNOHANG, NULL)\n",
	},
	OnFaultUnseen: {
		Name: "MLOCK_ONFAULT of what cannot be accessed", Since: Release{5, 18, 0},
		By: "mm/munlock: replace clear_page_mlock() by final clearance, and the changes around it",
		Says: "mlock2 with MLOCK_ONFAULT does not look at the pages. Before, an area that forbids all access is " +
			"ENOMEM.",
		Example: "p = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"mlock2(p, PAGE, MLOCK_ONFAULT)\n",
	},
	HolesStay: {
		Name: "sendfile leaves holes", Since: Release{5, 18, 0},
		By: "tmpfs: do not allocate pages on read",
		Says: "A copy from a file in memory to another file leaves its holes. Before, it puts a page of zeros into " +
			"each.",
		Example: "a = memfd_create(\"a\", 0)\nb = memfd_create(\"b\", 0)\nftruncate(a, PAGE)\n" +
			"sendfile(b, a, [0], PAGE)\n" +
			"lseek(a, 0, SEEK_DATA)\n",
	},
	HolesPacked: {
		Name: "splice packs holes", Since: Release{5, 18, 0}, Until: Release{6, 5, 0},
		By: "tmpfs: do not allocate pages on read, and shmem: implement splice-read at its end",
		Says: "A splice from a hole of a file in memory fills pages of the pipe's own with zeros, whatever the " +
			"offset. Before and since, each piece ends where a page of the file does.",
		Example: "fd = memfd_create(\"m\", 0)\nftruncate(fd, 2*PAGE)\npipe2([4, 5], O_NONBLOCK)\n" +
			"fcntl(5, F_SETPIPE_SZ, PAGE)\nsplice(fd, [100], 5, NULL, PAGE, 0)\n",
	},
	AlignedFiles: {
		Name: "mappings of large files are aligned", Since: Release{5, 18, 0},
		By: "mm/readahead: Align file mappings for non-DAX",
		Says: "A mapping of a file on ext4 that has room for a huge page lies as huge pages want it. Before, only " +
			"one of a file " +
			"without page cache does.",
		Example: ".machine fs=ext4\nmmap(NULL, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"fd = open(\"/data/a\", O_RDWR|O_CREAT, 0644)\nmmap(NULL, 4M, PROT_READ, MAP_SHARED, fd, 0)\n",
	},
	DontNeedLocked: {
		Name: "MADV_DONTNEED_LOCKED", Since: Release{5, 18, 0},
		By:   "mm: madvise: MADV_DONTNEED_LOCKED",
		Says: "The advice throws away locked pages too. Before, it is unknown: EINVAL.",
		Example: "p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_LOCKED, -1, 0)\n" +
			"madvise(p, PAGE, MADV_DONTNEED_LOCKED)\n",
	},
	HugeDontNeed: {
		Name: "MADV_DONTNEED of huge pages", Since: Release{5, 18, 0},
		By:   "mm: enable MADV_DONTNEED for hugetlb mappings",
		Says: "MADV_DONTNEED drops pages of a pool of huge pages. Before: EINVAL.",
		Example: ".sysctl vm.nr_hugepages=1\n" +
			"p = mmap(NULL, 2M, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB, -1, 0)\n" +
			"madvise(p, 2M, MADV_DONTNEED)\n",
	},
	ExactUserfaults: {
		Name: "UFFD_FEATURE_EXACT_ADDRESS", Since: Release{5, 18, 0},
		By:   "userfaultfd: provide unmasked address on page-fault",
		Says: "A message of a fault may have the very byte that was accessed. Before, only its page.",
		Example: "userfaultfd(UFFD_USER_MODE_ONLY)\n" +
			"ioctl(3, UFFDIO_API, {api=0xaa, features=UFFD_FEATURE_EXACT_ADDRESS})\n",
	},
	ProtectsShmem: {
		Name: "userfaultfd write-protects shared memory", Since: Release{5, 19, 0},
		By:   "mm/uffd: enable write protection for shmem & hugetlbfs",
		Says: "UFFDIO_REGISTER_MODE_WP may be asked for shared memory. Before, for anonymous memory alone.",
		Example: "userfaultfd(UFFD_USER_MODE_ONLY)\n" +
			"ioctl(3, UFFDIO_API, {api=0xaa, features=UFFD_FEATURE_WP_HUGETLBFS_SHMEM})\n",
	},
	ExclusiveFlag: {
		Name: "private pages of one process are marked", Since: Release{5, 19, 0},
		By: "mm: remember exclusively mapped anonymous pages with PG_anon_exclusive",
		Says: "/proc/kpageflags has the flag anon_exclusive for a private page that is one process's alone. " +
			"Before, no such page is marked.",
		Example: "munlockall()\n",
		Shows:   "kpageflags",
	},
}
