package syscalls

import "fmt"

// Number is a system call's number on x86-64.
// Linux: arch/x86/entry/syscalls/syscall_64.tbl.
type Number uint16

// The calls that this project knows by name.
const (
	SysRead            Number = 0
	SysWrite           Number = 1
	SysOpen            Number = 2
	SysClose           Number = 3
	SysStat            Number = 4
	SysFstat           Number = 5
	SysLstat           Number = 6
	SysLseek           Number = 8
	SysMmap            Number = 9
	SysMprotect        Number = 10
	SysMunmap          Number = 11
	SysBrk             Number = 12
	SysRtSigaction     Number = 13
	SysRtSigprocmask   Number = 14
	SysIoctl           Number = 16
	SysPread64         Number = 17
	SysPwrite64        Number = 18
	SysReadv           Number = 19
	SysWritev          Number = 20
	SysAccess          Number = 21
	SysPipe            Number = 22
	SysMremap          Number = 25
	SysMsync           Number = 26
	SysMincore         Number = 27
	SysMadvise         Number = 28
	SysShmget          Number = 29
	SysShmat           Number = 30
	SysShmctl          Number = 31
	SysDup             Number = 32
	SysDup2            Number = 33
	SysGetpid          Number = 39
	SysSendfile        Number = 40
	SysClone           Number = 56
	SysFork            Number = 57
	SysVfork           Number = 58
	SysExecve          Number = 59
	SysExit            Number = 60
	SysWait4           Number = 61
	SysShmdt           Number = 67
	SysFcntl           Number = 72
	SysFsync           Number = 74
	SysFdatasync       Number = 75
	SysTruncate        Number = 76
	SysFtruncate       Number = 77
	SysGetcwd          Number = 79
	SysCreat           Number = 85
	SysUnlink          Number = 87
	SysReadlink        Number = 89
	SysGetrlimit       Number = 97
	SysGetuid          Number = 102
	SysGetgid          Number = 104
	SysGeteuid         Number = 107
	SysGetegid         Number = 108
	SysGetppid         Number = 110
	SysPersonality     Number = 135
	SysMlock           Number = 149
	SysMunlock         Number = 150
	SysMlockall        Number = 151
	SysMunlockall      Number = 152
	SysPrctl           Number = 157
	SysArchPrctl       Number = 158
	SysSetrlimit       Number = 160
	SysSync            Number = 162
	SysReadahead       Number = 187
	SysRemapFilePages  Number = 216
	SysSetTidAddress   Number = 218
	SysFadvise64       Number = 221
	SysExitGroup       Number = 231
	SysOpenat          Number = 257
	SysNewfstatat      Number = 262
	SysUnlinkat        Number = 263
	SysSetRobustList   Number = 273
	SysSplice          Number = 275
	SysSyncFileRange   Number = 277
	SysFallocate       Number = 285
	SysDup3            Number = 292
	SysPreadv          Number = 295
	SysPwritev         Number = 296
	SysPrlimit64       Number = 302
	SysSyncfs          Number = 306
	SysProcessVmReadv  Number = 310
	SysProcessVmWritev Number = 311
	SysGetrandom       Number = 318
	SysMemfdCreate     Number = 319
	SysMlock2          Number = 325
	SysCopyFileRange   Number = 326
	SysPreadv2         Number = 327
	SysPwritev2        Number = 328
	SysPkeyMprotect    Number = 329
	SysPkeyAlloc       Number = 330
	SysPkeyFree        Number = 331
	SysStatx           Number = 332
	SysRseq            Number = 334
	SysPidfdOpen       Number = 434
	SysClone3          Number = 435
	SysOpenat2         Number = 437
	SysProcessMadvise  Number = 440
	SysCachestat       Number = 451
	SysMseal           Number = 462
)

var numberNames = map[Number]string{
	SysRead:            "read",
	SysWrite:           "write",
	SysOpen:            "open",
	SysClose:           "close",
	SysStat:            "stat",
	SysFstat:           "fstat",
	SysLstat:           "lstat",
	SysLseek:           "lseek",
	SysMmap:            "mmap",
	SysMprotect:        "mprotect",
	SysMunmap:          "munmap",
	SysBrk:             "brk",
	SysRtSigaction:     "rt_sigaction",
	SysRtSigprocmask:   "rt_sigprocmask",
	SysIoctl:           "ioctl",
	SysPread64:         "pread64",
	SysPwrite64:        "pwrite64",
	SysReadv:           "readv",
	SysWritev:          "writev",
	SysAccess:          "access",
	SysPipe:            "pipe",
	SysMremap:          "mremap",
	SysMsync:           "msync",
	SysMincore:         "mincore",
	SysMadvise:         "madvise",
	SysShmget:          "shmget",
	SysShmat:           "shmat",
	SysShmctl:          "shmctl",
	SysDup:             "dup",
	SysDup2:            "dup2",
	SysGetpid:          "getpid",
	SysSendfile:        "sendfile",
	SysClone:           "clone",
	SysFork:            "fork",
	SysVfork:           "vfork",
	SysExecve:          "execve",
	SysExit:            "exit",
	SysWait4:           "wait4",
	SysShmdt:           "shmdt",
	SysFcntl:           "fcntl",
	SysFsync:           "fsync",
	SysFdatasync:       "fdatasync",
	SysTruncate:        "truncate",
	SysFtruncate:       "ftruncate",
	SysGetcwd:          "getcwd",
	SysCreat:           "creat",
	SysUnlink:          "unlink",
	SysReadlink:        "readlink",
	SysGetrlimit:       "getrlimit",
	SysGetuid:          "getuid",
	SysGetgid:          "getgid",
	SysGeteuid:         "geteuid",
	SysGetegid:         "getegid",
	SysGetppid:         "getppid",
	SysPersonality:     "personality",
	SysMlock:           "mlock",
	SysMunlock:         "munlock",
	SysMlockall:        "mlockall",
	SysMunlockall:      "munlockall",
	SysPrctl:           "prctl",
	SysArchPrctl:       "arch_prctl",
	SysSetrlimit:       "setrlimit",
	SysSync:            "sync",
	SysReadahead:       "readahead",
	SysRemapFilePages:  "remap_file_pages",
	SysSetTidAddress:   "set_tid_address",
	SysFadvise64:       "fadvise64",
	SysExitGroup:       "exit_group",
	SysOpenat:          "openat",
	SysNewfstatat:      "newfstatat",
	SysUnlinkat:        "unlinkat",
	SysSetRobustList:   "set_robust_list",
	SysSplice:          "splice",
	SysSyncFileRange:   "sync_file_range",
	SysFallocate:       "fallocate",
	SysDup3:            "dup3",
	SysPreadv:          "preadv",
	SysPwritev:         "pwritev",
	SysPrlimit64:       "prlimit64",
	SysSyncfs:          "syncfs",
	SysProcessVmReadv:  "process_vm_readv",
	SysProcessVmWritev: "process_vm_writev",
	SysGetrandom:       "getrandom",
	SysMemfdCreate:     "memfd_create",
	SysMlock2:          "mlock2",
	SysCopyFileRange:   "copy_file_range",
	SysPreadv2:         "preadv2",
	SysPwritev2:        "pwritev2",
	SysPkeyMprotect:    "pkey_mprotect",
	SysPkeyAlloc:       "pkey_alloc",
	SysPkeyFree:        "pkey_free",
	SysStatx:           "statx",
	SysRseq:            "rseq",
	SysPidfdOpen:       "pidfd_open",
	SysClone3:          "clone3",
	SysOpenat2:         "openat2",
	SysProcessMadvise:  "process_madvise",
	SysCachestat:       "cachestat",
	SysMseal:           "mseal",
}

var numbersByName = func() map[string]Number {
	m := make(map[string]Number, len(numberNames))
	for n, name := range numberNames {
		m[name] = n
	}
	return m
}()

// String is the call's name, or its number where it has none here.
func (n Number) String() string {
	if s, ok := numberNames[n]; ok {
		return s
	}
	return fmt.Sprintf("syscall_%d", uint16(n))
}

// NumberOf is the number of the call of that name.
func NumberOf(name string) (Number, bool) {
	n, ok := numbersByName[name]
	return n, ok
}
