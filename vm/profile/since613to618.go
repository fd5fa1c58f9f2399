package profile

// since613to618 are the rules that came with 6.13 to 6.18. What changed in these releases, by theme, and why:
//
//	guards        A guard region is a mark in the page table, and no area of its own (6.13): a thousand of them cost
//	              no area.
//	folios        ext4 has folios of up to 2 MiB (6.16). Readahead plans its windows by their order (6.17), and a
//	              fault maps a folio whole (6.18): fewer look-ups, entries on lists, and faults.
//	mremap        It was rewritten: it checks everything before it changes anything, and moves several areas (6.17).
//	              In 6.15 and 6.16 MREMAP_DONTUNMAP loses accounts, which are rules too.
//	merging       An area that has private pages merges into one that has none yet (6.16).
//	write()       It copies first, and faults its source in only where that fails (6.16): mostly there is nothing to
//	              do.
//	page tables   MADV_DONTNEED frees the tables that it has emptied (6.14).
//	programs      Readahead of code begins at the fault and ends with the area (6.17).
//	pidfds        PIDFD_SELF names the caller itself (6.14).
var since613to618 = map[Rule]Change{
	GuardRegions: {
		Name: "guard regions", Since: Release{6, 13, 0},
		By: "mm: lightweight guard pages by madvise",
		Says: "MADV_GUARD_INSTALL makes every access to a range a SIGSEGV without an area of its own. Before, the " +
			"advice is unknown: EINVAL.",
		Example: "p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"madvise(p, PAGE, MADV_GUARD_INSTALL)\n*p\n",
	},
	ClockArea: {
		Name: "an area for the clocks of hypervisors", Since: Release{6, 13, 0},
		By: "x86/vdso: pages of virtual clocks apart from the others",
		Says: "Each program has an area [vvar_vclock] of two pages between [vvar] and [vdso]. Before, it has none, " +
			"and all that is " +
			"placed below them lies two pages higher.",
		Example: "mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n",
	},
	AdviseOneself: {
		Name: "process_madvise of oneself", Since: Release{6, 13, 0},
		By: "mm/madvise: allow process_madvise() to perform any madvise on self",
		Says: "process_madvise takes every advice where the process is the caller. Before, only those that destroy " +
			"nothing: EINVAL for others.",
		Example: "p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n*p = 1\n" +
			"fd = pidfd_open(1, 0)\nprocess_madvise(fd, [{iov_base=p, iov_len=PAGE}], 1, MADV_DONTNEED, 0)\n",
	},
	HugeHintsUp: {
		Name: "the address of huge pages is rounded up", Since: Release{6, 13, 0},
		By: "mm: drop hugetlb_get_unmapped_area{_*} functions",
		Says: "An address without MAP_FIXED that lies within a huge page makes mmap of huge pages look at the next " +
			"one first. Before, at the one that it lies in.",
		Example: ".sysctl vm.nr_hugepages=1\n" +
			"mmap(0x10001000, 2M, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB, -1, 0)\n",
	},
	EmptyTablesGo: {
		Name: "empty page tables go with their pages", Since: Release{6, 14, 0},
		By:   "mm: pgtable: reclaim empty PTE page in madvise(MADV_DONTNEED)",
		Says: "MADV_DONTNEED of 2 MiB and more frees the page tables that it empties. Before, they stay.",
		Example: "p = mmap(0x10000000, 2M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)\n" +
			"*p = 1\nmadvise(p, 2M, MADV_DONTNEED)\n",
		Shows: "smaps",
	},
	PidfdSelf: {
		Name: "PIDFD_SELF", Since: Release{6, 14, 0},
		By: "pidfd: add PIDFD_SELF* sentinels to refer to own thread/process",
		Says: "process_madvise takes PIDFD_SELF (-10000 or -10001) for the caller. Before, it is no descriptor: " +
			"EBADF.",
		Example: "process_madvise(-10000, [{iov_base=0, iov_len=0}], 1, MADV_COLD, 0)\n",
	},
	ThreadNumbers: {
		Name: "pidfd_open of a thread", Since: Release{6, 16, 0},
		By: "pidfs: ensure consistent ENOENT/ESRCH reporting",
		Says: "pidfd_open answers ENOENT for the number of a thread that is not the first of its process. Before, " +
			"EINVAL.",
		Example: "clone(CLONE_VM|CLONE_SIGHAND|CLONE_THREAD)\npidfd_open(2, 0)\n",
	},
	LoaderBreakMoves: {
		Name: "the heap of a loader lies apart", Since: Release{6, 15, 0},
		Backports: []Release{{6, 1, 141}, {6, 12, 118}},
		By:        "binfmt_elf: Move brk for static PIE even if ASLR disabled",
		Says: "The heap of a movable program without an interpreter begins where movable programs lie, also " +
			"without random addresses. Before, it begins behind the program.",
		Example: ".file /prog/a 12288 elf=pie\nexecve(\"/prog/a\", NULL, NULL)\nbrk(NULL)\n",
	},
	UserfaultsWithoutExec: {
		Name: "nothing on a userfaultfd may be executed", Since: Release{6, 16, 0},
		By: "anon_inode: raise SB_I_NODEV and SB_I_NOEXEC",
		Says: "mmap of a userfaultfd with PROT_EXEC is EPERM, as on a file system mounted with noexec. Before, it " +
			"is ENODEV, as without PROT_EXEC.",
		Example: "userfaultfd(UFFD_USER_MODE_ONLY)\nmmap(NULL, PAGE, PROT_READ|PROT_EXEC, MAP_PRIVATE, 3, 0)\n",
	},
	NamelessKeepMode: {
		Name: "fchmod of a file without a name", Since: Release{6, 16, 0},
		By:      "anon_inode: explicitly block ->setattr()",
		Says:    "fchmod of a userfaultfd is EOPNOTSUPP. Before, it sets the mode.",
		Example: "userfaultfd(UFFD_USER_MODE_ONLY)\nfchmod(3, 0600)\n",
	},
	NamelessUnread: {
		Name: "a pidfd has nothing to read ahead", Since: Release{6, 16, 0},
		By: "fs: add S_ANON_INODE",
		Says: "readahead of a pidfd is EINVAL, and FIONREAD is ENOTTY. Before, both treat it as an empty regular " +
			"file.",
		Example: "fd = pidfd_open(1, 0)\nreadahead(fd, 0, 100)\n",
	},
	PidfdRequests: {
		Name: "a pidfd knows its requests", Since: Release{6, 15, 0},
		By: "pidfs: check for valid ioctl commands",
		Says: "ioctl of a pidfd with a request of other files is ENOTTY. Before, since 6.9, it is EINVAL where it " +
			"has an argument.",
		Example: "fd = pidfd_open(1, 0)\nioctl(fd, TIOCOUTQ, scratch)\n",
	},
	UnregistersOwn: {
		Name: "a userfaultfd unregisters its own memory alone", Since: Release{6, 17, 0},
		By: "userfaultfd: prevent unregistering VMAs through a different userfaultfd",
		Says: "UFFDIO_UNREGISTER of memory that is registered with another userfaultfd is EINVAL. Before, it takes " +
			"that memory from the other one.",
		Example: "p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"userfaultfd(UFFD_USER_MODE_ONLY)\nuserfaultfd(UFFD_USER_MODE_ONLY)\n" +
			"ioctl(3, UFFDIO_API, {api=0xaa, features=0})\nioctl(4, UFFDIO_API, {api=0xaa, features=0})\n" +
			"ioctl(3, UFFDIO_REGISTER, {range={start=p, len=PAGE}, mode=UFFDIO_REGISTER_MODE_MISSING})\n" +
			"ioctl(4, UFFDIO_UNREGISTER, {start=p, len=PAGE})\n",
	},
	RemapPlaceFirst: {
		Name: "mremap looks at the new address first", Since: Release{6, 15, 0},
		By: "mm/mremap: refactor mremap() system call implementation",
		Says: "mremap checks that the new address is one of a page, and that enough areas are left, before it looks " +
			"at the old one. " +
			"Before, where nothing is mapped there is the first error.",
		Example: "mremap(PAGE, PAGE, PAGE, MREMAP_MAYMOVE|MREMAP_FIXED, 1)\n",
	},
	NoEmptyPieces: {
		Name: "a write to a pipe that fails leaves nothing", Since: Release{6, 15, 0},
		By: "pipe: change pipe_write() to never add a zero-sized buffer",
		Says: "A write to a pipe takes a place in it when the bytes are there. Before, it takes the place first, and " +
			"where the buffer cannot be read an empty piece stays in the pipe until the next write fills it or a " +
			"reader skips it.",
		Example: "pipe2([3, 4], O_NONBLOCK)\nwrite(4, PAGE, 1)\nfcntl(4, F_SETPIPE_SZ, PAGE)\n" +
			"write(4, \"x\", PAGE)\n",
	},
	RemapCountsLocked: {
		Name: "MREMAP_DONTUNMAP counts locked memory twice", Since: Release{6, 15, 0}, Until: Release{7, 2, 0},
		By: "mm/mremap: complete refactor of move_vma()",
		Says: "What mremap moves with MREMAP_DONTUNMAP counts as locked at both places. Before and since, what it " +
			"leaves behind is not locked, and does not count.",
		Example: ".machine user=nobody limits=RLIMIT_MEMLOCK:8192:8192\np = mmap(NULL, PAGE, PROT_READ, " +
			"MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nmlock(p, PAGE)\n" +
			"q = mremap(p, PAGE, PAGE, MREMAP_MAYMOVE|MREMAP_DONTUNMAP, 0)\nr = mmap(NULL, PAGE, PROT_READ, " +
			"MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nmlock(r, PAGE)\n",
	},
	DontUnmapUnaccounted: {
		Name: "MREMAP_DONTUNMAP takes an area's accounting", Since: Release{6, 15, 0}, Until: Release{6, 17, 0},
		By: "mm/mremap: complete refactor of move_vma()",
		Says: "The area that MREMAP_DONTUNMAP moves from does not count against the commit limit any more, whatever " +
			"is mapped in it " +
			"again. Before and since, it does.",
		Example: "p = mmap(NULL, 2*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"mremap(p, PAGE, PAGE, MREMAP_MAYMOVE|MREMAP_DONTUNMAP, p - 16*PAGE)\n",
		Shows: "smaps",
	},
	UnfaultedTakesPages: {
		Name: "untouched areas merge with touched ones", Since: Release{6, 16, 0},
		By: "mm/vma: fix incorrectly disallowed anonymous VMA merges",
		Says: "An area that has private pages merges into a neighbour that has none yet. Before, only the other way: " +
			"a range without pages " +
			"into a neighbour that has some.",
		Example: "p = mmap(NULL, 2*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\np[PAGE] = 1\n" +
			"q = mremap(p + PAGE, PAGE, PAGE, MREMAP_MAYMOVE|MREMAP_FIXED, p - 16*PAGE)\n" +
			"mmap(p, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)\n" +
			"mremap(q, PAGE, PAGE, MREMAP_MAYMOVE|MREMAP_FIXED, p + PAGE)\n",
		Shows: "maps",
	},
	WriteCopiesFirst: {
		Name: "write copies before it faults", Since: Release{6, 16, 0},
		By: "filemap: move prefaulting out of hot write path",
		Says: "A write to a file takes the page of the file first, and touches the buffer where the copy failed for " +
			"it. " +
			"Before, it touches the buffer first.",
		Example: "fd = memfd_create(\"m\", MFD_ALLOW_SEALING)\nfcntl(fd, F_ADD_SEALS, F_SEAL_WRITE)\nwrite(fd, PAGE, " +
			"1)\n",
	},
	LargeFolios: {
		Name: "folios of several pages on ext4", Since: Release{6, 16, 0},
		By: "ext4: enable large folio for regular file",
		Says: "Pages of files on ext4 come in folios of up to 2 MiB: a window of readahead ends where folios end, a " +
			"write fills several " +
			"pages at a time. Before, each page is one folio.",
		Example: ".machine fs=ext4\n.file /a 1M cold\nfd = open(\"/a\", O_RDONLY)\np = mmap(NULL, 256*PAGE, " +
			"PROT_READ, MAP_SHARED, fd, 0)\n" +
			"*p\np[24*PAGE]\np[32*PAGE]\np[48*PAGE]\n",
		Shows: "tracepoints and disk requests",
	},
	MoveSeveralAreas: {
		Name: "mremap of several areas", Since: Release{6, 17, 0},
		By: "mm/mremap: permit mremap() move of multiple VMAs",
		Says: "mremap with MREMAP_FIXED that does not change the length moves all areas of the range. Before, a " +
			"range of more than one area is EFAULT.",
		Example: "p = mmap(NULL, 2*PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nmprotect(p, PAGE, PROT_NONE)\n" +
			"mremap(p, 2*PAGE, 2*PAGE, MREMAP_MAYMOVE|MREMAP_FIXED, p - 16*PAGE)\n",
	},
	RemapChecksFirst: {
		Name: "mremap checks before it unmaps", Since: Release{6, 17, 0},
		By: "mm/mremap: check remap conditions earlier",
		Says: "mremap checks the old range before it does anything. Before, what was mapped at the new place of " +
			"MREMAP_FIXED is gone by " +
			"then, and with it what a shorter new length cuts off.",
		Example: "p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nq = mmap(p - 16*PAGE, 2*PAGE, " +
			"PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"mremap(p, 3*PAGE, 2*PAGE, MREMAP_MAYMOVE|MREMAP_FIXED, q)\n",
	},
	WindowOrder: {
		Name: "windows of readahead remember their order", Since: Release{6, 17, 0},
		By: "mm/readahead: store folio order in struct file_ra_state",
		Says: "The first window is read page by page, each next one in folios four times as large, and ends where " +
			"they do. Before, the " +
			"first is read in folios of four pages, and each next one in folios four times as large as the one with " +
			"the mark.",
		Example: ".machine fs=ext4\n.file /a 1M cold\nfd = open(\"/a\", O_RDONLY)\np = mmap(NULL, 256*PAGE, " +
			"PROT_READ, MAP_SHARED, fd, 0)\n" +
			"p[0..200*PAGE step PAGE]\nmincore(p, 256*PAGE, scratch)\n",
		Shows: "tracepoints and disk requests",
	},
	ExecReadahead: {
		Name: "readahead of programs stays in the area", Since: Release{6, 17, 0},
		By: "mm/filemap: allow arch to request folio size for exec memory",
		Says: "A load that misses a page of an executable area reads from that page on, up to the area's end, and " +
			"MADV_RANDOM does not " +
			"keep it from that. Before, it reads around the page as in every area.",
		Example: ".machine fs=ext4\n.file /a 1M cold\nfd = open(\"/a\", O_RDONLY)\np = mmap(NULL, 256*PAGE, " +
			"PROT_READ|PROT_EXEC, MAP_PRIVATE, fd, 0)\n" +
			"p[100*PAGE]\np[90*PAGE]\n",
		Shows: "faults",
	},
	MergeableEarly: {
		Name: "PR_SET_MEMORY_MERGE lets areas merge", Since: Release{6, 17, 0},
		By: "mm: prevent KSM from breaking VMA merging for new VMAs",
		Says: "After PR_SET_MEMORY_MERGE a new area is mergeable before it looks for neighbours to become part of. " +
			"Before, it is marked afterwards, and so becomes part of none.",
		Example: "prctl(PR_SET_MEMORY_MERGE, 1, 0, 0, 0)\nmmap(NULL, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, " +
			"0)\n" +
			"mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n",
		Shows: "maps",
	},
	SelfProcess: {
		Name: "PIDFD_SELF_THREAD_GROUP is -10001", Since: Release{6, 17, 0},
		By:      "uapi/fcntl: mark range as reserved",
		Says:    "The number for the caller's own process is -10001. Before, since 6.14, it is -20000.",
		Example: "process_madvise(-10001, [{iov_base=0, iov_len=0}], 1, MADV_COLD, 0)\n",
	},
	SealsZeroDevice: {
		Name: "a seal keeps what is in a mapping of /dev/zero", Since: Release{6, 17, 0},
		By: "mm/mseal: update madvise() logic",
		Says: "An advice that would discard the content of a sealed private mapping of /dev/zero that is not " +
			"writable is EPERM. Before, a seal protects only areas without a file from that, and the kernel's areas, " +
			"such as [vdso], are such ones.",
		Example: "fd = open(\"/dev/zero\", O_RDONLY)\np = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0)\n" +
			"mseal(p, PAGE, 0)\nmadvise(p, PAGE, MADV_DONTNEED)\n",
	},
	SealLosesItsPlace: {
		Name: "mseal loses its place where areas merge", Since: Release{6, 17, 0}, Until: Release{7, 0, 0},
		Ended: []Release{{6, 18, 44}, {6, 19, 14}},
		By:    "mm/mseal: rework mseal apply logic; until mm/mseal: update VMA end correctly on merge",
		Says: "Where an area that is sealed merges with a sealed one behind it, the next area of the range merges " +
			"with neither side. Before and since, it does.",
		Example: "p = mmap(NULL, 4*PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"mseal(p + PAGE, PAGE, 0)\nmseal(p, 4*PAGE, 0)\n",
	},
	MessagesCountWhole: {
		Name: "FIONREAD of a socket counts whole messages", Since: Release{6, 17, 0}, Until: Release{7, 0, 0},
		Ended: []Release{{6, 18, 44}},
		By:    "af_unix: Use cached value for SOCK_STREAM in unix_inq_len()",
		Says: "What has been read of the oldest message counts as if it could be read still. Before and since, it " +
			"does not.",
		Example: "socketpair(AF_UNIX, SOCK_STREAM, 0, [3, 4])\nwrite(4, \"abc\", 3)\nread(3, scratch, 1)\n" +
			"ioctl(3, FIONREAD, scratch)\n",
	},
	AlignedZeros: {
		Name: "private mappings of /dev/zero are aligned", Since: Release{6, 18, 0},
		By: "/dev/zero: try to align PMD_SIZE for private mapping",
		Says: "A private mapping of /dev/zero that has room for a huge page lies as huge pages want it. Before, " +
			"right below what is mapped already.",
		Example: "mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"fd = open(\"/dev/zero\", O_RDONLY)\nmmap(NULL, 2M, PROT_READ, MAP_PRIVATE, fd, 0)\n",
	},
	PidfdsChange: {
		Name: "a pidfd is not immutable", Since: Release{6, 17, 0},
		By: "pidfs: support xattrs on pidfds",
		Says: "fallocate and fchmod of a pidfd are EOPNOTSUPP. Before, they are EPERM, and so is " +
			"copy_file_range to one.",
		Example: "fd = pidfd_open(1, 0)\nfallocate(fd, 0, 0, PAGE)\n",
	},
	AllocateZeroes: {
		Name: "FALLOC_FL_WRITE_ZEROES", Since: Release{6, 17, 0},
		By: "fs: introduce FALLOC_FL_WRITE_ZEROES to fallocate",
		Says: "fallocate knows FALLOC_FL_WRITE_ZEROES, and checks the file and the range before it says that the " +
			"file system does not. Before: EOPNOTSUPP.",
		Example: "fd = open(\"/a\", O_RDONLY|O_CREAT, 0644)\nfallocate(fd, FALLOC_FL_WRITE_ZEROES, 0, PAGE)\n",
	},
	HugeExceptAdvised: {
		Name: "huge pages disabled but where advised", Since: Release{6, 18, 0},
		By: "prctl: extend PR_SET_THP_DISABLE to optionally exclude advised areas",
		Says: "PR_THP_DISABLE_EXCEPT_ADVISED takes huge pages from all areas but those with MADV_HUGEPAGE. " +
			"Before, the flag is EINVAL.",
		Example: "prctl(PR_SET_THP_DISABLE, 1, PR_THP_DISABLE_EXCEPT_ADVISED, 0, 0)\nprctl(PR_GET_THP_DISABLE, 0, 0, " +
			"0, 0)\n",
	},
	DontCacheTransfers: {
		Name: "RWF_DONTCACHE on ext4", Since: Release{6, 18, 0},
		By: "ext4: uncached buffered I/O; the flag itself is known since 6.14",
		Says: "preadv2 and pwritev2 of files on ext4 take RWF_DONTCACHE: pages that the call brought in go again. " +
			"Before: EOPNOTSUPP.",
		Example: ".machine fs=ext4\nfd = open(\"/a\", O_RDWR|O_CREAT, 0644)\n" +
			"pwritev2(fd, [{iov_base=\"xy\", iov_len=2}], 1, 0, 0, RWF_DONTCACHE)\n",
	},
	NoSignalTransfers: {
		Name: "RWF_NOSIGNAL", Since: Release{6, 18, 0},
		By:   "fs: add RWF_NOSIGNAL",
		Says: "preadv2 and pwritev2 know RWF_NOSIGNAL. Before, the flag is unknown: EOPNOTSUPP.",
		Example: "fd = open(\"/a\", O_RDWR|O_CREAT, 0644)\npwritev2(fd, [{iov_base=\"xy\", iov_len=2}], 1, 0, 0, " +
			"RWF_NOSIGNAL)\n",
	},
	EndWithoutTable: {
		Name: "no page table for the end of a file", Since: Release{6, 18, 0},
		Backports: []Release{{6, 12, 63}, {6, 17, 13}},
		By:        "mm/memory: do not populate page table entries beyond i_size",
		Says: "A load in a range that has no page table yet maps no pages around its own where the first page that " +
			"is in the page cache reaches the end of a file on a disk. Before, it does.",
		Example: ".machine fs=ext4\nfd = open(\"/data/a\", O_RDWR|O_CREAT, 0644)\npwrite64(fd, \"hello\", 5, 0)\n" +
			"p = mmap(0x10000000, PAGE, PROT_READ, MAP_SHARED|MAP_FIXED, fd, 0)\n*p\n",
		Shows: "tracepoints and disk requests",
	},
	GrowthZeroesEnd: {
		Name: "what makes a file longer zeroes its last block", Since: Release{6, 13, 0}, Until: Release{7, 1, 0},
		Backports: []Release{{6, 12, 118}},
		By: "ext4: partial zero eof block on unaligned inode size extension; until ext4: zero the block of the old " +
			"end before allocation",
		Says: "On ext4 fallocate, and a write beyond the end, read the blocks of the old and the new end in " +
			"afterwards, and zero what lies behind the end; ftruncate does so with the old end's first. Before, they " +
			"leave them alone.",
		Example: ".machine fs=ext4\n.file /data/a 5000 cold\nfd = open(\"/data/a\", O_RDWR)\n" +
			"fallocate(fd, 0, 0, 9000)\np = mmap(NULL, 4*PAGE, PROT_READ, MAP_SHARED|MAP_POPULATE, fd, 0)\n",
		Shows: "faults",
	},
	DirectChecksRequests: {
		Name: "O_DIRECT checks each request in memory", Since: Release{6, 18, 0},
		By: "iomap: simplify direct io validity check",
		Says: "A transfer with O_DIRECT may use memory at any address, as long as each request lies within a page. " +
			"One that does not is refused where a sector would lie in two places. Before, each buffer has to begin " +
			"and end at a multiple of 512: EINVAL, and nothing is read in or written then.",
		Example: ".machine fs=ext4\n.file /a 5000\nfd = open(\"/a\", O_RDONLY|O_DIRECT)\n" +
			"pread64(fd, scratch + 16, 512, 0)\n",
	},
	WholeFolios: {
		Name: "folios are mapped whole", Since: Release{6, 18, 0},
		By: "mm/filemap: map entire large folio faultaround; mm/fault: try to map the entire file folio in " +
			"finish_fault()",
		Says: "A fault on a page of a folio of several pages maps all of it where the area shows all of it. Before, " +
			"it maps what " +
			"lies in the 16 pages around the fault.",
		Example: ".machine fs=ext4\n.file /a 1M\nfd = open(\"/a\", O_RDONLY)\np = mmap(NULL, 256*PAGE, PROT_READ, " +
			"MAP_SHARED, fd, 0)\n" +
			"*p\np[20*PAGE]\n",
		Shows: "faults",
	},
	BatchOfFilled: {
		Name: "read copies what is there first", Since: Release{6, 18, 0},
		By: "mm/filemap: skip non-uptodate folio if there are available folios",
		Says: "A read of several pages that meets one which is not filled copies those before it first. Before, it " +
			"fills that page first, and so also where the copy then fails.",
		Example: ".machine fs=ext4\n.file /data/b 5000\nfd = open(\"/data/b\", O_RDONLY)\n" +
			"p = mmap(NULL, 2*PAGE, PROT_READ, MAP_SHARED, fd, 0)\npread64(fd, NULL, PAGE, 4000)\n" +
			"mincore(p, 2*PAGE, scratch)\n",
	},
	MoveKeepsAnon: {
		Name: "moved pages keep their owner", Since: Release{6, 18, 7},
		By: "mm/vma: fix anon_vma UAF on mremap() faulted, unfaulted merge",
		Says: "Pages that mremap moves into an untouched area bring along who they belong to, and do not merge into " +
			"it where they " +
			"reach back to before a fork.",
		Example: "p = mmap(NULL, 2*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\np[PAGE] = 1\n" +
			"q = mremap(p + PAGE, PAGE, PAGE, MREMAP_MAYMOVE|MREMAP_FIXED, p - 16*PAGE)\n" +
			"mmap(p, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)\nfork()\n" +
			"[2] mremap(q, PAGE, PAGE, MREMAP_MAYMOVE|MREMAP_FIXED, p + PAGE)\n",
		Shows: "maps",
	},
	GuardFlag: {
		Name: "areas with guards are marked", Since: Release{6, 18, 44},
		By: "mm: introduce VM_MAYBE_GUARD and make visible in /proc/$pid/smaps",
		Says: "An area in which guard pages were installed has the flag gu. Before, it has none, and instead is " +
			"treated as if it had " +
			"private pages.",
		Example: "p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nmadvise(p, PAGE, " +
			"MADV_GUARD_INSTALL)\n",
		Shows: "smaps",
	},
}
