package profile

// since619 are the rules that came with 6.19 and later: the default profile lacks them. By theme:
//
//	ext4          The last block is zeroed before a file grows, not afterwards (7.1).
//	readahead     A window that reaches the end of the file has no mark, and a fault counts one hit, not one for
//	              each page that it maps (7.2).
//	mremap        What MREMAP_DONTUNMAP leaves behind is an area of its own (7.2), and room for areas is checked for
//	              what the call needs (7.1).
//	private pages Those of a file have numbers of their own, and not those of the file's pages (7.3).
//	[vvar]        Its pages are counted frames (7.1), and no longer those of a device (7.3).
//	userfaultfd   It protects against loads too (7.3).
//	order         Several calls check one argument before another: process_madvise, openat, UFFDIO_COPY.
var since619 = map[Rule]Change{
	ExecSealBusy: {
		Name: "F_SEAL_EXEC minds who may write", Since: Release{7, 1, 0},
		Backports: []Release{{6, 12, 118}, {6, 18, 44}, {7, 0, 13}},
		By:        "memfd: the seals that F_SEAL_EXEC implies",
		Says: "F_SEAL_EXEC of a file that may be executed seals it against writing as F_SEAL_WRITE does: it is EBUSY " +
			"where a shared mapping may be written to. Before, it is not, and that mapping still can be.",
		Example: "fd = memfd_create(\"m\", MFD_ALLOW_SEALING)\nftruncate(fd, PAGE)\n" +
			"mmap(NULL, PAGE, PROT_NONE, MAP_SHARED, fd, 0)\nfcntl(fd, F_ADD_SEALS, F_SEAL_EXEC)\n",
	},
	SpecialStaysAlone: {
		Name: "MADV_DOFORK of the kernel's areas", Since: Release{7, 0, 0},
		By: "mm/madvise: prefer VM_SPECIAL to VM_IO for MADV_DOFORK",
		Says: "MADV_DOFORK of an area of the kernel, such as [vdso], is EINVAL as that of a device is. Before, " +
			"it is not.",
		Example: "madvise(0x7ffff7ffd000, 2*PAGE, MADV_DOFORK)\n",
	},
	SlicesInRseq: {
		Name: "struct rseq is 33 bytes long", Since: Release{7, 0, 0},
		By: "rseq: Add fields and constants for time slice extension, and: Ensure rseq feature size differs from " +
			"original rseq size",
		Says: "AT_RSEQ_FEATURE_SIZE is 33 and AT_RSEQ_ALIGN is 64. Before, they are 28 and 32.",
		Example: ".file /prog/a 12288 elf=static\nfd = memfd_create(\"m\", 0)\n" +
			"execve(\"/prog/a\", [\"a\"], [\"b\"])\npwrite64(fd, 0x7fffffffefa0, 8, 0)\npread64(fd, scratch, 8, 0)\n",
	},
	DescriptorBeforePath: {
		Name: "openat takes a descriptor before it looks at the path", Since: Release{7, 0, 0},
		By: "do_filp_open(): DTRT when getting ERR_PTR() as pathname, and: allow incomplete imports of filenames",
		Says: "Where no descriptor is free, openat is EMFILE also for a path that cannot be read or is empty. " +
			"Before, it is EFAULT or ENOENT.",
		Example: "prlimit64(0, RLIMIT_NOFILE, {rlim_cur=3, rlim_max=3}, NULL)\n" +
			"openat(AT_FDCWD, 0x1000, O_RDONLY)\n",
	},
	HoleEndsInBlock: {
		Name: "a hole at the end of a file ends with its block", Since: Release{6, 19, 0},
		By: "ext4: align the end of a hole that reaches i_size to the block",
		Says: "On ext4 a hole that reaches the file's end leaves the last page in the page cache, where the " +
			"file's last block is not the last of the page. Before, the page goes.",
		Example: ".machine fs=ext4\n.file /data/a 5000\nfd = open(\"/data/a\", O_RDWR)\n" +
			"fallocate(fd, FALLOC_FL_PUNCH_HOLE|FALLOC_FL_KEEP_SIZE, PAGE, PAGE)\n" +
			"p = mmap(NULL, 2*PAGE, PROT_READ, MAP_SHARED, fd, 0)\nmincore(p, 2*PAGE, scratch)\n",
	},
	EndZeroedFirst: {
		Name: "the end of a file is zeroed before it grows", Since: Release{7, 1, 0},
		By: "ext4: zero the block of the old end before allocation, and before a write beyond it",
		Says: "On ext4 fallocate, and a write beyond the end, read the last block in and zero what lies behind the " +
			"end before they do anything else. So FALLOC_FL_ZERO_RANGE that makes a file longer leaves the old bytes " +
			"of that page in the page cache. Before, the page is dropped, and reads as zeros.",
		Example: ".machine fs=ext4\n.file /data/a 5000 cold\nfd = open(\"/data/a\", O_RDWR)\n" +
			"fallocate(fd, FALLOC_FL_ZERO_RANGE, 0, 8192)\npread64(fd, scratch, 64, 4096)\n",
	},
	VvarFrames: {
		Name: "[vvar] shows counted frames", Since: Release{7, 1, 0},
		By: "vdso/datastore: allocate data pages dynamically, map pages through struct page",
		Says: "The pages of [vvar] are ordinary frames, and count as resident: advices that discard or age pages " +
			"take the area. Before, it shows bare frames as a device does: EINVAL.",
		Example: "madvise(0x7ffff7ff7000, PAGE, MADV_DONTNEED)\n",
	},
	RemapCountsAreas: {
		Name: "mremap leaves room for the areas that it takes", Since: Release{7, 1, 0},
		By: "mm/mremap: correct the check of the number of areas",
		Says: "mremap is ENOMEM where fewer than four more areas are allowed, whatever it would do. Before, only a " +
			"move is, where fewer than six are.",
		Example: ".sysctl vm.max_map_count=12\np = mmap(NULL, 2*PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"mremap(p, 2*PAGE, PAGE, 0)\n",
	},
	KSMOfMerged: {
		Name: "only merged pages are shown as merged", Since: Release{7, 1, 0},
		Backports: []Release{{6, 18, 44}},
		By:        "fs/proc/page: all bits of the mapping decide the flag ksm",
		Says:      "/proc/kpageflags has the flag ksm for merged pages. Before, since 6.12, for all private ones.",
		Example:   "munlockall()\n",
		Shows:     "kpageflags",
	},
	AdviceFromStart: {
		Name: "advice for a file begins at its start", Since: Release{7, 1, 0},
		By:      "mm/fadvise: reject a negative offset",
		Says:    "posix_fadvise and readahead of a negative offset are EINVAL. Before, they succeed.",
		Example: "fd = memfd_create(\"a\", 0)\nfadvise64(fd, -1, 0, POSIX_FADV_NORMAL)\n",
	},
	DroppableNeverLocked: {
		Name: "droppable memory is never locked", Since: Release{7, 1, 0},
		Backports: []Release{{6, 12, 118}, {6, 18, 44}, {7, 0, 13}},
		By:        "mm: droppable areas take no part in mlockall",
		Says:      "mlockall(MCL_FUTURE) does not lock what MAP_DROPPABLE maps later. Before, it does.",
		Example: "mlockall(MCL_FUTURE|MCL_ONFAULT)\n" +
			"mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_DROPPABLE|MAP_ANONYMOUS, -1, 0)\n",
		Shows: "faults",
	},
	LowUserfaults: {
		Name: "a userfaultfd takes low addresses", Since: Release{7, 1, 0},
		Backports: []Release{{5, 10, 262}, {6, 1, 192}, {6, 12, 118}, {6, 18, 44}, {7, 0, 13}},
		By:        "userfaultfd: allow registration of ranges below mmap_min_addr",
		Says: "The requests of a userfaultfd take memory below vm.mmap_min_addr, which a program with a capability " +
			"may map. Before: EINVAL.",
		Example: "mmap(0x8000, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)\n" +
			"userfaultfd(0)\nioctl(3, UFFDIO_API, {api=0xaa, features=UFFD_FEATURE_SIGBUS})\n" +
			"ioctl(3, UFFDIO_REGISTER, {range={start=0x8000, len=PAGE}, mode=UFFDIO_REGISTER_MODE_MISSING})\n",
	},
	PipesWithoutExec: {
		Name: "nothing on a pipe may be executed", Since: Release{7, 1, 0},
		Backports: []Release{{6, 18, 44}},
		By:        "libfs: SB_I_NOEXEC for the file systems that are never mounted",
		Says: "mmap of a pipe with PROT_EXEC is EPERM, as on a file system mounted with noexec. Before, it is " +
			"ENODEV, as without PROT_EXEC.",
		Example: "pipe2([3, 4], 0)\nmmap(NULL, PAGE, PROT_READ|PROT_EXEC, MAP_PRIVATE, 3, 0)\n",
	},
	GiftAsksFileFirst: {
		Name: "UFFDIO_COPY asks the file for a page first", Since: Release{7, 1, 0},
		By: "userfaultfd: introduce vm_uffd_ops->alloc_folio()",
		Says: "UFFDIO_COPY and UFFDIO_ZEROPAGE of shared memory are ENOMEM behind the file's end, before they read " +
			"anything, and a page that the file has is EEXIST also where the file system is full. Before, they are " +
			"EFAULT and ENOMEM.",
		Example: "fd = memfd_create(\"m\", 0)\np = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0)\n" +
			"userfaultfd(UFFD_USER_MODE_ONLY)\nioctl(4, UFFDIO_API, {api=0xaa, features=UFFD_FEATURE_MINOR_SHMEM})\n" +
			"ioctl(4, UFFDIO_REGISTER, {range={start=p, len=PAGE}, mode=UFFDIO_REGISTER_MODE_MISSING})\n" +
			"ioctl(4, UFFDIO_ZEROPAGE, {range={start=p, len=PAGE}, mode=0})\n",
	},
	ContinueFindsNothing: {
		Name: "UFFDIO_CONTINUE behind the end", Since: Release{7, 1, 0},
		By: "userfaultfd, shmem: use a VMA callback to handle UFFDIO_CONTINUE",
		Says: "UFFDIO_CONTINUE of a page behind the file's end is EFAULT, as of any page that the file has not. " +
			"Before: EINVAL.",
		Example: "fd = memfd_create(\"m\", 0)\np = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0)\n" +
			"userfaultfd(UFFD_USER_MODE_ONLY)\nioctl(4, UFFDIO_API, {api=0xaa, features=UFFD_FEATURE_MINOR_SHMEM})\n" +
			"ioctl(4, UFFDIO_REGISTER, {range={start=p, len=PAGE}, mode=UFFDIO_REGISTER_MODE_MINOR})\n" +
			"ioctl(4, UFFDIO_CONTINUE, {range={start=p, len=PAGE}, mode=0})\n",
	},
	TmpfsChunks: {
		Name: "a sealed file refuses all of a write", Since: Release{7, 2, 0},
		By: "mm/shmem, between 7.1 and 7.2",
		Says: "A write that goes beyond the end of a file with F_SEAL_GROW is EPERM, as far as it lies within the " +
			"same 2 MiB of the file. Before, it writes the pages up to the end.",
		Example: "fd = memfd_create(\"m\", MFD_ALLOW_SEALING)\nftruncate(fd, PAGE)\n" +
			"fcntl(fd, F_ADD_SEALS, F_SEAL_GROW)\nwrite(fd, scratch, 2*PAGE)\n",
	},
	DirectChecksBuffers: {
		Name: "O_DIRECT checks each buffer when it pins it", Since: Release{7, 2, 0},
		By: "block: validate user space vectors during extraction",
		Says: "Each buffer of a transfer with O_DIRECT has to begin and end at a multiple of 512: EINVAL, but " +
			"requests before it are done. Before, a request within a page may use any address.",
		Example: ".machine fs=ext4\n.file /a 5000\nfd = open(\"/a\", O_RDONLY|O_DIRECT)\n" +
			"pread64(fd, scratch + 16, 512, 0)\n",
	},
	DontUnmapApart: {
		Name: "what MREMAP_DONTUNMAP leaves is an area of its own", Since: Release{7, 2, 0},
		Backports: []Release{{6, 1, 192}, {6, 12, 118}},
		By:        "mm/mremap: the range that MREMAP_DONTUNMAP leaves",
		Says: "MREMAP_DONTUNMAP unlocks the old range alone, and what it makes does not become part of the area that " +
			"it moved from. Before, it unlocks all of the area that the range is of.",
		Example: "p = mmap(NULL, 4*PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"mlock(p, 4*PAGE)\nmremap(p, PAGE, PAGE, MREMAP_MAYMOVE|MREMAP_DONTUNMAP, 0)\n",
		Shows: "maps",
	},
	AdviceFirst: {
		Name: "process_madvise looks at the advice first", Since: Release{7, 2, 0},
		By:      "mm/madvise: validate process_madvise() behavior once",
		Says:    "process_madvise of an unknown advice is EINVAL. Before, it is 0 where all ranges are empty.",
		Example: "process_madvise(-10000, [{iov_base=0, iov_len=0}], 1, 99, 0)\n",
	},
	NoKeysWithoutKeys: {
		Name: "no protection keys on processors without them", Since: Release{7, 2, 0},
		Backports: []Release{{6, 1, 192}, {6, 12, 118}},
		By:        "x86/pkeys: key 0 is taken on processors without protection keys too",
		Says: "pkey_alloc is ENOSPC on a processor without protection keys. Before, the first call of a " +
			"process is EINVAL.",
		Example: "pkey_alloc(0, 0)\n",
	},
	FaultsUse: {
		Name: "what a fault brings counts as used", Since: Release{7, 2, 0},
		By: "mm/mglru: folio_mark_accessed() in place of folio_set_active() for folios that faults add",
		Says: "Where reclaim keeps pages in generations, a page that a fault brings is marked as referenced: smaps " +
			"of a child shows so after a fork. Before, it is not.",
		Example: ".machine lru_gen=on\np = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, " +
			"-1, 0)\n*p = 1\nfork()\n[2] munlockall()\n",
		Shows: "smaps",
	},
	NoMarkAtEnd: {
		Name: "no mark where the file ends", Since: Release{7, 2, 0},
		By: "mm/readahead: no marker in a window that reaches the end of the file",
		Says: "A window of readahead that reaches the file's end has no mark at which the next one begins. Before, " +
			"it has one, and a fault on it begins again.",
		Example: ".machine fs=ext4\n.file /data/a 256K cold\nfd = open(\"/data/a\", O_RDONLY)\n" +
			"p = mmap(NULL, 64*PAGE, PROT_READ, MAP_SHARED, fd, 0)\np[40*PAGE]\np[56*PAGE]\n",
		Shows: "faults",
	},
	OneHitAFault: {
		Name: "a fault is one hit", Since: Release{7, 2, 0},
		By: "mm/filemap: count only the faulting address as a mmap hit, and no fault that begins again",
		Says: "A fault that finds its page in the page cache takes back one of the misses after which a file counts " +
			"as read at random. Before, each page that it maps takes back one.",
		Example: ".machine fs=ext4\n.file /data/a 16M cold\nfd = open(\"/data/a\", O_RDONLY)\n" +
			"p = mmap(NULL, 16M, PROT_READ, MAP_SHARED, fd, 0)\np[0..4064*PAGE step 32*PAGE]\np[4065*PAGE]\n",
		Shows: "faults",
	},
	ExecUncounted: {
		Name: "executable areas count no misses", Since: Release{7, 2, 0},
		By: "mm: bypass mmap_miss heuristic for VM_EXEC readahead",
		Says: "A load of an executable area reads ahead however many of them found nothing. Before, the file counts " +
			"as read at random after a hundred.",
		Example: ".machine fs=ext4\n.file /data/a 16M cold\nfd = open(\"/data/a\", O_RDONLY)\n" +
			"p = mmap(NULL, 16M, PROT_READ|PROT_WRITE|PROT_EXEC, MAP_PRIVATE, fd, 0)\n" +
			"p[0..4064*PAGE step 32*PAGE] = 1\np[4065*PAGE]\n",
		Shows: "faults",
	},
	HugeLastRestores: {
		Name: "only the last to map a huge page gives its reservation back", Since: Release{7, 2, 0},
		Backports: []Release{{6, 12, 118}},
		By:        "mm/hugetlb: the reservation of a page that others map; measured on 6.12.118 and 7.2.12",
		Says: "An unmap of a private huge page that a child still has leaves the reservations alone. Before, it " +
			"gives one back although no page is free for it, and HugePages_Rsvd may become 0 less one.",
		Example: ".sysctl vm.nr_hugepages=2\n" +
			"p = mmap(NULL, 4M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB, -1, 0)\n*p = 1\n" +
			"fork()\n[1] madvise(p, 2M, MADV_DONTNEED)\n[1] *p\n",
	},
	NothingHasNoLimit: {
		Name: "copying nothing has no limit", Since: Release{7, 3, 0},
		Backports: []Release{{6, 12, 118}},
		By:        "fs: copy_file_range() of nothing",
		Says: "copy_file_range from the end of a file is 0 wherever it would go. Before, it is EFBIG where that lies " +
			"beyond RLIMIT_FSIZE or the largest file.",
		Example: "a = memfd_create(\"a\", 0)\nb = memfd_create(\"b\", 0)\ncopy_file_range(a, NULL, b, " +
			"[0x7fffffffffffffff], 0, 0)\n",
	},
	VvarLocked: {
		Name: "[vvar] is no device", Since: Release{7, 3, 0},
		By: "vdso/datastore: drop VM_IO, provide all pages, refuse remote faults",
		Says: "mlock and MADV_POPULATE_READ make the four pages of [vvar] present. Before, they leave the area out, " +
			"or are EINVAL, and two of its pages are a SIGBUS.",
		Example: "mlockall(MCL_CURRENT)\n",
		Shows:   "faults",
	},
	PrivateNumbers: {
		Name: "private pages of files have numbers of their own", Since: Release{7, 3, 0},
		By: "mm/rmap: virtual page offsets for anonymous folios of MAP_PRIVATE file mappings",
		Says: "A private area of a file that mremap has moved after a store does not become part of a neighbour that " +
			"goes on in the file. Before, it does.",
		Example: "fd = memfd_create(\"a\", 0)\nftruncate(fd, 2*PAGE)\n" +
			"p = mmap(0x10000000, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED, fd, 0)\n*p = 1\n" +
			"mremap(p, PAGE, PAGE, MREMAP_MAYMOVE|MREMAP_FIXED, 0x20000000)\n" +
			"mmap(0x20001000, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED, fd, PAGE)\n",
		Shows: "maps",
	},
	ProtectsAccess: {
		Name: "UFFD_FEATURE_RWP", Since: Release{7, 3, 0},
		By: "mm/userfaultfd: add RWP fault delivery and expose UFFDIO_REGISTER_MODE_RWP",
		Says: "A userfaultfd may protect pages against loads too, and UFFDIO_API names the features for that. " +
			"Before, they are unknown: EINVAL.",
		Example: "userfaultfd(UFFD_USER_MODE_ONLY)\nioctl(3, UFFDIO_API, {api=0xaa, features=0})\n",
	},
}
