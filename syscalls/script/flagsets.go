package script

import "iter"

// The flag sets of the calls, with Linux's numbers for x86-64. They are spelt out here because the host that runs this may
// be Windows or a browser.

// flagSets are the sets by the short name that the table of calls uses.
var flagSets = map[string]*flagSet{
	"prot": &protFlags, "protq": &protOrZero, "map": &mapFlags, "mremap": &mremapFlags, "msync": &msyncFlags, "advice": &adviceNames,
	"mlock2": &mlock2Flags, "mcl": &mclFlags, "open": &openFlags, "falloc": &fallocFlags, "whence": &whenceNames, "mfd": &mfdFlags,
	"fcntl": &fcntlNames, "seals": &sealFlags, "fadvise": &fadviseNames, "syncrange": &syncRangeFlags, "splice": &spliceFlags, "prctl": &prctlNames,
	"ipc": &shmgetFlags, "shmat": &shmatFlags, "shmctl": &shmctlNames, "rlimit": &rlimitNames, "at": &atFlags, "rwf": &rwfFlags, "clone": &cloneFlags,
	"dirfd": &dirfdNames, "access": &accessFlags, "statx": &statxFlags, "fdflags": &fdFlags, "filemode": &ModeFlags,
}

var protFlags = flagSet{zero: "PROT_NONE", bits: protBits, also: []flagName{{"PROT_SEM", 8}}}

// protOrZero is remap_file_pages' protection, which must be 0.
var protOrZero = flagSet{bits: protBits}

var protBits = []flagName{{"PROT_READ", 1}, {"PROT_WRITE", 2}, {"PROT_EXEC", 4}, {"PROT_GROWSDOWN", 1 << 24}, {"PROT_GROWSUP", 1 << 25}}

var mapFlags = flagSet{
	Mask:  0xf,
	field: []flagName{{"MAP_SHARED", 1}, {"MAP_PRIVATE", 2}, {"MAP_SHARED_VALIDATE", 3}, {"MAP_DROPPABLE", 8}},
	bits: []flagName{{"MAP_FIXED", 0x10}, {"MAP_ANONYMOUS", 0x20}, {"MAP_32BIT", 0x40}, {"MAP_ABOVE4G", 0x80}, {"MAP_GROWSDOWN", 0x100},
		{"MAP_DENYWRITE", 0x800}, {"MAP_EXECUTABLE", 0x1000}, {"MAP_LOCKED", 0x2000}, {"MAP_NORESERVE", 0x4000}, {"MAP_POPULATE", 0x8000},
		{"MAP_NONBLOCK", 0x10000}, {"MAP_STACK", 0x20000}, {"MAP_HUGETLB", 0x40000}, {"MAP_SYNC", 0x80000},
		{"MAP_FIXED_NOREPLACE", 0x100000}},
	shift: "MAP_HUGE_SHIFT",
	also:  []flagName{{"MAP_ANON", 0x20}, {"MAP_FILE", 0}, {"MAP_HUGE_2MB", 21 << 26}, {"MAP_HUGE_1GB", 30 << 26}},
}

var mremapFlags = flagSet{bits: []flagName{{"MREMAP_MAYMOVE", 1}, {"MREMAP_FIXED", 2}, {"MREMAP_DONTUNMAP", 4}}}

var msyncFlags = flagSet{bits: []flagName{{"MS_ASYNC", 1}, {"MS_INVALIDATE", 2}, {"MS_SYNC", 4}}}

var adviceNames = flagSet{enum: true, field: []flagName{
	{"MADV_NORMAL", 0}, {"MADV_RANDOM", 1}, {"MADV_SEQUENTIAL", 2}, {"MADV_WILLNEED", 3}, {"MADV_DONTNEED", 4}, {"MADV_FREE", 8},
	{"MADV_REMOVE", 9}, {"MADV_DONTFORK", 10}, {"MADV_DOFORK", 11}, {"MADV_MERGEABLE", 12}, {"MADV_UNMERGEABLE", 13}, {"MADV_HUGEPAGE", 14},
	{"MADV_NOHUGEPAGE", 15}, {"MADV_DONTDUMP", 16}, {"MADV_DODUMP", 17}, {"MADV_WIPEONFORK", 18}, {"MADV_KEEPONFORK", 19}, {"MADV_COLD", 20},
	{"MADV_PAGEOUT", 21}, {"MADV_POPULATE_READ", 22}, {"MADV_POPULATE_WRITE", 23}, {"MADV_DONTNEED_LOCKED", 24}, {"MADV_COLLAPSE", 25},
	{"MADV_HWPOISON", 100}, {"MADV_SOFT_OFFLINE", 101}, {"MADV_GUARD_INSTALL", 102}, {"MADV_GUARD_REMOVE", 103},
}}

var (
	mlock2Flags = flagSet{bits: []flagName{{"MLOCK_ONFAULT", 1}}}
	mclFlags    = flagSet{bits: []flagName{{"MCL_CURRENT", 1}, {"MCL_FUTURE", 2}, {"MCL_ONFAULT", 4}}}
)

var openFlags = flagSet{
	Mask:  3,
	field: []flagName{{"O_RDONLY", 0}, {"O_WRONLY", 1}, {"O_RDWR", 2}},
	bits: []flagName{{"O_CREAT", 0o100}, {"O_EXCL", 0o200}, {"O_NOCTTY", 0o400}, {"O_TRUNC", 0o1000}, {"O_APPEND", 0o2000}, {"O_NONBLOCK", 0o4000},
		{"O_SYNC", 0o4010000}, {"O_DSYNC", 0o10000}, {"O_ASYNC", 0o20000}, {"O_DIRECT", 0o40000}, {"O_LARGEFILE", 0o100000}, {"O_TMPFILE", 0o20200000},
		{"O_DIRECTORY", 0o200000}, {"O_NOFOLLOW", 0o400000}, {"O_NOATIME", 0o1000000}, {"O_CLOEXEC", 0o2000000}, {"O_PATH", 0o10000000}},
	also: []flagName{{"O_ACCMODE", 3}, {"O_NDELAY", 0o4000}, {"O_RSYNC", 0o4010000}},
}

var fallocFlags = flagSet{bits: []flagName{{"FALLOC_FL_KEEP_SIZE", 1}, {"FALLOC_FL_PUNCH_HOLE", 2}, {"FALLOC_FL_NO_HIDE_STALE", 4},
	{"FALLOC_FL_COLLAPSE_RANGE", 8}, {"FALLOC_FL_ZERO_RANGE", 16}, {"FALLOC_FL_INSERT_RANGE", 32}, {"FALLOC_FL_UNSHARE_RANGE", 64},
	{"FALLOC_FL_WRITE_ZEROES", 128}}}

var whenceNames = flagSet{enum: true, field: []flagName{{"SEEK_SET", 0}, {"SEEK_CUR", 1}, {"SEEK_END", 2}, {"SEEK_DATA", 3}, {"SEEK_HOLE", 4}}}

var mfdFlags = flagSet{bits: []flagName{{"MFD_CLOEXEC", 1}, {"MFD_ALLOW_SEALING", 2}, {"MFD_HUGETLB", 4}, {"MFD_NOEXEC_SEAL", 8}, {"MFD_EXEC", 16}},
	shift: "MFD_HUGE_SHIFT", also: []flagName{{"MFD_HUGE_2MB", 21 << 26}, {"MFD_HUGE_1GB", 30 << 26}, {"MFD_HUGE_SHIFT", 26}}}

var fcntlNames = flagSet{enum: true, field: []flagName{{"F_DUPFD", 0}, {"F_GETFD", 1}, {"F_SETFD", 2}, {"F_GETFL", 3}, {"F_SETFL", 4}, {"F_GETLK", 5},
	{"F_SETLK", 6}, {"F_SETLKW", 7}, {"F_SETLEASE", 1024}, {"F_GETLEASE", 1025}, {"F_DUPFD_QUERY", 1027}, {"F_DUPFD_CLOEXEC", 1030}, {"F_SETPIPE_SZ", 1031},
	{"F_GETPIPE_SZ", 1032}, {"F_ADD_SEALS", 1033}, {"F_GET_SEALS", 1034}, {"F_GET_RW_HINT", 1035}, {"F_SET_RW_HINT", 1036}}}

var sealFlags = flagSet{bits: []flagName{{"F_SEAL_SEAL", 1}, {"F_SEAL_SHRINK", 2}, {"F_SEAL_GROW", 4}, {"F_SEAL_WRITE", 8},
	{"F_SEAL_FUTURE_WRITE", 16}, {"F_SEAL_EXEC", 32}}}

var fdFlags = flagSet{bits: []flagName{{"FD_CLOEXEC", 1}}}

// modeFlags are a file's type; its permissions are a number.
var ModeFlags = flagSet{Mask: 0o170000, field: []flagName{{"S_IFIFO", 0o010000}, {"S_IFCHR", 0o020000},
	{"S_IFDIR", 0o040000}, {"S_IFBLK", 0o060000},
	{"S_IFREG", 0o100000}, {"S_IFLNK", 0o120000}, {"S_IFSOCK", 0o140000}}}

var fadviseNames = flagSet{enum: true, field: []flagName{{"POSIX_FADV_NORMAL", 0}, {"POSIX_FADV_RANDOM", 1}, {"POSIX_FADV_SEQUENTIAL", 2},
	{"POSIX_FADV_WILLNEED", 3}, {"POSIX_FADV_DONTNEED", 4}, {"POSIX_FADV_NOREUSE", 5}}}

var syncRangeFlags = flagSet{bits: []flagName{{"SYNC_FILE_RANGE_WAIT_BEFORE", 1}, {"SYNC_FILE_RANGE_WRITE", 2}, {"SYNC_FILE_RANGE_WAIT_AFTER", 4}}}

var spliceFlags = flagSet{bits: []flagName{{"SPLICE_F_MOVE", 1}, {"SPLICE_F_NONBLOCK", 2}, {"SPLICE_F_MORE", 4}, {"SPLICE_F_GIFT", 8}}}

var prctlNames = flagSet{enum: true, field: []flagName{{"PR_SET_PDEATHSIG", 1}, {"PR_GET_DUMPABLE", 3}, {"PR_SET_DUMPABLE", 4}, {"PR_SET_NAME", 15},
	{"PR_GET_NAME", 16}, {"PR_SET_MM", 35}, {"PR_SET_THP_DISABLE", 41}, {"PR_GET_THP_DISABLE", 42}, {"PR_SET_MDWE", 65}, {"PR_GET_MDWE", 66},
	{"PR_SET_MEMORY_MERGE", 67}, {"PR_GET_MEMORY_MERGE", 68}, {"PR_SET_VMA", 0x53564d41}},
	also: []flagName{{"PR_SET_VMA_ANON_NAME", 0}, {"PR_MDWE_REFUSE_EXEC_GAIN", 1}, {"PR_MDWE_NO_INHERIT", 2},
		{"PR_SET_MM_START_CODE", 1}, {"PR_SET_MM_END_CODE", 2}, {"PR_SET_MM_START_DATA", 3}, {"PR_SET_MM_END_DATA", 4}, {"PR_SET_MM_START_STACK", 5},
		{"PR_SET_MM_START_BRK", 6}, {"PR_SET_MM_BRK", 7}, {"PR_THP_DISABLE_EXCEPT_ADVISED", 2}}}

var shmgetFlags = flagSet{bits: []flagName{{"IPC_CREAT", 0o1000}, {"IPC_EXCL", 0o2000}, {"SHM_HUGETLB", 0o4000}, {"SHM_NORESERVE", 0o10000}},
	also: []flagName{{"IPC_PRIVATE", 0}, {"IPC_NOWAIT", 0o4000}}}

var shmatFlags = flagSet{bits: []flagName{{"SHM_RDONLY", 0o10000}, {"SHM_RND", 0o20000}, {"SHM_REMAP", 0o40000}, {"SHM_EXEC", 0o100000}}}

var shmctlNames = flagSet{enum: true, field: []flagName{{"IPC_RMID", 0}, {"IPC_SET", 1}, {"IPC_STAT", 2}, {"IPC_INFO", 3}, {"SHM_LOCK", 11},
	{"SHM_UNLOCK", 12}, {"SHM_STAT", 13}, {"SHM_INFO", 14}, {"SHM_STAT_ANY", 15}}}

var rlimitNames = flagSet{enum: true, field: []flagName{{"RLIMIT_CPU", 0}, {"RLIMIT_FSIZE", 1}, {"RLIMIT_DATA", 2}, {"RLIMIT_STACK", 3},
	{"RLIMIT_CORE", 4}, {"RLIMIT_RSS", 5}, {"RLIMIT_NPROC", 6}, {"RLIMIT_NOFILE", 7}, {"RLIMIT_MEMLOCK", 8}, {"RLIMIT_AS", 9}, {"RLIMIT_LOCKS", 10},
	{"RLIMIT_SIGPENDING", 11}, {"RLIMIT_MSGQUEUE", 12}, {"RLIMIT_NICE", 13}, {"RLIMIT_RTPRIO", 14}, {"RLIMIT_RTTIME", 15}}}

var atFlags = flagSet{bits: []flagName{{"AT_SYMLINK_NOFOLLOW", 0x100}, {"AT_REMOVEDIR", 0x200}, {"AT_SYMLINK_FOLLOW", 0x400},
	{"AT_NO_AUTOMOUNT", 0x800}, {"AT_EMPTY_PATH", 0x1000}, {"AT_STATX_FORCE_SYNC", 0x2000}, {"AT_STATX_DONT_SYNC", 0x4000}},
	also: []flagName{{"AT_STATX_SYNC_AS_STAT", 0}, {"AT_EACCESS", 0x200}}}

var statxFlags = flagSet{bits: []flagName{{"STATX_BASIC_STATS", 0x7ff}, {"STATX_TYPE", 1}, {"STATX_MODE", 2}, {"STATX_NLINK", 4}, {"STATX_UID", 8},
	{"STATX_GID", 0x10}, {"STATX_ATIME", 0x20}, {"STATX_MTIME", 0x40}, {"STATX_CTIME", 0x80}, {"STATX_INO", 0x100}, {"STATX_SIZE", 0x200},
	{"STATX_BLOCKS", 0x400}, {"STATX_BTIME", 0x800}, {"STATX_MNT_ID", 0x1000}, {"STATX_DIOALIGN", 0x2000}, {"STATX_MNT_ID_UNIQUE", 0x4000},
	{"STATX_SUBVOL", 0x8000}, {"STATX_WRITE_ATOMIC", 0x10000}, {"STATX_DIO_READ_ALIGN", 0x20000}}, also: []flagName{{"STATX_ALL", 0xfff}}}

var rwfFlags = flagSet{bits: []flagName{{"RWF_HIPRI", 1}, {"RWF_DSYNC", 2}, {"RWF_SYNC", 4}, {"RWF_NOWAIT", 8}, {"RWF_APPEND", 16},
	{"RWF_NOAPPEND", 32}, {"RWF_ATOMIC", 64}, {"RWF_DONTCACHE", 128}, {"RWF_NOSIGNAL", 256}}}

var cloneFlags = flagSet{bits: []flagName{{"CLONE_VM", 0x100}, {"CLONE_FS", 0x200}, {"CLONE_FILES", 0x400}, {"CLONE_SIGHAND", 0x800},
	{"CLONE_PIDFD", 0x1000}, {"CLONE_PTRACE", 0x2000}, {"CLONE_VFORK", 0x4000}, {"CLONE_PARENT", 0x8000}, {"CLONE_THREAD", 0x10000},
	{"CLONE_NEWNS", 0x20000}, {"CLONE_SYSVSEM", 0x40000}, {"CLONE_SETTLS", 0x80000}, {"CLONE_PARENT_SETTID", 0x100000},
	{"CLONE_CHILD_CLEARTID", 0x200000}, {"CLONE_UNTRACED", 0x800000}, {"CLONE_CHILD_SETTID", 0x1000000}},
	also: []flagName{{"SIGCHLD", 17}}}

var dirfdNames = flagSet{enum: true, field: []flagName{{"AT_FDCWD", ^uint64(99)}}}

var accessFlags = flagSet{zero: "F_OK", bits: []flagName{{"R_OK", 4}, {"W_OK", 2}, {"X_OK", 1}}}

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
