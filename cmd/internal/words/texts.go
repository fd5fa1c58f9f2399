package words

// callTexts are what the calls do that this project is about.
var callTexts = map[string]string{
	"mmap": "Makes a file, or anonymous memory, appear in the address space. It reads nothing and sets " +
		"no page-table entry.",
	"munmap": "Takes a range out of the address space; areas are cut where they must be. Nothing mapped " +
		"there is no error.",
	"mprotect": "Changes what may be done with a range; areas are split and merged.",
	"mremap":   "Makes a range longer or shorter, or moves it: page-table entries move, bytes are not copied.",
	"msync":    "Writes the dirty pages of a shared mapping back to the file's disk.",
	"madvise":  "Tells the kernel how a range will be used, or asks it to drop, fetch or guard it.",
	"mincore":  "Says of each page whether it is in memory.",
	"mlock":    "Faults a range in and keeps it in memory.",
	"munlock":  "Ends mlock.",
	"mseal":    "Seals areas: they can be changed no more until the process ends.",
	"brk": "Moves the end of the heap, and answers with where it is: where it is refused, " +
		"with where it was. It has no errno.",
	"fork":  "Makes a child whose private pages are shared until one of the two writes: copy-on-write.",
	"vfork": "Makes a child that uses the parent's memory until it exits or calls execve.",
	"execve": "Puts another program in the place of the one that runs: its areas, stack and heap are new, its " +
		"threads end, descriptors with O_CLOEXEC are closed. A script's #! names the program that runs.",
	"read": "Copies bytes from the page cache to the user's buffer, and reads them from the disk first " +
		"where they are not there.",
	"pread64":      "read() at a given offset: the file's position stays.",
	"write":        "Copies bytes from the user's buffer to the page cache; the disk gets them later.",
	"pwrite64":     "write() at a given offset: the file's position stays.",
	"fsync":        "Writes a file's dirty pages to the disk and waits until they are durable.",
	"fdatasync":    "fsync without what is not needed to read the bytes again.",
	"sync":         "Writes everything dirty to the disk.",
	"ftruncate":    "Gives a file a new size; pages beyond it leave the page cache and every mapping.",
	"fallocate":    "Gives a range of a file blocks, or takes them away.",
	"openat":       "Opens a file: the descriptor is the number of an open file, which areas can hold as well.",
	"close":        "Gives a descriptor up; a mapping of the file stays valid, since its area holds the open file.",
	"memfd_create": "Makes a file in memory without a name.",
	"userfaultfd":  "Makes a descriptor by which the program handles faults itself, in ranges that it registers.",
	"sendfile": "Sends bytes of a file: to a pipe or a socket its pages are passed on, to a file " +
		"they are copied inside the kernel.",
	"readahead":        "Reads a part of a file into the page cache without copying it to the user.",
	"fadvise64":        "Tells the kernel how a file will be read.",
	"cachestat":        "Says how many pages of a file are cached, dirty, or under writeback.",
	"remap_file_pages": "Showed pages of a file in another order; today it makes areas, as mmap would.",
	"access":           "Says whether the process may read, write or execute a file.",
	"chdir":            "Changes the working directory, at which relative paths begin.",
	"chmod":            "Changes the mode of a file: who may read, write and execute it.",
	"clone":            "Makes a child, or with CLONE_VM one that shares the address space: a thread.",
	"creat":            "Makes a file, or empties one, and opens it for writing.",
	"dup":              "Makes another descriptor of an open file, with the same offset.",
	"dup2":             "dup to a given number; what was open there is closed.",
	"dup3":             "dup2 with O_CLOEXEC.",
	"exit":             "Ends the thread that calls it.",
	"exit_group":       "Ends the process with all its threads: its areas and its entries go away.",
	"faccessat":        "access with a directory at which a relative path begins.",
	"faccessat2":       "faccessat with flags.",
	"fchdir":           "chdir to a directory that is open.",
	"fchmod":           "chmod of an open file.",
	"fchmodat":         "chmod with a directory at which a relative path begins.",
	"fcntl":            "Asks or changes what belongs to a descriptor, an open file, or the seals of a memfd.",
	"fstat":            "Tells the size, the mode and the blocks of an open file.",
	"getcwd":           "Tells the working directory.",
	"getrlimit":        "Tells a resource limit.",
	"link":             "Gives a file one more name.",
	"linkat":           "link with directories at which relative paths begin.",
	"lseek":            "Moves the offset of an open file; SEEK_DATA and SEEK_HOLE find data and holes.",
	"lstat":            "stat of a symbolic link itself.",
	"mkdir":            "Makes a directory.",
	"mkdirat":          "mkdir with a directory at which a relative path begins.",
	"mlock2":           "mlock; with MLOCK_ONFAULT pages are locked as they are faulted in.",
	"mlockall":         "Locks all areas, those that are there or those that come.",
	"munlockall":       "Ends mlockall, and every mlock.",
	"newfstatat":       "stat with a directory at which a relative path begins: what the C library's stat calls.",
	"open": "Opens a file by its path; openat is the same with a directory at which a " +
		"relative path begins.",
	"personality":   "Changes how the process's image is laid out, as without randomized addresses.",
	"pidfd_open":    "Gives a descriptor that stands for a process.",
	"pipe":          "Makes a pipe: two descriptors, one to read and one to write.",
	"pipe2":         "pipe with flags, as O_NONBLOCK.",
	"pkey_alloc":    "Allocates a protection key, with the rights that it begins with.",
	"pkey_free":     "Gives a protection key back.",
	"pkey_mprotect": "mprotect that gives the areas a protection key.",
	"prctl":         "Changes what belongs to a process: here the names of anonymous areas, and huge pages.",
	"preadv":        "pread64 into several buffers.",
	"preadv2":       "preadv with flags, as RWF_NOWAIT.",
	"prlimit64":     "Tells and sets a resource limit, of any process.",
	"pwritev":       "pwrite64 from several buffers.",
	"pwritev2":      "pwritev with flags, as RWF_APPEND.",
	"readlink":      "Tells where a symbolic link leads.",
	"readlinkat":    "readlink with a directory at which a relative path begins.",
	"readv":         "read into several buffers.",
	"recvfrom":      "Copies bytes out of a socket.",
	"rename":        "Gives a file another name; a file that had that name loses it.",
	"renameat":      "rename with directories at which relative paths begin.",
	"renameat2":     "renameat with flags: RENAME_NOREPLACE, RENAME_EXCHANGE.",
	"rmdir":         "Removes an empty directory.",
	"sendto":        "Copies bytes into a socket.",
	"setrlimit":     "Sets a resource limit.",
	"shmat":         "Maps a segment of System V shared memory.",
	"shmctl":        "Tells of a segment of shared memory, removes it, or locks it.",
	"shmdt":         "Unmaps a segment of shared memory.",
	"shmget":        "Finds or makes a segment of shared memory: a file in memory without a path.",
	"shutdown":      "Closes one direction of a socket, or both.",
	"socketpair":    "Makes two sockets that are connected to each other.",
	"splice": "Moves bytes between a pipe and a file or another pipe: pages are passed on, where that " +
		"is possible, and not copied.",
	"stat":      "Tells the size, the mode and the blocks of a file.",
	"statx":     "stat that tells what it is asked for, the time of birth too.",
	"swapoff":   "Takes a swap area out of use: all that is in it is brought back into memory.",
	"swapon":    "Puts a swap area to use.",
	"symlink":   "Makes a symbolic link: a file that holds a path.",
	"symlinkat": "symlink with a directory at which a relative path begins.",
	"sync_file_range": "Begins writeback of a range of a file, or waits for it. Metadata and the disk's own " +
		"cache are left out.",
	"syncfs":            "sync of one file system.",
	"tee":               "Puts what waits in a pipe into another pipe too, without a copy.",
	"truncate":          "ftruncate of a file by its path.",
	"unlink":            "Takes a name from a file. It lives on as long as a name, a descriptor or an area has it.",
	"unlinkat":          "unlink, or with AT_REMOVEDIR rmdir, with a directory at which a relative path begins.",
	"vmsplice":          "Puts pages of the process's own memory into a pipe, or copies what waits in one to memory.",
	"wait4":             "Waits for a child that has ended, and takes its status.",
	"sigaltstack":       "Sets the stack that signal handlers with SA_ONSTACK run on, or tells which it is.",
	"waitid":            "wait4 that tells more of the child, and can leave it there.",
	"writev":            "write from several buffers.",
	"copy_file_range":   "Copies a range of one file to another inside the kernel: no page of the process is touched.",
	"openat2":           "openat with its flags in a structure.",
	"process_madvise":   "madvise on ranges of another process.",
	"process_vm_readv":  "Copies memory of another process to its own, with one copy.",
	"process_vm_writev": "Copies its own memory to another process's, with one copy.",
}

// errnoTexts are when the errors come, in the calls that this project is about.
var errnoTexts = map[string]string{
	"EINVAL": "An argument makes no sense: an offset or a fixed address that is no multiple of 4096, a length of " +
		"0, unknown flags.",
	"ENOMEM": "No free range is long enough, a limit is reached, or a part of the range is not mapped (msync, " +
		"mprotect, madvise, mincore).",
	"EACCES": "The file is not open for what the mapping wants: PROT_WRITE and MAP_SHARED need O_RDWR, and any " +
		"mapping needs reading.",
	"EBADF": "The descriptor is not open, or not for this.",
	"EEXIST": "MAP_FIXED_NOREPLACE, and something is mapped there; O_EXCL, and the file exists; or a page that a " +
		"userfaultfd shall make is there.",
	"EAGAIN":    "More memory would be locked than RLIMIT_MEMLOCK allows, or a lock is held.",
	"EPERM":     "Sealed, or a privilege is missing.",
	"ENODEV":    "The file has no mmap operation.",
	"EOVERFLOW": "Offset and length together pass what a file can have.",
	"ENOSPC":    "The file system is full.",
	"EFAULT":    "A pointer leads nowhere: the kernel could not copy from or to it.",
	"EBUSY":     "The range is locked (MS_INVALIDATE), or in use.",
	"EIO":       "The disk failed.",
	"ENOENT":    "No file has that name; or a range is not registered with a userfaultfd.",
	"ENOSYS":    "The kernel, or the model, has no such call.",
	"EOPNOTSUPP": "MAP_SHARED_VALIDATE with a flag that this file does not know, or an operation that the file " +
		"system does not have.",
	"ETXTBSY": "The file is being written to, or executed.",
	"EFBIG":   "The file would be larger than it may be.",
	"ESPIPE":  "The descriptor has no position: a pipe.",
	"EISDIR":  "It is a directory.",
	"ENOTDIR": "A part of the path is no directory.",
	"EMFILE":  "Too many descriptors are open.",
}

var knobTexts = map[string]string{
	"vm.dirty_background_bytes": "how many bytes may be dirty before the flusher starts; 0 where the ratio counts.",
	"vm.dirty_background_ratio": "what percentage of memory may be dirty before the flusher starts.",
	"vm.dirty_bytes": "how many bytes may be dirty before a writer has to wait; 0 where the " +
		"ratio counts.",
	"vm.dirty_expire_centisecs": "how long a page may be dirty before the flusher writes it back: 3000 is 30 " +
		"seconds.",
	"vm.dirty_ratio":               "what percentage of memory may be dirty before a writer has to wait.",
	"vm.dirty_writeback_centisecs": "how often the flusher looks: 500 is every 5 seconds; 0 stops it.",
	"vm.dirtytime_expire_seconds":  "how old times of a file may become that memory alone has: with lazytime.",
	"vm.drop_caches":               "writing 1 to it drops clean pages from the page cache; write only.",
	"net.core.wmem_default":        "how much memory the messages of a new socket may take before it is full.",
	"fs.nr_open":                   "how many descriptors RLIMIT_NOFILE may allow at most.",
	"vm.max_map_count":             "how many areas a process may have.",
	"vm.nr_hugepages": "how many pages of 2 MiB the pool of huge pages has: what MAP_HUGETLB and " +
		"memfd_create(MFD_HUGETLB) take theirs from. They are taken from memory at once, whether they are used or not.",
	"vm.nr_overcommit_hugepages": "how many surplus pages the pool of huge pages may take from memory on demand, " +
		"on top of its own.",
	"vm.mmap_min_addr": "below this address only CAP_SYS_RAWIO maps anything.",
	"vm.overcommit_memory": "0: obvious excess is refused; 1: nothing is; 2: what is committed stays below a " +
		"limit.",
	"vm.page-cluster":             "a fault on a swapped page reads 2^N pages around it at most; 0 reads none.",
	"vm.swappiness":               "how much rather private pages are reclaimed than those of files, 0 to 200 (60).",
	"vm.unprivileged_userfaultfd": "1: a userfaultfd of an ordinary user may handle the kernel's own faults (0).",

	"vm.overcommit_ratio": "with vm.overcommit_memory=2: what percentage of memory may be committed.",
}

var settingTexts = map[string]string{
	"ram": ".machine ram=64M is how much memory there is (24G where nothing is said).",
	"swap": ".machine swap=16M is the size of the swap area /dev/swap (none where nothing is said). " +
		"swapon adds files that .file PATH SIZE swap has made.",
	"fs": ".machine fs=ext4 puts the files on a disk; fs=tmpfs keeps them in memory, which is what " +
		"happens where nothing is said.",
	"disk": ".machine disk=nvme, ssd or hdd says how long the disk takes.",
	"thp": ".machine thp=madvise, always or never: when the kernel gives out huge pages. They are not " +
		"modelled: with always, processes start with them disabled (PR_SET_THP_DISABLE).",
	"read_ahead_kb": ".machine read_ahead_kb=128 is how much of a file is read ahead at most.",
	"user": ".machine user=root, or another: an ordinary user has no capabilities, so he maps nothing at " +
		"the lowest addresses, opens no file whose mode forbids it, locks little memory, raises no hard limit. Where " +
		"root runs vmsim diff, record or fuzz, the program runs as nobody.",
	"dac_override": ".machine dac_override=off: a root to whom the modes of files apply.",
	"fsetid":       ".machine fsetid=off: a root whose write takes the set-user-ID from a file.",
	"ipc_lock": ".machine ipc_lock=off: a root who locks no more memory than RLIMIT_MEMLOCK allows, as in many " +
		"containers.",
	"sys_nice":  ".machine sys_nice=off: a root who may not advise other processes.",
	"sys_rawio": ".machine sys_rawio=off: a root who maps nothing below vm.mmap_min_addr, as in many containers.",
	"limits": ".machine limits=RLIMIT_NOFILE:1024:524288,RLIMIT_CORE:0:0 are the soft and hard limits that " +
		"the program starts with.",
	"anon_names": ".machine anon_names=off: the kernel was built without names for anonymous memory (PR_SET_VMA).",
	"memcg": ".machine memcg=64M: the programs are in a control group that may have so much memory. At the limit it " +
		"is reclaimed from the group's own pages, whatever the machine has free.",
	"memcg_high": ".machine memcg_high=32M: from there on the programs of the control group reclaim from its pages " +
		"when they go back to user space, and wait where that does not suffice. They may go over it.",
	"reclaim": ".machine reclaim=NAME: which policy chooses the page that leaves when memory is short. linux is the " +
		"kernel's own; fifo, lru, clock, sieve, 2q, arc, lirs, s3-fifo, w-tinylfu and opt are as their authors have " +
		"described them, and mglru has the rules of Linux's generations. Every use is reported to these policies, " +
		"and one page leaves at a time. No kernel sees every load; that is why Linux's way differs. opt runs the " +
		"program twice, to know the future. See docs/replacement.md.",
	"disk_size": ".machine disk_size=64M is how large the disk is; a full one is ENOSPC.",
	"tmpfs_size": ".machine tmpfs_size=8M is how much the files of a tmpfs may hold, half of the memory without it; " +
		"memfd and anonymous shared memory are on none.",
	"profile":      ".machine profile=6.18 names the kernel that is modelled; there is one.",
	"seed":         ".machine seed=1: kept for recordings; the model leaves nothing to chance.",
	"sys_resource": ".machine sys_resource=off: a root without CAP_SYS_RESOURCE, as in many containers.",
	"zero_page":    ".machine zero_page=off: a guest that runs without the shared frame of zeros.",
	"erms": ".machine erms=off: a processor that clears memory in words; until 6.4 a read of /dev/zero that fails " +
		"half way tells.",
	"kernel": ".machine kernel=6.12: the release of Linux that the machine runs. docs/kernels.md lists what " +
		"changed between releases.",
	"soft_dirty": ".machine soft_dirty=on: the kernel notes which areas and pages are new since clear_refs " +
		"(CONFIG_MEM_SOFT_DIRTY).",
	"xsave": ".machine xsave=2696: how many bytes of the processor's registers a signal frame holds; 2432 with " +
		"AVX-512, 832 with AVX.",
	"pkeys": ".machine pkeys=on: the processor has protection keys.",
	"ksm":   ".machine ksm=off: the kernel was built without merging of equal pages (CONFIG_KSM).",
	"vsyscall": ".machine vsyscall=none: the kernel has no [vsyscall] page. xonly and emulate: it has, to " +
		"execute only or to read too.",
	"lru_gen": ".machine lru_gen=on: reclaim keeps pages in generations instead of an active and an inactive " +
		"list (CONFIG_LRU_GEN_ENABLED).",
	"memory_failure": ".machine memory_failure=on: the kernel handles memory that has failed " +
		"(CONFIG_MEMORY_FAILURE); the signal for a page of UFFDIO_POISON says so.",
	"cpus": ".machine cpus=2: kept for recordings; the model has one order of things.",
}

var pageFlagTexts = map[string]string{
	"locked":     "it is being read or written back, and no other task may touch it.",
	"uptodate":   "its bytes are those of the file.",
	"lru":        "it is in one of the lists from which reclaim takes pages.",
	"active":     "it was used more than once lately, so reclaim looks elsewhere first.",
	"referenced": "it was used lately.",
	"mmap":       "some page table maps it.",
	"anon":       "no file backs it.",
	"swapbacked": "it goes to the swap area when it has to leave.",
	"swapcache":  "it is in the swap cache.",
	"mlocked":    "mlock keeps it in memory.",
	"zero_page":  "it is the frame of zeros that all share.",
}
