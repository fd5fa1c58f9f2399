package profile

// since67to612 are the rules that came with 6.7 to 6.12. What changed in these releases, by theme, and why:
//
//	faults        A fault on a file holds the lock of its area alone (6.7), so faults of several threads do not wait
//	              for an mmap. If it has to wait for the disk it begins again, and what counts as major changed with
//	              it.
//	huge pages    Large anonymous areas begin at a multiple of 2 MiB (6.7), and stacks of threads are kept from
//	              having any (6.7).
//	commit        What mprotect takes the write permission from, and was never touched, is not charged any more
//	              (6.7).
//	mmap          MAP_FIXED unmaps what was there as the last thing, when nothing can fail any more (6.12).
//	readahead     A miss begins a window of its own (6.11). Before, one routine served a miss and a reader at the
//	              mark.
//	swap          A page of zeros is not written: the swap area notes that it is one (6.12).
//	userfaultfd   It moves pages (6.8), and takes back its protection without a message (6.7).
//	new memory    mseal forbids changes of areas (6.10); MAP_DROPPABLE makes memory that the kernel may drop (6.11).
//	pidfds        They become files of a file system of their own (6.9).
var since67to612 = map[Rule]Change{
	HeapApart: {
		Name: "neighbours of the heap have no name", Since: Release{6, 7, 0},
		By: "mm: the test whether an area is the heap, used by procfs and SELinux alike",
		Says: "maps calls an area [heap] that has a byte of the heap. Before, also one that only touches it: " +
			"a program's zeroed data below it is called [heap] too.",
		Example: "mprotect(scratch, PAGE, PROT_READ)\n",
	},
	KSMLine: {
		Name: "merged pages in smaps", Since: Release{6, 6, 0},
		By:      "fs/proc/task_mmu: pages that KSM has merged, in smaps and smaps_rollup",
		Says:    "smaps has a line KSM for each area, where the kernel is built with KSM. Before, it has none.",
		Example: "munlockall()\n",
		Shows:   "smaps",
	},
	AlignedAnonymous: {
		Name: "large anonymous areas are aligned", Since: Release{6, 7, 0},
		By: "mm: align larger anonymous mappings on THP boundaries",
		Says: "An area of anonymous memory whose length is a multiple of 2 MiB begins at a multiple of 2 MiB, so " +
			"that huge pages fit into it.",
		Example: "mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"mmap(NULL, 4M, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n",
	},
	UntouchedUncharged: {
		Name: "mprotect takes back what untouched memory was charged", Since: Release{6, 7, 0},
		By: "mm: mprotect: reduce Committed_AS if memory protection is changed to PROT_NONE",
		Says: "Memory that was never touched does not count against the commit limit any more when mprotect " +
			"forbids writing to " +
			"it. Before, it does.",
		Example: "p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"mprotect(p, PAGE, PROT_NONE)\n",
		Shows: "smaps",
	},
	StacksWithoutHuge: {
		Name: "MAP_STACK keeps huge pages away", Since: Release{6, 7, 0},
		By: "mm: mmap: map MAP_STACK to VM_NOHUGEPAGE",
		Says: "An area made with MAP_STACK has the flag nh, and so does not become part of one without. Before, " +
			"MAP_STACK does " +
			"nothing.",
		Example: "mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_STACK, -1, 0)\n",
		Shows: "maps",
	},
	FileAreaLocks: {
		Name: "faults on files with the lock of the area", Since: Release{6, 7, 0},
		By: "mm: handle read-only file faults, COW faults and shared faults under the VMA lock",
		Says: "A fault on a file that lets go of its lock begins again, and counts as a minor one if it did not " +
			"wait for the disk. " +
			"Before, every fault that begins again is a major one.",
		Example: ".machine fs=ext4\n.file /a 1M cold\nfd = open(\"/a\", O_RDONLY)\n" +
			"p = mmap(NULL, 256*PAGE, PROT_READ, MAP_SHARED, fd, 0)\np[0..200*PAGE step PAGE]\n",
		Shows: "faults",
	},
	OpensProgramFirst: {
		Name: "execve opens the program first", Since: Release{6, 8, 0},
		By: "execve: open the executable file before doing anything else",
		Says: "execve of a file that cannot be run fails before its arguments are read. Before, arguments that " +
			"cannot be read are EFAULT, or E2BIG, whatever the file is.",
		Example: "execve(\"/prog/none\", [0x1000], NULL)\n",
	},
	ZerosSpliced: {
		Name: "/dev/zero and /dev/full give to pipes", Since: Release{6, 7, 0},
		By:      "drivers/char/mem: implement splice() for /dev/zero, /dev/full",
		Says:    "splice and sendfile take zeros from /dev/zero and /dev/full, and give to /dev/zero. Before: EINVAL.",
		Example: "pipe2([3, 4], 0)\nfd = open(\"/dev/zero\", O_RDONLY)\nsplice(fd, NULL, 4, NULL, PAGE, 0)\n",
	},
	DenyExecOnce: {
		Name: "PR_MDWE_NO_INHERIT", Since: Release{6, 7, 0},
		Backports: []Release{{6, 6, 63}},
		By:        "mm: add a NO_INHERIT flag to the PR_SET_MDWE prctl",
		Says:      "PR_SET_MDWE can be set so that children do not inherit it. Before, the flag is EINVAL.",
		Example:   "prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN|PR_MDWE_NO_INHERIT, 0, 0, 0)\n",
	},
	AsyncWrites: {
		Name: "UFFD_FEATURE_WP_ASYNC", Since: Release{6, 7, 0},
		By: "userfaultfd: UFFD_FEATURE_WP_ASYNC",
		Says: "The kernel itself may end the write protection of a page at the first store, for programs that only " +
			"ask which pages were written to. Before, a program always does.",
		Example: "userfaultfd(UFFD_USER_MODE_ONLY)\n" +
			"ioctl(3, UFFDIO_API, {api=0xaa, features=UFFD_FEATURE_WP_ASYNC})\n",
	},
	ModeBeforeVector: {
		Name: "readv looks at the file before the buffers", Since: Release{6, 8, 0},
		By: "fs: move permission hook out of do_iter_read(), and out of do_iter_write()",
		Says: "The calls that take several buffers check how the file is open, and then read the list of buffers. " +
			"Before, they read " +
			"the list first: EFAULT comes before EBADF.",
		Example: "fd = open(\"/data/a\", O_RDONLY|O_CREAT, 0644)\nwritev(fd, 1, 1)\n",
	},
	SpliceChecksWhole: {
		Name: "splice to a pipe checks the whole length first", Since: Release{6, 8, 0},
		By: "splice: move permission hook out of splice_file_to_pipe()",
		Says: "splice from a file checks offset and length before it waits for room in the pipe: a length that is " +
			"negative as the kernel sees it is EINVAL. Before, it looks for room first, and checks what the pipe has " +
			"room for.",
		Example: "fd = memfd_create(\"m\", 0)\nftruncate(fd, PAGE)\npipe2([4, 5], 0)\n" +
			"splice(fd, NULL, 5, NULL, -1, 0)\n",
	},
	MovedPages: {
		Name: "UFFDIO_MOVE", Since: Release{6, 8, 0},
		By:   "userfaultfd: UFFDIO_MOVE uABI",
		Says: "A program may move its private pages to a registered area. Before, it can only copy them.",
		Example: "userfaultfd(UFFD_USER_MODE_ONLY)\n" +
			"ioctl(3, UFFDIO_API, {api=0xaa, features=UFFD_FEATURE_MOVE})\n",
	},
	NoAppendTransfers: {
		Name: "RWF_NOAPPEND", Since: Release{6, 9, 0},
		By:   "fs: Add RWF_NOAPPEND flag for pwritev2",
		Says: "pwritev2 knows RWF_NOAPPEND. Before, the flag is unknown: EOPNOTSUPP.",
		Example: "fd = open(\"/data/a\", O_RDWR|O_CREAT, 0644)\n" +
			"pwritev2(fd, [{iov_base=\"xy\", iov_len=2}], 1, 0, 0, RWF_NOAPPEND)\n",
	},
	CloseAllows: {
		Name: "close of a userfaultfd takes back the write protection", Since: Release{6, 9, 0},
		Backports: []Release{{6, 1, 192}},
		By:        "mm/userfaultfd: reset ptes when close() for wp-ed ones",
		Says: "A page that UFFDIO_WRITEPROTECT protects may be stored to when the userfaultfd is closed, also where " +
			"another one takes its memory. Before, it is protected as soon as one does.",
		Example: "p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n*p = 1\n" +
			"userfaultfd(UFFD_USER_MODE_ONLY)\nioctl(3, UFFDIO_API, {api=0xaa, features=UFFD_FEATURE_SIGBUS})\n" +
			"ioctl(3, UFFDIO_REGISTER, {range={start=p, len=PAGE}, mode=UFFDIO_REGISTER_MODE_WP})\n" +
			"ioctl(3, UFFDIO_WRITEPROTECT, {range={start=p, len=PAGE}, mode=UFFDIO_WRITEPROTECT_MODE_WP})\n" +
			"close(3)\nuserfaultfd(UFFD_USER_MODE_ONLY)\n" +
			"ioctl(3, UFFDIO_API, {api=0xaa, features=UFFD_FEATURE_SIGBUS})\n" +
			"ioctl(3, UFFDIO_REGISTER, {range={start=p, len=PAGE}, mode=UFFDIO_REGISTER_MODE_WP})\n*p = 2\n",
	},
	HugeRestores: {
		Name: "a private huge page gives its reservation back", Since: Release{6, 9, 0},
		By: "mm/hugetlb: restore the reservation if needed",
		Says: "An advice that drops a private huge page reserves one for the place again, so that the next fault " +
			"there finds one. Before, the pool may have none left for it.",
		Example: ".sysctl vm.nr_hugepages=1\n" +
			"p = mmap(NULL, 2M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB, -1, 0)\n*p = 1\n" +
			"madvise(p, 2M, MADV_DONTNEED)\nmmap(NULL, 2M, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB, -1, 0)\n",
	},
	PidfdThreads: {
		Name: "PIDFD_THREAD", Since: Release{6, 9, 0},
		By:      "pidfd: implement PIDFD_THREAD flag for pidfd_open()",
		Says:    "pidfd_open opens a thread where PIDFD_THREAD asks for it. Before, the flag is unknown: EINVAL.",
		Example: "pidfd_open(1, 0x80)\n",
	},
	PidfdFiles: {
		Name: "a pidfd is a regular file", Since: Release{6, 9, 0},
		By: "pidfd: add pidfs",
		Says: "Pidfds are files of a file system of their own, of mode 0700 and of a regular file's type, which stat " +
			"does not show, and nothing there may be executed: sync_file_range does nothing, pread64 is EINVAL, and " +
			"mmap with PROT_EXEC is EPERM. Before, they are files without a type, of mode 0600: ESPIPE twice, and " +
			"ENODEV.",
		Example: "fd = pidfd_open(1, 0)\npread64(fd, scratch, 10, 0)\n",
	},
	PopulateAcrossAreas: {
		Name: "MADV_POPULATE_READ ends at the first hole", Since: Release{6, 9, 0},
		Backports: []Release{{6, 6, 63}},
		By:        "mm/madvise: make MADV_POPULATE_(READ|WRITE) handle VM_FAULT_RETRY properly",
		Says: "MADV_POPULATE_READ and MADV_POPULATE_WRITE end with ENOMEM where nothing is mapped, and a page that " +
			"they waited for is a major fault. Before, they go on behind the hole, as other advices do, and begin " +
			"again at the page that has come: a minor fault.",
		Example: "p = mmap(NULL, 3*PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nmunmap(p + PAGE, PAGE)\n" +
			"madvise(p, 3*PAGE, MADV_POPULATE_READ)\n",
		Shows: "faults",
	},
	GiftPreparesFirst: {
		Name: "UFFDIO_COPY prepares an area that it then refuses", Since: Release{6, 9, 0},
		By: "userfaultfd: use per-vma locks in userfaultfd operations",
		Says: "UFFDIO_COPY and its like make a private area ready for pages of its own before they find that it is " +
			"not registered, so that fork copies its page table. Before, they do so last.",
		Example: "p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n*p\n" +
			"userfaultfd(UFFD_USER_MODE_ONLY)\nioctl(3, UFFDIO_API, {api=0xaa})\n" +
			"ioctl(3, UFFDIO_ZEROPAGE, {range={start=p, len=PAGE}, mode=0})\nfork()\n" +
			"[2] mincore(p, PAGE, scratch)\n",
	},
	SealAreas: {
		Name: "mseal", Since: Release{6, 10, 0},
		By: "mseal: a system call that forbids changes of areas",
		Says: "mseal seals areas against unmapping, moving and changes of protection. Before, the call does not " +
			"exist: ENOSYS.",
		Example: "p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"mseal(p, PAGE, 0)\nmunmap(p, PAGE)\n",
	},
	DescriptorQuery: {
		Name: "F_DUPFD_QUERY", Since: Release{6, 10, 0},
		By:      "fcntl: add F_DUPFD_QUERY fcntl()",
		Says:    "fcntl can tell whether two descriptors are of one open file. Before, the command is unknown: EINVAL.",
		Example: "fd = memfd_create(\"m\", 0)\nfcntl(fd, F_DUPFD_QUERY, fd)\n",
	},
	LinksOwnOpen: {
		Name: "linkat of a descriptor that the process opened", Since: Release{6, 10, 0},
		By: "vfs: relax linkat() AT_EMPTY_PATH",
		Says: "A process may give the file of a descriptor that it opened itself a name. Before, linkat with " +
			"AT_EMPTY_PATH is ENOENT without CAP_DAC_READ_SEARCH, also where the path is not empty.",
		Example: ".machine user=nobody\nfd = open(\"/data/a\", O_RDWR|O_CREAT, 0644)\n" +
			"linkat(fd, \"\", AT_FDCWD, \"/data/b\", AT_EMPTY_PATH)\n",
	},
	UserfaultsReadWhole: {
		Name: "readv of a userfaultfd", Since: Release{6, 10, 0},
		By: "userfaultfd: convert to ->read_iter()",
		Says: "The calls that take several buffers read a message into all of them, and preadv2 takes its flags. " +
			"Before, each buffer is read into as by a read of its own, and flags but RWF_HIPRI are EOPNOTSUPP.",
		Example: "userfaultfd(UFFD_USER_MODE_ONLY|O_NONBLOCK)\nioctl(3, UFFDIO_API, {api=0xaa, features=0})\n" +
			"readv(3, [{iov_base=scratch, iov_len=16}, {iov_base=scratch, iov_len=16}], 2)\n",
	},
	DroppableMemory: {
		Name: "MAP_DROPPABLE", Since: Release{6, 11, 0},
		By: "mm: add MAP_DROPPABLE for designating always lazily freeable mappings",
		Says: "mmap makes memory that the kernel may drop at any time. Before, the type of mapping is unknown: " +
			"EINVAL.",
		Example: "mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_DROPPABLE|MAP_ANONYMOUS, -1, 0)\n",
	},
	TmpfsFaultsFar: {
		Name: "a write to tmpfs touches up to 2 MiB first", Since: Release{6, 11, 0}, Until: Release{6, 13, 0},
		By: "filemap: Convert generic_perform_write() to support large folios, and tmpfs: don't enable large folios " +
			"if not supported at its end",
		Says: "Before each page that it copies, a write to a file in memory touches all of the buffer up to the next " +
			"2 MiB of the file, and a sealed file refuses it where any of that is beyond its end. Before and since, " +
			"it goes page by page.",
		Example: "fd = memfd_create(\"m\", MFD_ALLOW_SEALING)\nftruncate(fd, PAGE)\n" +
			"fcntl(fd, F_ADD_SEALS, F_SEAL_GROW)\nwrite(fd, scratch, 2*PAGE)\n",
	},
	MissStartsAnew: {
		Name: "a read that misses begins a window of its own", Since: Release{6, 11, 0},
		By: "readahead: disentangle async and sync readahead",
		Says: "A read that misses a page right behind the last window of readahead begins anew, as the first read of " +
			"a file does. Before, it goes on from that window, and what it reads is larger. A reader that finds the " +
			"mark on the first page goes on from the window. Before, it begins anew.",
		Example: ".machine fs=ext4\n.file /data/a 1M cold\nfd = open(\"/data/a\", O_RDONLY)\n" +
			"p = mmap(NULL, 256*PAGE, PROT_READ, MAP_SHARED, fd, 0)\np[100*PAGE]\nmunmap(p, 256*PAGE)\n" +
			"fadvise64(fd, 0, 0, POSIX_FADV_DONTNEED)\npread64(fd, scratch, PAGE, 116*PAGE)\n" +
			"p = mmap(NULL, 256*PAGE, PROT_READ, MAP_SHARED, fd, 0)\nmincore(p, 256*PAGE, scratch)\n",
	},
	OwnAdvice: {
		Name: "process_madvise of oneself needs no capability", Since: Release{6, 12, 0},
		By: "mm/madvise: process_madvise() drop capability check if self",
		Says: "A process without CAP_SYS_NICE may advise its own memory with process_madvise. Before, that is " +
			"EPERM.",
		Example: ".machine user=nobody\nfd = pidfd_open(1, 0)\n" +
			"process_madvise(fd, [{iov_base=0, iov_len=0}], 1, MADV_COLD, 0)\n",
	},
	KSMOfAll: {
		Name: "each private page is shown as merged", Since: Release{6, 12, 0},
		By: "fs/proc/page: the flag ksm from the bits of the mapping",
		Says: "/proc/kpageflags has the flag ksm for each private page, merged or not. Before 6.12, and again since " +
			"7.1, only for merged ones.",
		Example: "munlockall()\n",
		Shows:   "kpageflags",
	},
	BesideSource: {
		Name: "what MREMAP_DONTUNMAP moves may join the other neighbour", Since: Release{6, 12, 118},
		By: "mm: vma_merge_new_range() in place of vma_merge(); seen once the source is kept apart",
		Says: "Where the new place of MREMAP_DONTUNMAP lies beside the area that it moves from, the copy may become " +
			"part of the area on the other side. Before, it becomes part of neither.",
		Example: "p = mmap(NULL, 6*PAGE, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nmunmap(p + 4*PAGE, PAGE)\n" +
			"mremap(p + PAGE, PAGE, PAGE, MREMAP_MAYMOVE|MREMAP_DONTUNMAP|MREMAP_FIXED, p + 4*PAGE)\n",
		Shows: "maps",
	},
	SwapZeros: {
		Name: "pages of zeros are not written to the swap area", Since: Release{6, 12, 0},
		By: "mm: store zero pages to be swapped out in a bitmap",
		Says: "Of a page of zeros the swap area remembers only that it is one: reclaim frees it at once, and a fault " +
			"on it reads nothing. Before, it is written and read like any other page.",
		Example: ".machine swap=1M\np = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"p[0] = 0\nmadvise(p, PAGE, MADV_PAGEOUT)\np[0]\n",
		Shows: "faults",
	},
	StackBackFirst: {
		Name: "rt_sigreturn sets the alternate stack first", Since: Release{6, 12, 0},
		By: "x86/pkeys: Restore altstack access in sigreturn()",
		Says: "At the end of a handler the alternate stack is set as it was before, unless the handler runs on the " +
			"one that is set now; the registers follow. Before, the registers come first: it is set unless the " +
			"program returns to the alternate stack, and not at all where the registers cannot be read.",
		Example: "p = mmap(NULL, 4*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"sigaltstack({ss_sp=p, ss_flags=0, ss_size=PAGE}, NULL)\n" +
			"on SIGSEGV sigaltstack({ss_sp=p + PAGE, ss_flags=0, ss_size=2*PAGE}, NULL)\n" +
			"rsp = p + 3*PAGE + 200\n*0x1\nsigaltstack(NULL, {})\n",
	},
	FramesOpenKeys: {
		Name: "a signal's frame opens all protection keys", Since: Release{6, 12, 0},
		By: "x86/pkeys: Update PKRU to enable all pkeys before XSAVE",
		Says: "A signal frame is stored whatever the protection key of its stack allows. Where it cannot be stored " +
			"for another reason once the registers are, all keys stay open. Before, a key that forbids writing keeps " +
			"the frame out: SIGSEGV.",
		Example: ".machine pkeys=on\np = mmap(NULL, 2*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"k = pkey_alloc(0, PKEY_DISABLE_WRITE)\npkey_mprotect(p, 2*PAGE, PROT_READ|PROT_WRITE, k)\n" +
			"on SIGSEGV pkey_mprotect(p, 2*PAGE, PROT_READ|PROT_WRITE, 0)\nrsp = p + 2*PAGE\n*0x1\n",
	},
	UnmapsLast: {
		Name: "mmap unmaps what was there last", Since: Release{6, 12, 0},
		By: "mm/mmap: use split munmap calls for MAP_FIXED",
		Says: "mmap with MAP_FIXED unmaps what was there when nothing can be refused any more. Before, it unmaps " +
			"first: where that " +
			"is refused the error is ENOMEM, and what exceeds the commit limit is refused when the old area is gone.",
		Example: "mmap(0x7ffff7ff8000, 2*PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)\n",
	},
}
