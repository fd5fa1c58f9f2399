package script

import (
	"iter"

	"vmsim/syscalls"
)

// The flag sets of the calls, with Linux's numbers for x86-64. They are spelt out here because the host that runs this
// may be Windows or a browser.

// flagSets are the sets by the short name that the table of calls uses.
var flagSets = map[string]*flagSet{
	"prot": &protFlags, "protq": &protOrZero, "map": &mapFlags, "mremap": &mremapFlags, "msync": &msyncFlags,
	"advice": &adviceNames,
	"mlock2": &mlock2Flags, "mcl": &mclFlags, "open": &openFlags, "falloc": &fallocFlags, "whence": &whenceNames,
	"mfd":   &mfdFlags,
	"fcntl": &fcntlNames, "seals": &sealFlags, "fadvise": &fadviseNames, "syncrange": &syncRangeFlags,
	"splice": &spliceFlags, "pipe": &pipeFlags, "family": &familyNames, "socktype": &socketTypes,
	"msg": &messageFlags, "shut": &shutNames, "wait": &waitFlags,
	"idtype": &idTypes, "ioctl": &ioctlNames, "prctl": &prctlNames,
	"ipc": &shmgetFlags, "shmat": &shmatFlags, "shmctl": &shmctlNames, "rlimit": &rlimitNames, "at": &atFlags,
	"rwf": &rwfFlags, "clone": &cloneFlags,
	"rename": &renameFlags,
	"dirfd":  &dirfdNames, "access": &accessFlags, "statx": &statxFlags, "fdflags": &fdFlags, "filemode": &ModeFlags,
	"prvma": &prSetVMANames, "prmdwe": &mdweFlags, "prmm": &prSetMMNames, "key": &shmKeys,
	"pkey": &pkeyRights, "uffd": &userfaultFlags, "uffdfeature": &userfaultFeatures, "uffdregister": &registerModes,
	"uffdcopy": &copyModes, "uffdzero": &zeroModes, "uffdcontinue": &continueModes, "uffdpoison": &poisonModes,
	"uffdwrite": &writeModes, "uffdmove": &moveModes, "uffdnumber": &userfaultNumbers,
	"persona": &personaFlags, "ss": &stackFlags,
}

var protFlags = flagSet{zero: flagName{"PROT_NONE", 0,
	"No access at all: the range is kept free, and each access is a SIGSEGV with SEGV_ACCERR."}, bits: protBits,
	also: []flagName{{"PROT_SEM", 8, ""}}}

// personaFlags are read by name, as strace prints them, and print as a number.
var personaFlags = flagSet{also: []flagName{
	{"PER_LINUX", 0, ""}, {"PER_LINUX32", 8, ""}, {"PER_LINUX_32BIT", 0x800000, ""}, {"PER_LINUX32_3GB", 0x8000008, ""},
	{"PER_BSD", 6, ""}, {"PER_MASK", 0xff, ""},
	{"UNAME26", 0x20000, ""}, {"ADDR_NO_RANDOMIZE", uint64(syscalls.AddrNoRandomize), ""},
	{"FDPIC_FUNCPTRS", 0x80000, ""}, {"MMAP_PAGE_ZERO", uint64(syscalls.MmapPageZero), ""},
	{"ADDR_COMPAT_LAYOUT", uint64(syscalls.AddrCompat), ""},
	{"READ_IMPLIES_EXEC", uint64(syscalls.ReadImpliesExec), ""}, {"ADDR_LIMIT_32BIT", 0x800000, ""},
	{"SHORT_INODE", 0x1000000, ""}, {"WHOLE_SECONDS", 0x2000000, ""}, {"STICKY_TIMEOUTS", 0x4000000, ""},
	{"ADDR_LIMIT_3GB", 0x8000000, ""},
}}

// stackFlags say what an alternate stack is for.
var stackFlags = flagSet{bits: []flagName{
	{"SS_ONSTACK", 1, "The process runs on its alternate stack: a handler with SA_ONSTACK has not returned. Setting " +
		"the flag has no effect."},
	{"SS_DISABLE", 2, "There is no alternate stack: handlers run on the stack itself."},
	{"SS_AUTODISARM", 1 << 31, "While a handler runs on the alternate stack there is none: the handler may set " +
		"another."},
}}

// protOrZero is remap_file_pages' protection, which must be 0.
var protOrZero = flagSet{bits: protBits}

var protBits = []flagName{
	{"PROT_READ", 1, "Loads are allowed."},
	{"PROT_WRITE", 2, "Stores are allowed; x86 then allows loads as well."},
	{"PROT_EXEC", 4, "Instructions may be fetched."},
	{"PROT_GROWSDOWN", 1 << 24, ""},
	{"PROT_GROWSUP", 1 << 25, ""},
}

var mapFlags = flagSet{
	Mask: 0xf,
	field: []flagName{
		{"MAP_SHARED", uint64(syscalls.MapShared),
			"Stores are stores to the file, or to memory that a forked child shares."},
		{"MAP_PRIVATE", uint64(syscalls.MapPrivate),
			"Stores go to a copy that only this process sees; they never reach the file."},
		{"MAP_SHARED_VALIDATE", uint64(syscalls.MapSharedValidate),
			"MAP_SHARED, but unknown flags are refused with EOPNOTSUPP instead of ignored."},
		{"MAP_DROPPABLE", uint64(syscalls.MapDroppable),
			"Private memory that the kernel may drop when memory is short: it reads as zeros then."},
	},
	bits: []flagName{
		{"MAP_FIXED", uint64(syscalls.MapFixed), "The address is no hint: what is mapped there goes away first."},
		{"MAP_ANONYMOUS", uint64(syscalls.MapAnonymous), "Memory that no file backs; it begins as zeros."},
		{"MAP_32BIT", uint64(syscalls.Map32Bit), ""},
		{"MAP_ABOVE4G", uint64(syscalls.MapAbove4G), ""},
		{"MAP_GROWSDOWN", uint64(syscalls.MapGrowsDown), "A stack: an access below it lengthens it downwards."},
		{"MAP_DENYWRITE", uint64(syscalls.MapDenyWrite), ""},
		{"MAP_EXECUTABLE", uint64(syscalls.MapExecutable), ""},
		{"MAP_LOCKED", uint64(syscalls.MapLocked),
			"As mlock of the range: the pages are faulted in and never reclaimed."},
		{"MAP_NORESERVE", uint64(syscalls.MapNoReserve),
			"The memory is not charged in advance: it takes no part of the commit limit."},
		{"MAP_POPULATE", uint64(syscalls.MapPopulate),
			"The pages are faulted in at once, so that later accesses take no fault."},
		{"MAP_NONBLOCK", uint64(syscalls.MapNonblock), "With MAP_POPULATE: nothing is faulted in after all."},
		{"MAP_STACK", uint64(syscalls.MapStack),
			"Says that this is a thread's stack; Linux only keeps huge pages away from it."},
		{"MAP_HUGETLB", uint64(syscalls.MapHugeTLB),
			"Pages of 2 MiB from the machine's pool (.sysctl vm.nr_hugepages=N): ENOMEM where it has too few free " +
				"ones, or SIGBUS later with MAP_NORESERVE."},
		{"MAP_SYNC", uint64(syscalls.MapSync), ""},
		{"MAP_FIXED_NOREPLACE", uint64(syscalls.MapFixedNoReplace),
			"The address is no hint, and EEXIST where something is mapped there."},
	},
	shift: "MAP_HUGE_SHIFT",
	also: []flagName{{"MAP_ANON", uint64(syscalls.MapAnonymous), ""}, {"MAP_FILE", 0, ""},
		{"MAP_HUGE_2MB", 21 << 26, ""}, {"MAP_HUGE_1GB", 30 << 26, ""}},
}

var mremapFlags = flagSet{bits: []flagName{
	{"MREMAP_MAYMOVE", 1, "The range may be moved where it cannot grow in its place."},
	{"MREMAP_FIXED", 2, "The range goes to the given address; what is mapped there goes away."},
	{"MREMAP_DONTUNMAP", 4, "The pages move, and an empty range stays at the old address."},
}}

var msyncFlags = flagSet{bits: []flagName{
	{"MS_ASYNC", 1, "Only checks the range: dirty pages are written back later anyway."},
	{"MS_INVALIDATE", 2, "EBUSY where the range is locked; nothing else."},
	{"MS_SYNC", 4, "Writes the dirty pages of the range back and waits for the disk."},
}}

var adviceNames = flagSet{enum: true, field: []flagName{
	{"MADV_NORMAL", uint64(syscalls.AdviseNormal), "No advice: the usual readahead."},
	{"MADV_RANDOM", uint64(syscalls.AdviseRandom), "A fault reads one page, nothing ahead."},
	{"MADV_SEQUENTIAL", uint64(syscalls.AdviseSequential), "A fault reads far ahead."},
	{"MADV_WILLNEED", uint64(syscalls.AdviseWillNeed), "Reads the range into the page cache without waiting."},
	{"MADV_DONTNEED", uint64(syscalls.AdviseDontNeed),
		"The pages go away at once: the next access finds zeros, or the file's page again."},
	{"MADV_FREE", uint64(syscalls.AdviseFree), "The pages may be given up from now on; a store takes that back."},
	{"MADV_REMOVE", uint64(syscalls.AdviseRemove), "Punches a hole into the file under the range."},
	{"MADV_DONTFORK", uint64(syscalls.AdviseDontFork), "A forked child does not get the range."},
	{"MADV_DOFORK", uint64(syscalls.AdviseDoFork), ""},
	{"MADV_MERGEABLE", uint64(syscalls.AdviseMergeable), ""},
	{"MADV_UNMERGEABLE", uint64(syscalls.AdviseUnmergeable), ""},
	{"MADV_HUGEPAGE", uint64(syscalls.AdviseHugePage), ""},
	{"MADV_NOHUGEPAGE", uint64(syscalls.AdviseNoHugePage), ""},
	{"MADV_DONTDUMP", uint64(syscalls.AdviseDontDump), ""},
	{"MADV_DODUMP", uint64(syscalls.AdviseDoDump), ""},
	{"MADV_WIPEONFORK", uint64(syscalls.AdviseWipeOnFork), "A forked child finds zeros there."},
	{"MADV_KEEPONFORK", uint64(syscalls.AdviseKeepOnFork), ""},
	{"MADV_COLD", uint64(syscalls.AdviseCold), "Makes the pages look old, so that they are reclaimed first."},
	{"MADV_PAGEOUT", uint64(syscalls.AdvisePageOut),
		"Reclaims the pages now: to the swap area, or dropped where a file has them."},
	{"MADV_POPULATE_READ", uint64(syscalls.AdvisePopulateRead), "Faults the range in for loads."},
	{"MADV_POPULATE_WRITE", uint64(syscalls.AdvisePopulateWrite), "Faults the range in for stores."},
	{"MADV_DONTNEED_LOCKED", uint64(syscalls.AdviseDontNeedLocked), ""},
	{"MADV_COLLAPSE", uint64(syscalls.AdviseCollapse), ""},
	{"MADV_HWPOISON", uint64(syscalls.AdviseHWPoison), ""},
	{"MADV_SOFT_OFFLINE", uint64(syscalls.AdviseSoftOffline), ""},
	{"MADV_GUARD_INSTALL", uint64(syscalls.AdviseGuardInstall),
		"Makes the pages a guard: each access is a SIGSEGV, without an area of its own."},
	{"MADV_GUARD_REMOVE", uint64(syscalls.AdviseGuardRemove), "Takes guards away."},
}}

var (
	mlock2Flags = flagSet{bits: []flagName{
		{"MLOCK_ONFAULT", 1, "Pages are locked as they are touched, and not faulted in."},
	}}
	mclFlags = flagSet{bits: []flagName{
		{"MCL_CURRENT", 1, "All that is mapped now."},
		{"MCL_FUTURE", 2, "All that will be mapped."},
		{"MCL_ONFAULT", 4, "Pages are locked as they are touched."},
	}}
)

var openFlags = flagSet{
	Mask: 3,
	field: []flagName{
		{"O_RDONLY", 0, "Open for reading: a shared mapping of it may not be writable (EACCES)."},
		{"O_WRONLY", 1, "Open for writing only: it cannot be mapped at all (EACCES), since a mapping reads."},
		{"O_RDWR", 2, "Open for reading and writing."},
	},
	bits: []flagName{
		{"O_CREAT", 0o100, "The file is made where there is none."},
		{"O_EXCL", 0o200, ""},
		{"O_NOCTTY", 0o400, ""},
		{"O_TRUNC", 0o1000, "The file loses its contents."},
		{"O_APPEND", 0o2000, "Each write goes to the end of the file."},
		{"O_NONBLOCK", 0o4000, ""},
		{"O_SYNC", 0o4010000, "Each write waits until the disk has it."},
		{"O_DSYNC", 0o10000, "As O_SYNC, but for what is needed to read the bytes again."},
		{"O_ASYNC", 0o20000, ""},
		{"O_DIRECT", 0o40000,
			"Reads and writes pass the page cache by: the device moves bytes from and to the user's pages."},
		{"O_LARGEFILE", 0o100000, ""},
		{"O_TMPFILE", 0o20200000, ""},
		{"O_DIRECTORY", 0o200000, ""},
		{"O_NOFOLLOW", 0o400000, ""},
		{"O_NOATIME", 0o1000000, ""},
		{"O_CLOEXEC", 0o2000000, ""},
		{"O_PATH", 0o10000000, ""},
	},
	also: []flagName{{"O_ACCMODE", 3, ""}, {"O_NDELAY", 0o4000, ""}, {"O_RSYNC", 0o4010000, ""}},
}

var fallocFlags = flagSet{bits: []flagName{
	{"FALLOC_FL_KEEP_SIZE", 1, "The size of the file stays."},
	{"FALLOC_FL_PUNCH_HOLE", 2, "Frees the blocks of a range, which then reads as zeros."},
	{"FALLOC_FL_NO_HIDE_STALE", 4, ""},
	{"FALLOC_FL_COLLAPSE_RANGE", 8, ""},
	{"FALLOC_FL_ZERO_RANGE", 16, ""},
	{"FALLOC_FL_INSERT_RANGE", 32, ""},
	{"FALLOC_FL_UNSHARE_RANGE", 64, ""},
	{"FALLOC_FL_WRITE_ZEROES", 128, ""},
}}

var whenceNames = flagSet{enum: true, field: []flagName{{"SEEK_SET", 0, ""}, {"SEEK_CUR", 1, ""}, {"SEEK_END", 2, ""},
	{"SEEK_DATA", 3, ""}, {"SEEK_HOLE", 4, ""}}}

var mfdFlags = flagSet{bits: []flagName{{"MFD_CLOEXEC", 1, ""}, {"MFD_ALLOW_SEALING", 2, ""}, {"MFD_HUGETLB", 4, ""},
	{"MFD_NOEXEC_SEAL", 8, ""}, {"MFD_EXEC", 16, ""}},
	shift: "MFD_HUGE_SHIFT", also: []flagName{{"MFD_HUGE_2MB", 21 << 26, ""}, {"MFD_HUGE_1GB", 30 << 26, ""},
		{"MFD_HUGE_SHIFT", 26, ""}}}

var fcntlNames = flagSet{enum: true, field: []flagName{{"F_DUPFD", 0, ""}, {"F_GETFD", 1, ""}, {"F_SETFD", 2, ""},
	{"F_GETFL", 3, ""}, {"F_SETFL", 4, ""}, {"F_GETLK", 5, ""}, {"F_SETLK", 6, ""}, {"F_SETLKW", 7, ""},
	{"F_SETLEASE", 1024, ""}, {"F_GETLEASE", 1025, ""}, {"F_DUPFD_QUERY", 1027, ""}, {"F_DUPFD_CLOEXEC", 1030, ""},
	{"F_SETPIPE_SZ", 1031, ""}, {"F_GETPIPE_SZ", 1032, ""}, {"F_ADD_SEALS", 1033, ""},
	{"F_GET_SEALS", 1034, ""}, {"F_GET_RW_HINT", 1035, ""}, {"F_SET_RW_HINT", 1036, ""}}}

var sealFlags = flagSet{bits: []flagName{
	{"F_SEAL_SEAL", 1, ""},
	{"F_SEAL_SHRINK", 2, "The memfd can shrink no more."},
	{"F_SEAL_GROW", 4, "The memfd can grow no more."},
	{"F_SEAL_WRITE", 8, "The memfd can be written no more; no writable shared mapping may exist."},
	{"F_SEAL_FUTURE_WRITE", 16, "No new writable mapping; those that exist may go on."},
	{"F_SEAL_EXEC", 32, ""},
}}

var fdFlags = flagSet{bits: []flagName{{"FD_CLOEXEC", 1, ""}}}

// ModeFlags are a file's type; its permissions are a number.
var ModeFlags = flagSet{Mask: 0o170000, field: []flagName{{"S_IFIFO", 0o010000, ""}, {"S_IFCHR", 0o020000, ""},
	{"S_IFDIR", 0o040000, ""}, {"S_IFBLK", 0o060000, ""}, {"S_IFREG", 0o100000, ""}, {"S_IFLNK", 0o120000, ""},
	{"S_IFSOCK", 0o140000, ""}}}

var fadviseNames = flagSet{enum: true, field: []flagName{
	{"POSIX_FADV_NORMAL", 0, ""},
	{"POSIX_FADV_RANDOM", 1, "No readahead on this open file."},
	{"POSIX_FADV_SEQUENTIAL", 2, ""},
	{"POSIX_FADV_WILLNEED", 3, "The range is read into the page cache."},
	{"POSIX_FADV_DONTNEED", 4, "Clean pages of the range leave the page cache."},
	{"POSIX_FADV_NOREUSE", 5, ""},
}}

var syncRangeFlags = flagSet{bits: []flagName{{"SYNC_FILE_RANGE_WAIT_BEFORE", 1, ""}, {"SYNC_FILE_RANGE_WRITE", 2, ""},
	{"SYNC_FILE_RANGE_WAIT_AFTER", 4, ""}}}

var spliceFlags = flagSet{bits: []flagName{{"SPLICE_F_MOVE", 1, ""}, {"SPLICE_F_NONBLOCK", 2, ""},
	{"SPLICE_F_MORE", 4, ""}, {"SPLICE_F_GIFT", 8, ""}}}

var pipeFlags = flagSet{bits: []flagName{
	{"O_NONBLOCK", 0o4000, "Neither end waits: EAGAIN instead."},
	{"O_DIRECT", 0o40000, "Each write of up to a page is a packet, which one read takes whole."},
	{"O_CLOEXEC", 0o2000000, "Both descriptors are closed by execve."}}}

var familyNames = flagSet{enum: true, field: []flagName{{"AF_UNSPEC", 0, ""}, {"AF_UNIX", 1, ""}, {"AF_INET", 2, ""},
	{"AF_INET6", 10, ""}, {"AF_NETLINK", 16, ""}}, also: []flagName{{"AF_LOCAL", 1, ""}}}

var socketTypes = flagSet{Mask: 15,
	field: []flagName{{"SOCK_STREAM", 1, "Bytes in order; nothing keeps the ends of messages."}, {"SOCK_DGRAM", 2, ""},
		{"SOCK_RAW", 3, ""}, {"SOCK_SEQPACKET", 5, ""}},
	bits: []flagName{{"SOCK_CLOEXEC", 0o2000000, ""}, {"SOCK_NONBLOCK", 0o4000, ""}}}

var messageFlags = flagSet{bits: []flagName{{"MSG_OOB", 1, ""},
	{"MSG_PEEK", 2, "Leaves the bytes to be read again."}, {"MSG_DONTROUTE", 4, ""}, {"MSG_TRUNC", 0x20, ""},
	{"MSG_DONTWAIT", 0x40, "This call does not wait: EAGAIN instead."}, {"MSG_EOR", 0x80, ""},
	{"MSG_WAITALL", 0x100, "Waits for all the bytes asked for."},
	{"MSG_NOSIGNAL", 0x4000, "EPIPE comes without SIGPIPE."}, {"MSG_MORE", 0x8000, ""}}}

var shutNames = flagSet{enum: true, field: []flagName{{"SHUT_RD", 0, ""}, {"SHUT_WR", 1, ""}, {"SHUT_RDWR", 2, ""}}}

var ioctlNames = flagSet{enum: true, field: []flagName{
	{"FIONREAD", 0x541b, "How many bytes could be read from a pipe, or up to the end of a file."},
	{"TIOCOUTQ", 0x5411, "How much memory that a socket has sent is not read: SIOCOUTQ."},
	{"FIONBIO", 0x5421, "Sets or clears O_NONBLOCK."},
	{"FIOCLEX", 0x5451, "The descriptor is closed by execve."}, {"FIONCLEX", 0x5450, ""},
	{"UFFDIO_API", uint64(syscalls.RequestUserfaultAPI), "Chooses the features of a userfaultfd, once."},
	{"UFFDIO_REGISTER", uint64(syscalls.RequestRegister), "Leaves faults in a range of memory to the program."},
	{"UFFDIO_UNREGISTER", uint64(syscalls.RequestUnregister), "Takes that back."},
	{"UFFDIO_WAKE", uint64(syscalls.RequestWake), "Lets accesses that wait in a range try again."},
	{"UFFDIO_COPY", uint64(syscalls.RequestCopy), "Makes missing pages of a range, with bytes of the program's."},
	{"UFFDIO_ZEROPAGE", uint64(syscalls.RequestZeroPage), "Makes missing pages of a range, with zeros."},
	{"UFFDIO_MOVE", uint64(syscalls.RequestMove), "Moves private pages to where pages are missing."},
	{"UFFDIO_WRITEPROTECT", uint64(syscalls.RequestWriteProtect), "Protects pages of a range, or ends that."},
	{"UFFDIO_CONTINUE", uint64(syscalls.RequestContinue), "Maps pages of a range that the page cache has."},
	{"UFFDIO_POISON", uint64(syscalls.RequestPoison), "Makes pages of a range unusable: SIGBUS."}}}

var waitFlags = flagSet{bits: []flagName{{"WNOHANG", 1, "Does not wait: 0 where no child has ended."},
	{"WUNTRACED", 2, ""}, {"WEXITED", 4, "Of waitid: children that have ended."}, {"WCONTINUED", 8, ""},
	{"WNOWAIT", 0x1000000, "Leaves the child as it is, to be waited for again."}, {"__WNOTHREAD", 1 << 29, ""},
	{"__WALL", 1 << 30, ""}, {"__WCLONE", 1 << 31, ""}}, also: []flagName{{"WSTOPPED", 2, ""}}}

var idTypes = flagSet{enum: true, field: []flagName{{"P_ALL", 0, "Any child."}, {"P_PID", 1, ""},
	{"P_PGID", 2, "Children of a process group."}, {"P_PIDFD", 3, ""}}}

var prctlNames = flagSet{enum: true, field: []flagName{{"PR_SET_PDEATHSIG", 1, ""}, {"PR_GET_DUMPABLE", 3, ""},
	{"PR_SET_DUMPABLE", 4, ""}, {"PR_SET_NAME", 15, ""}, {"PR_GET_NAME", 16, ""}, {"PR_SET_MM", 35, ""},
	{"PR_SET_THP_DISABLE", 41, ""}, {"PR_GET_THP_DISABLE", 42, ""}, {"PR_SET_MDWE", 65, ""},
	{"PR_GET_MDWE", 66, ""}, {"PR_SET_MEMORY_MERGE", 67, ""}, {"PR_GET_MEMORY_MERGE", 68, ""},
	{"PR_SET_VMA", 0x53564d41, ""}},
	also: []flagName{{"PR_THP_DISABLE_EXCEPT_ADVISED", 2, ""}}}

// What prctl's second argument is depends on its first.
var (
	prSetVMANames = flagSet{enum: true, field: []flagName{{"PR_SET_VMA_ANON_NAME", 0,
		"The range of anonymous memory gets a name, which maps shows as [anon:NAME]."}}}
	mdweFlags = flagSet{bits: []flagName{
		{"PR_MDWE_REFUSE_EXEC_GAIN", 1, "No area becomes executable from now on, and none is writable too."},
		{"PR_MDWE_NO_INHERIT", 2, "A forked child does not inherit that."}}}
	prSetMMNames = flagSet{enum: true, field: []flagName{{"PR_SET_MM_START_CODE", 1, ""},
		{"PR_SET_MM_END_CODE", 2, ""}, {"PR_SET_MM_START_DATA", 3, ""}, {"PR_SET_MM_END_DATA", 4, ""},
		{"PR_SET_MM_START_STACK", 5, ""}, {"PR_SET_MM_START_BRK", 6, ""}, {"PR_SET_MM_BRK", 7, ""}}}
)

var shmgetFlags = flagSet{bits: []flagName{{"IPC_CREAT", 0o1000, ""}, {"IPC_EXCL", 0o2000, ""},
	{"SHM_HUGETLB", 0o4000, ""}, {"SHM_NORESERVE", 0o10000, ""}},
	also: []flagName{{"IPC_NOWAIT", 0o4000, ""}, {"SHM_HUGE_SHIFT", 26, ""}}, mode: true}

var shmKeys = flagSet{enum: true, field: []flagName{
	{"IPC_PRIVATE", 0, "A segment without a key: each call makes one."}}}

var shmatFlags = flagSet{bits: []flagName{{"SHM_RDONLY", 0o10000, ""}, {"SHM_RND", 0o20000, ""},
	{"SHM_REMAP", 0o40000, ""}, {"SHM_EXEC", 0o100000, ""}}}

var shmctlNames = flagSet{enum: true, field: []flagName{{"IPC_RMID", 0, ""}, {"IPC_SET", 1, ""}, {"IPC_STAT", 2, ""},
	{"IPC_INFO", 3, ""}, {"SHM_LOCK", 11, ""}, {"SHM_UNLOCK", 12, ""}, {"SHM_STAT", 13, ""}, {"SHM_INFO", 14, ""},
	{"SHM_STAT_ANY", 15, ""}}}

var rlimitNames = flagSet{enum: true, field: []flagName{{"RLIMIT_CPU", 0, ""}, {"RLIMIT_FSIZE", 1, ""},
	{"RLIMIT_DATA", 2, ""}, {"RLIMIT_STACK", 3, ""}, {"RLIMIT_CORE", 4, ""}, {"RLIMIT_RSS", 5, ""},
	{"RLIMIT_NPROC", 6, ""}, {"RLIMIT_NOFILE", 7, ""}, {"RLIMIT_MEMLOCK", 8, ""}, {"RLIMIT_AS", 9, ""},
	{"RLIMIT_LOCKS", 10, ""}, {"RLIMIT_SIGPENDING", 11, ""}, {"RLIMIT_MSGQUEUE", 12, ""},
	{"RLIMIT_NICE", 13, ""}, {"RLIMIT_RTPRIO", 14, ""}, {"RLIMIT_RTTIME", 15, ""}}}

var atFlags = flagSet{bits: []flagName{{"AT_SYMLINK_NOFOLLOW", 0x100, ""}, {"AT_REMOVEDIR", 0x200, ""},
	{"AT_SYMLINK_FOLLOW", 0x400, ""}, {"AT_NO_AUTOMOUNT", 0x800, ""}, {"AT_EMPTY_PATH", 0x1000, ""},
	{"AT_STATX_FORCE_SYNC", 0x2000, ""}, {"AT_STATX_DONT_SYNC", 0x4000, ""}},
	also: []flagName{{"AT_STATX_SYNC_AS_STAT", 0, ""}, {"AT_EACCESS", 0x200, ""}}}

var statxFlags = flagSet{bits: []flagName{{"STATX_BASIC_STATS", 0x7ff, ""}, {"STATX_TYPE", 1, ""},
	{"STATX_MODE", 2, ""}, {"STATX_NLINK", 4, ""}, {"STATX_UID", 8, ""}, {"STATX_GID", 0x10, ""},
	{"STATX_ATIME", 0x20, ""}, {"STATX_MTIME", 0x40, ""}, {"STATX_CTIME", 0x80, ""}, {"STATX_INO", 0x100, ""},
	{"STATX_SIZE", 0x200, ""}, {"STATX_BLOCKS", 0x400, ""}, {"STATX_BTIME", 0x800, ""},
	{"STATX_MNT_ID", 0x1000, ""}, {"STATX_DIOALIGN", 0x2000, ""}, {"STATX_MNT_ID_UNIQUE", 0x4000, ""},
	{"STATX_SUBVOL", 0x8000, ""}, {"STATX_WRITE_ATOMIC", 0x10000, ""},
	{"STATX_DIO_READ_ALIGN", 0x20000, ""}}, also: []flagName{{"STATX_ALL", 0xfff, ""}}}

var rwfFlags = flagSet{bits: []flagName{{"RWF_HIPRI", 1, ""}, {"RWF_DSYNC", 2, ""}, {"RWF_SYNC", 4, ""},
	{"RWF_NOWAIT", 8, ""}, {"RWF_APPEND", 16, ""}, {"RWF_NOAPPEND", 32, ""}, {"RWF_ATOMIC", 64, ""},
	{"RWF_DONTCACHE", 128, ""}, {"RWF_NOSIGNAL", 256, ""}}}

var cloneFlags = flagSet{bits: []flagName{{"CLONE_VM", 0x100, ""}, {"CLONE_FS", 0x200, ""}, {"CLONE_FILES", 0x400, ""},
	{"CLONE_SIGHAND", 0x800, ""}, {"CLONE_PIDFD", 0x1000, ""}, {"CLONE_PTRACE", 0x2000, ""},
	{"CLONE_VFORK", 0x4000, ""}, {"CLONE_PARENT", 0x8000, ""}, {"CLONE_THREAD", 0x10000, ""},
	{"CLONE_NEWNS", 0x20000, ""}, {"CLONE_SYSVSEM", 0x40000, ""}, {"CLONE_SETTLS", 0x80000, ""},
	{"CLONE_PARENT_SETTID", 0x100000, ""}, {"CLONE_CHILD_CLEARTID", 0x200000, ""},
	{"CLONE_UNTRACED", 0x800000, ""}, {"CLONE_CHILD_SETTID", 0x1000000, ""}},
	Mask: 0xff, field: []flagName{{"SIGCHLD", 17, "The signal that the parent gets when the child ends."}},
	fieldLast: true}

var pkeyRights = flagSet{bits: []flagName{
	{"PKEY_DISABLE_ACCESS", 1, "Loads and stores of the key's memory are a SIGSEGV with SEGV_PKUERR; fetches are not."},
	{"PKEY_DISABLE_WRITE", 2, "Stores to the key's memory are a SIGSEGV with SEGV_PKUERR."},
}}

var dirfdNames = flagSet{enum: true, field: []flagName{{"AT_FDCWD", ^uint64(99), ""}}}

var renameFlags = flagSet{bits: []flagName{{"RENAME_NOREPLACE", 1, "The new name must be free."},
	{"RENAME_EXCHANGE", 2, "The two names change places."},
	{"RENAME_WHITEOUT", 4, "A device that no driver has takes the old name."}}}

var accessFlags = flagSet{zero: flagName{"F_OK", 0, ""},
	bits: []flagName{{"R_OK", 4, ""}, {"W_OK", 2, ""}, {"X_OK", 1, ""}}}

// Resources are the names of what a process may have only so much of, by number.
func Resources() iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for _, n := range rlimitNames.field {
			if !yield(int(n.bits), n.name) {
				return
			}
		}
	}
}
