package syscalls

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
)

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
	SysSendto          Number = 44
	SysRecvfrom        Number = 45
	SysShutdown        Number = 48
	SysSocketpair      Number = 53
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
	SysChdir           Number = 80
	SysFchdir          Number = 81
	SysRename          Number = 82
	SysMkdir           Number = 83
	SysRmdir           Number = 84
	SysCreat           Number = 85
	SysLink            Number = 86
	SysUnlink          Number = 87
	SysSymlink         Number = 88
	SysReadlink        Number = 89
	SysChmod           Number = 90
	SysFchmod          Number = 91
	SysGetrlimit       Number = 97
	SysGetuid          Number = 102
	SysGetgid          Number = 104
	SysGeteuid         Number = 107
	SysGetegid         Number = 108
	SysGetppid         Number = 110
	SysSigaltstack     Number = 131
	SysPersonality     Number = 135
	SysMlock           Number = 149
	SysMunlock         Number = 150
	SysMlockall        Number = 151
	SysMunlockall      Number = 152
	SysPrctl           Number = 157
	SysArchPrctl       Number = 158
	SysSwapon          Number = 167
	SysSwapoff         Number = 168
	SysSetrlimit       Number = 160
	SysSync            Number = 162
	SysReadahead       Number = 187
	SysRemapFilePages  Number = 216
	SysSetTidAddress   Number = 218
	SysFadvise64       Number = 221
	SysExitGroup       Number = 231
	SysWaitid          Number = 247
	SysOpenat          Number = 257
	SysMkdirat         Number = 258
	SysNewfstatat      Number = 262
	SysUnlinkat        Number = 263
	SysRenameat        Number = 264
	SysLinkat          Number = 265
	SysSymlinkat       Number = 266
	SysReadlinkat      Number = 267
	SysFchmodat        Number = 268
	SysFaccessat       Number = 269
	SysSetRobustList   Number = 273
	SysSplice          Number = 275
	SysTee             Number = 276
	SysSyncFileRange   Number = 277
	SysVmsplice        Number = 278
	SysFallocate       Number = 285
	SysDup3            Number = 292
	SysPipe2           Number = 293
	SysPreadv          Number = 295
	SysPwritev         Number = 296
	SysPrlimit64       Number = 302
	SysSyncfs          Number = 306
	SysProcessVmReadv  Number = 310
	SysProcessVmWritev Number = 311
	SysRenameat2       Number = 316
	SysGetrandom       Number = 318
	SysMemfdCreate     Number = 319
	SysUserfaultfd     Number = 323
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
	SysFaccessat2      Number = 439
	SysProcessMadvise  Number = 440
	SysCachestat       Number = 451
	SysMseal           Number = 462
)

// signatures are the calls' names and arguments, the one place where they are: package script reads, prints and
// completes calls by this table. An argument is a name, a colon and what it is (script's paramKinds and flagSets). A
// "?" before one makes it and those after it optional; "-> addr" says that the result is an address; a leading "~" that
// the call is outside the model where its descriptor or path is, and "!" that it always is.
var signatures = map[Number]string{
	SysRead:            "~read fd:fd buf:out count:size",
	SysWrite:           "~write fd:fd buf:in count:size",
	SysOpen:            "open pathname:path flags:open ?mode:mode",
	SysClose:           "close fd:fd",
	SysStat:            "~stat pathname:path statbuf:stat",
	SysFstat:           "~fstat fd:fd statbuf:stat",
	SysLstat:           "~lstat pathname:path statbuf:stat",
	SysLseek:           "~lseek fd:fd offset:int whence:whence",
	SysMmap:            "mmap addr:addr length:size prot:prot flags:map fd:fd offset:hexoff -> addr",
	SysMprotect:        "mprotect addr:addr length:size prot:prot",
	SysMunmap:          "munmap addr:addr length:size",
	SysBrk:             "brk addr:addr -> addr",
	SysRtSigaction:     "!rt_sigaction signum:int act:addr oldact:addr sigsetsize:size",
	SysRtSigprocmask:   "!rt_sigprocmask how:int set:addr oldset:addr sigsetsize:size",
	SysIoctl:           "!ioctl fd:fd request:ioctl ?argp:int32",
	SysPread64:         "~pread64 fd:fd buf:out count:size offset:int",
	SysPwrite64:        "~pwrite64 fd:fd buf:in count:size offset:int",
	SysReadv:           "~readv fd:fd iov:iovout iovcnt:size",
	SysWritev:          "~writev fd:fd iov:iovin iovcnt:size",
	SysAccess:          "~access pathname:path mode:access",
	SysPipe:            "pipe pipefd:fds",
	SysMremap:          "mremap old_address:addr old_size:size new_size:size flags:mremap ?new_address:addr -> addr",
	SysMsync:           "msync addr:addr length:size flags:msync",
	SysMincore:         "mincore addr:addr length:size vec:vec",
	SysMadvise:         "madvise addr:addr length:size advice:advice",
	SysShmget:          "shmget key:key size:size shmflg:ipc",
	SysShmat:           "shmat shmid:int shmaddr:addr shmflg:shmat -> addr",
	SysShmctl:          "shmctl shmid:int cmd:shmctl buf:addr",
	SysDup:             "~dup oldfd:fd",
	SysDup2:            "~dup2 oldfd:fd newfd:fd",
	SysGetpid:          "!getpid",
	SysSendto:          "~sendto sockfd:fd buf:in len:size flags:msg dest_addr:addr addrlen:int",
	SysRecvfrom:        "~recvfrom sockfd:fd buf:out len:size flags:msg src_addr:addr addrlen:addr",
	SysShutdown:        "~shutdown sockfd:fd how:shut",
	SysSocketpair:      "socketpair domain:family type:socktype protocol:int sv:fds",
	SysSendfile:        "~sendfile out_fd:fd in_fd:fd offset:off count:size",
	SysClone:           "clone flags:clone ?stack:addr parent_tid:addr child_tid:addr tls:addr",
	SysFork:            "fork",
	SysVfork:           "vfork",
	SysExecve:          "~execve pathname:path argv:strings envp:strings",
	SysExit:            "exit status:int",
	SysWait4:           "wait4 pid:int wstatus:int32 options:wait ?rusage:addr",
	SysShmdt:           "shmdt shmaddr:addr",
	SysFcntl:           "~fcntl fd:fd cmd:fcntl ?arg:seals",
	SysFsync:           "~fsync fd:fd",
	SysFdatasync:       "~fdatasync fd:fd",
	SysTruncate:        "~truncate path:path length:int",
	SysFtruncate:       "~ftruncate fd:fd length:int",
	SysGetcwd:          "~getcwd buf:out size:size",
	SysChdir:           "~chdir path:path",
	SysFchdir:          "~fchdir fd:fd",
	SysRename:          "~rename oldpath:path newpath:path",
	SysMkdir:           "~mkdir pathname:path mode:mode",
	SysRmdir:           "~rmdir pathname:path",
	SysCreat:           "creat pathname:path mode:mode",
	SysLink:            "~link oldpath:path newpath:path",
	SysUnlink:          "~unlink pathname:path",
	SysSymlink:         "~symlink target:path linkpath:path",
	SysReadlink:        "~readlink pathname:path buf:out bufsiz:size",
	SysChmod:           "~chmod pathname:path mode:mode",
	SysFchmod:          "~fchmod fd:fd mode:mode",
	SysGetrlimit:       "getrlimit resource:rlimit rlim:addr",
	SysGetuid:          "!getuid",
	SysGetgid:          "!getgid",
	SysGeteuid:         "!geteuid",
	SysGetegid:         "!getegid",
	SysGetppid:         "!getppid",
	SysPersonality:     "personality persona:persona",
	SysSigaltstack:     "sigaltstack ss:stack old_ss:stackout",
	SysMlock:           "mlock addr:addr length:size",
	SysMunlock:         "munlock addr:addr length:size",
	SysMlockall:        "mlockall flags:mcl",
	SysMunlockall:      "munlockall",
	SysPrctl:           "prctl option:prctl ?arg2:hex arg3:hex arg4:hex arg5:hex",
	SysArchPrctl:       "!arch_prctl code:hex addr:addr",
	SysSwapon:          "~swapon path:path swapflags:hex",
	SysSwapoff:         "~swapoff path:path",
	SysSetrlimit:       "setrlimit resource:rlimit rlim:struct",
	SysSync:            "sync",
	SysReadahead:       "~readahead fd:fd offset:int count:size",
	SysRemapFilePages:  "remap_file_pages addr:addr size:size prot:protq pgoff:size flags:map",
	SysSetTidAddress:   "!set_tid_address tidptr:addr",
	SysFadvise64:       "~fadvise64 fd:fd offset:int len:int advice:fadvise",
	SysExitGroup:       "exit_group status:int",
	SysWaitid:          "waitid idtype:idtype id:int infop:siginfo options:wait ?rusage:addr",
	SysOpenat:          "openat dirfd:dirfd pathname:path flags:open ?mode:mode",
	SysMkdirat:         "~mkdirat dirfd:dirfd pathname:path mode:mode",
	SysNewfstatat:      "~newfstatat dirfd:dirfd pathname:path statbuf:stat flags:at",
	SysUnlinkat:        "~unlinkat dirfd:dirfd pathname:path flags:at",
	SysRenameat:        "~renameat olddirfd:dirfd oldpath:path newdirfd:dirfd newpath:path",
	SysLinkat:          "~linkat olddirfd:dirfd oldpath:path newdirfd:dirfd newpath:path flags:at",
	SysSymlinkat:       "~symlinkat target:path newdirfd:dirfd linkpath:path",
	SysReadlinkat:      "~readlinkat dirfd:dirfd pathname:path buf:out bufsiz:size",
	SysFchmodat:        "~fchmodat dirfd:dirfd pathname:path mode:mode",
	SysFaccessat:       "~faccessat dirfd:dirfd pathname:path mode:access",
	SysSetRobustList:   "!set_robust_list head:addr len:size",
	SysSplice:          "~splice fd_in:fd off_in:off fd_out:fd off_out:off len:size flags:splice",
	SysTee:             "~tee fd_in:fd fd_out:fd len:size flags:splice",
	SysVmsplice:        "~vmsplice fd:fd iov:iovin nr_segs:size flags:splice",
	SysSyncFileRange:   "~sync_file_range fd:fd offset:int nbytes:int flags:syncrange",
	SysFallocate:       "~fallocate fd:fd mode:falloc offset:int length:int",
	SysDup3:            "~dup3 oldfd:fd newfd:fd flags:open",
	SysPipe2:           "pipe2 pipefd:fds flags:pipe",
	SysPreadv:          "~preadv fd:fd iov:iovout iovcnt:size offset:int ?offset_high:int",
	SysPwritev:         "~pwritev fd:fd iov:iovin iovcnt:size offset:int ?offset_high:int",
	SysPrlimit64:       "prlimit64 pid:int resource:rlimit new_limit:struct old_limit:addr",
	SysSyncfs:          "~syncfs fd:fd",
	SysProcessVmReadv:  "process_vm_readv pid:int lvec:iovout liovcnt:size rvec:iovin riovcnt:size flags:hex",
	SysProcessVmWritev: "process_vm_writev pid:int lvec:iovin liovcnt:size rvec:iovin riovcnt:size flags:hex",
	SysRenameat2:       "~renameat2 olddirfd:dirfd oldpath:path newdirfd:dirfd newpath:path flags:rename",
	SysGetrandom:       "!getrandom buf:addr buflen:size flags:hex",
	SysMemfdCreate:     "memfd_create name:path flags:mfd",
	SysUserfaultfd:     "userfaultfd flags:uffd",
	SysMlock2:          "mlock2 addr:addr length:size flags:mlock2",
	SysCopyFileRange:   "~copy_file_range fd_in:fd off_in:off fd_out:fd off_out:off len:size flags:hex",
	SysPreadv2:         "~preadv2 fd:fd iov:iovout iovcnt:size offset:int offset_high:int flags:rwf",
	SysPwritev2:        "~pwritev2 fd:fd iov:iovin iovcnt:size offset:int offset_high:int flags:rwf",
	SysPkeyMprotect:    "pkey_mprotect addr:addr length:size prot:prot pkey:int",
	SysPkeyAlloc:       "pkey_alloc flags:int access_rights:pkey",
	SysPkeyFree:        "pkey_free pkey:int",
	SysStatx:           "~statx dirfd:dirfd pathname:path flags:at mask:statx statxbuf:statxbuf",
	SysRseq:            "!rseq rseq:addr rseq_len:hex flags:hex sig:hex",
	SysPidfdOpen:       "pidfd_open pid:int flags:hex",
	SysClone3:          "!clone3 cl_args:struct size:size",
	SysOpenat2:         "openat2 dirfd:dirfd pathname:path how:struct size:size",
	SysFaccessat2:      "~faccessat2 dirfd:dirfd pathname:path mode:access flags:at",
	SysProcessMadvise:  "process_madvise pidfd:fd iovec:iovin vlen:size advice:advice flags:hex",
	SysCachestat:       "~cachestat fd:fd cstat_range:struct cstat:cstat flags:hex",
	SysMseal:           "mseal addr:addr length:size flags:int",
}

// Signatures are the calls' names and arguments by number, in the order of their numbers.
func Signatures() iter.Seq2[Number, string] {
	return func(yield func(Number, string) bool) {
		for _, nr := range slices.Sorted(maps.Keys(signatures)) {
			if !yield(nr, signatures[nr]) {
				return
			}
		}
	}
}

// numberNames are the names of the calls.
var numberNames = func() map[Number]string {
	m := make(map[Number]string, len(signatures))
	for n, line := range signatures {
		name, _, _ := strings.Cut(line, " ")
		m[n] = strings.TrimLeft(name, "~!")
	}
	return m
}()

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
