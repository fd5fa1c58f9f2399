package strace

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vmsim/syscalls/script/scripttest"
)

// body is an imported program without its head, and without the descriptors that are open from the beginning.
func body(t *testing.T, log string) (string, *imported) {
	t.Helper()
	im := importLog(t, "t.log", strings.NewReader(log))
	var out []string
	for _, line := range strings.Split(im.text, "\n") {
		note := strings.HasPrefix(line, "    ---") || strings.HasPrefix(line, "    mincore")
		unseen := strings.Contains(line, "/dev/unseen") || strings.Contains(line, `"/etc/a", O_RDWR`) ||
			strings.Contains(line, "/unseen/fd3")
		if strings.HasPrefix(line, "[") && !strings.Contains(line, "] .layout") && !unseen || note {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n"), im
}

// logForms are the forms of a log's lines, and what becomes of each; they are the fuzzer's seeds too.
var logForms = map[string]struct{ log, want string }{
	"plain":         {"brk(NULL)                               = 0x5555", "[1] brk(NULL) = 0x5555"},
	"pid":           {"123 close(3) = 0", "[1] close(3) = 0"},
	"bracketed pid": {"[pid   123] close(3) = 0", "[1] close(3) = 0"},
	"-t":            {"12:34:56 close(3) = 0", "[1] close(3) = 0"},
	"-tt after pid": {"99 12:34:56.000001 close(3) = 0", "[1] close(3) = 0"},
	"-ttt":          {"1700000000.000001 close(3) = 0", "[1] close(3) = 0"},
	"ltrace -i":     {"7 [0x7fc2de5a3c47] SYS_brk(0) = 0x5555", "[1] brk(0) = 0x5555"},
	"ltrace's call of a library from a file": {
		"ls->mmap(0, 0x8000, 3, 1 <unfinished ...>\nSYS_mmap(0, 8192, 3, 34) = 0x70000\n" +
			"<... mmap resumed> ) = 0x70000",
		"[1] mmap(0x70000, 8192, 3, 34, -1, 0) = 0x70000",
	},
	"ltrace's call of a library of the same name": {
		"close(4 <unfinished ...>\nSYS_close(4 <unfinished ...>\n<... SYS_close resumed> ) = 0\n" +
			"<... close resumed> ) = 0\nSYS_close(3 <unfinished ...>\n<... SYS_close resumed> ) = 0",
		"[1] close(4) = 0\n[1] close(3) = 0",
	},
	"perf's modes": {
		" 0.1 ( 0.3 ms): h/9 openat(dfd: CWD, filename: 0x6f1bc004, flags: RDWR|CREAT, mode: IRUGO|IWUSR) = 3",
		"[1] openat(AT_FDCWD, \"/unknown/1\", O_RDWR|O_CREAT, 0444|0200) = 3",
	},
	"perf's permissions": {
		" 0.3 ( 0.1 ms): ls/9 access(filename: 0x97d6f2a0, mode: R) = -1 ENOENT (No such file or directory)",
		"[1] access(\"/unknown/1\", R_OK) = -1 ENOENT (No such file or directory)",
	},
	"perf's address of the arguments of clone3": {
		" 0.1 ( 0.1 ms): h/9 clone3(uargs: 0x7ffd9d4964f0, size: 88) = 10\n 0.2 ( 0.1 ms): h/9 brk() = 0x5000",
		"[1] clone(CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|CLONE_SYSVSEM) = 2\n[1] brk(0) = 0x5000",
	},
	"perf's stacks": {
		"   elf_load ([kernel.kallsyms])\n   [0] ([unknown])\n   _start (/usr/lib/ld.so)\n   f (inlined)", "",
	},
	"perf's summary": {
		" Summary of events:\n\n h (2099), 106 events, 79.1%\n\n" +
			"   syscall  calls  errors  total  min  avg  max  stddev\n" +
			"                    (msec)    (msec)    (msec)    (msec)        (%)\n   --------------- --------\n" +
			"   msync    1      0     2.479     2.479     2.479     2.479      0.00%",
		"",
	},
	"qemu's threads": {
		"9 brk(NULL) = 0x0000004000005000\n9 clone(CLONE_VM|CLONE_SIGHAND|CLONE_THREAD,child_stack=0x1) = 10\n" +
			"9 futex(0x4000,FUTEX_WAIT,10,NULL,NULL,0)9 madvise(0x5000,4096,MADV_NORMAL) = -1 errno=12 (Cannot)\n" +
			"9 exit(0)\n = 0\n9 exit_group(0)",
		"[1] brk(NULL) = 0x4000005000\n[1] clone(CLONE_VM|CLONE_SIGHAND|CLONE_THREAD) = 2\n" +
			"[1] madvise(0x5000, 4096, MADV_NORMAL) = -1 ENOMEM (Cannot allocate memory)\n[2] exit(0) = ?\n" +
			"[1] futex(0x4000, FUTEX_WAIT, 10, NULL, NULL, 0) = 0\n[1] exit_group(0) = ?",
	},
	"qemu's children": {
		"9 brk(NULL) = 0x0000004000005000\n9 clone(0x11,child_stack=0x0) = 0\n" +
			"10 execve(\"/bin/ls\",{\"ls\",NULL}) = 10\n9 close(3) = 0",
		"[1] brk(NULL) = 0x4000005000\n[1] clone(0x11) = 2\n" +
			"[2] execve(\"/bin/ls\", [\"ls\"], NULL) = 0\n[1] close(3) = 0",
	},
	"qemu's child that says so": {
		"9 brk(NULL) = 0x0000004000005000\n9 clone(0x11,child_stack=0x0) = 10\n = 0\n10 close(3) = 0",
		"[1] brk(NULL) = 0x4000005000\n[1] clone(0x11) = 2\n[2] close(3) = 0",
	},
	"qemu's output of a program": {
		"9 brk(NULL) = 0x0000004000005000\n9 write(1,0x5000,3)a)\nb = 3\n = 3\n9 close(3) = 0",
		"[1] brk(NULL) = 0x4000005000\n[1] write(1, 0x5000, 3) = 3\n[1] close(3) = 0",
	},
	"mremap to where the model would not go": {
		"mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x70000\n" +
			"mremap(0x70000, 4096, 8192, MREMAP_MAYMOVE, 0) = 0x71000",
		"[1] mmap(0x70000, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x70000\n" +
			"[1] mremap(0x70000, 4096, 8192, MREMAP_MAYMOVE|MREMAP_FIXED, 0x71000) = 0x71000",
	},
	"-r": {"     0.000123 close(3) = 0", "[1] close(3) = 0"},
	"-T": {
		"munmap(0x1000, 4096) = -1 EINVAL (Invalid argument) <0.000011>",
		"[1] munmap(0x1000, 4096) = -1 EINVAL (Invalid argument)",
	},
	"-y":         {"close(3</etc/a>) = 0", "[1] close(3) = 0"},
	"-y deleted": {"close(3</etc/a>(deleted)) = 0", "[1] close(3) = 0"},
	"-yy": {
		"sendto(3<TCP:[1.2.3.4:5->6.7.8.9:10]>, \"a\", 1, 0, NULL, 0) = 1",
		"[1] sendto(3, \"a\", 1, 0, NULL, 0) = 1",
	},
	"-yy device": {
		"ioctl(1</dev/pts/0<char 136:0>>, TCGETS, 0x7ffc) = -1 ENOTTY (Inappropriate ioctl for device)",
		"[1] ioctl(1, TCGETS, 0x7ffc) = -1 ENOTTY (Inappropriate ioctl for device)",
	},
	"-X raw": {
		"mmap(NULL, 8192, 0x3, 0x22, -1, 0) = 0x7ffff7fc0000",
		"[1] mmap(0x7ffff7fc0000, 8192, 0x3, 0x22, -1, 0) = 0x7ffff7fc0000",
	},
	"-X verbose": {
		"mmap(NULL, 8192, 0x3 /* PROT_READ|PROT_WRITE */, 0x22 /* MAP_PRIVATE|MAP_ANONYMOUS */, -1, 0) " +
			"= 0x7ffff7fc0000",
		"[1] mmap(0x7ffff7fc0000, 8192, 0x3, 0x22, -1, 0) = 0x7ffff7fc0000",
	},
	"shift": {
		"mmap(NULL, 8192, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB|21<<MAP_HUGE_SHIFT, -1, 0) = " +
			"-1 ENOMEM (Cannot allocate memory)",
		"[1] mmap(NULL, 8192, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB|21<<MAP_HUGE_SHIFT, -1, " +
			"0) = -1 ENOMEM (Cannot allocate memory)",
	},
	"shown buffer":     {"read(3, \"\\177ELF\"..., 832) = 832", "[1] read(3, scratch, 832) = 832"},
	"whole buffer":     {"write(1, \"a)b\\n\", 4) = 4", "[1] write(1, \"a)b\\n\", 4) = 4"},
	"part of a buffer": {"write(1, \"ab\"..., 4096) = 4096", "[1] write(1, pattern(0), 4096) = 4096"},
	"structure":        {"fstat(3, {st_mode=S_IFREG|0644, st_size=5, ...}) = 0", "[1] fstat(3, scratch) = 0"},
	"limits": {
		"prlimit64(0, RLIMIT_STACK, {rlim_cur=8192*1024, rlim_max=RLIM64_INFINITY}, NULL) = 0",
		"[1] prlimit64(0, RLIMIT_STACK, {rlim_cur=8192*1024, rlim_max=RLIM64_INFINITY}, NULL) = 0",
	},
	"vectors": {
		"writev(1, [{iov_base=\"ab\", iov_len=2}, {iov_base=\"cd\"..., iov_len=100}], 2) = 102",
		"[1] writev(1, [{iov_base=\"ab\", iov_len=2}, {iov_base=scratch, iov_len=100}], 2) = 102",
	},
	"vector of which the log has the address": {
		"readv(1, 0x7f0000000000, 3) = 100", "[1] readv(1, [{iov_base=scratch, iov_len=100}], 1) = 100",
	},
	"mincore": {
		"mincore(0x1000, 12288, [1, 0, 1]) = 0",
		"[1] mincore(0x1000, 12288, scratch) = ?", // what the program has touched is not in the log
	},
	"offset cell":        {"sendfile(1, 3, [0] => [4096], 4096) = 4096", "[1] sendfile(1, 3, [0], 4096) = 4096"},
	"restarted":          {"read(0, 0x7ff, 1) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)", ""},
	"no answer":          {"exit_group(0) = ?", "[1] exit_group(0) = ?"},
	"flags of an answer": {"fcntl(3, F_GETFD) = 0x1 (flags FD_CLOEXEC)", "[1] fcntl(3, F_GETFD) = 0x1"},
	"exited":             {"+++ exited with 0 +++", "[1] +++ exited +++"},
	"killed":             {"+++ killed by SIGSEGV +++", "[1] +++ exited +++"},
	"bad access": {
		"--- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=0x10} ---",
		"[1] touch(0x10, r)\n    --- SIGSEGV {si_code=SEGV_MAPERR, si_addr=0x10} ---",
	},
	"wrong access": {
		"--- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_ACCERR, si_addr=0x5000} ---",
		"[1] touch(0x5000, w)\n    --- SIGSEGV {si_code=SEGV_ACCERR, si_addr=0x5000} ---",
	},
	"another signal": {"--- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=2} ---", ""},
	"two halves": {
		"1 mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0 <unfinished ...>\n" +
			"1 <... mmap resumed>) = 0x70000",
		"[1] mmap(0x70000, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x70000",
	},
	"answered by the tracer": {
		"mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = -1 ENOMEM (Cannot allocate memory) (INJECTED)",
		"",
	},
	"delayed by the tracer": {"close(3) = 0 (DELAYED)", "[1] close(3) = 0"},
	"output within a line":  {"write(1, \"a)b\", 3a)b)  = 3", "[1] write(1, \"a)b\", 3) = 3"},
	"output of several lines": {
		"[pid 7] write(1, \"a\\n# x\\n\", 6a\n# x\n)  = 6",
		"[1] write(1, \"a\\n# x\\n\", 6) = 6",
	},
	"output and no more": {"write(1, \"a\\n\", 2a\n7 close(3) = 0", "[1] close(3) = 0"},
	"table of -C": {
		"% time     seconds  usecs/call     calls    errors syscall\n------ ----------- -----------\n" +
			"  0.00    0.000000           0        23         2 openat\n100.00    0.000000  0  23  2 total",
		"",
	},
	"table of -U": {"syscall              calls\n-------------------- ---------\nmmap   12", ""},
	"-e read":     {" | 00000  7f 45 4c 46 02 01 01 00  00 00 00 00 00 00 00 00  .ELF............ |", ""},
	"killed in a call": {
		"5 mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0\n5 +++ killed by SIGKILL +++",
		"[1] +++ exited +++",
	},
	"a thread's end": {
		"1 clone(flags=CLONE_VM|CLONE_SIGHAND|CLONE_THREAD) = 2\n2 +++ exited with 0 +++\n1 brk(NULL) = 0x5000",
		"[1] clone(CLONE_VM|CLONE_SIGHAND|CLONE_THREAD) = 2\n[2] exit(0) = ?\n[1] brk(NULL) = 0x5000",
	},
	"a child before its birth": {
		"1 brk(NULL) = 0x1000\n7 getpid() = 7\n1 fork() = 7\n1 fork() = 8",
		"[1] brk(NULL) = 0x1000\n[1] fork() = 2\n[2] getpid() = 7\n[1] fork() = 3",
	},
	"what the machine has of segments": {
		"shmctl(0, SHM_INFO, {used_ids=3, shm_tot=5, shm_rss=2}) = 24", "[1] shmctl(0, SHM_INFO, scratch) = ?",
	},
	"no such descriptor": {
		"mmap(NULL, 4096, PROT_READ, MAP_SHARED, 99, 0) = -1 EBADF (Bad file descriptor)",
		"[1] mmap(NULL, 4096, PROT_READ, MAP_SHARED, 99, 0) = -1 EBADF (Bad file descriptor)",
	},
	"opened in a call that is not traced": {
		"close(3) = 0\nclose(3) = 0",
		"[1] close(3) = 0\n[1] close(3) = 0",
	},
	"segments": {
		"shmget(IPC_PRIVATE, 4096, IPC_CREAT|0600) = 19\nshmctl(19, IPC_RMID, NULL) = 0",
		"[1] shmget(IPC_PRIVATE, 4096, IPC_CREAT|0600) = ?\n[1] shmctl(0, IPC_RMID, NULL) = 0",
	},
	"prctl raw":   {"prctl(0xf, \"name\") = 0", ""},
	"personality": {"personality(0xffffffff) = 0", "[1] personality(0xffffffff) = ?"},
	"personality by name": {
		"personality(PER_LINUX|ADDR_NO_RANDOMIZE) = 0 (PER_LINUX)",
		"[1] personality(PER_LINUX|ADDR_NO_RANDOMIZE) = ?",
	},
	"vfork of a child that is not traced": {"vfork() = 9\nbrk(NULL) = 0x5555",
		"[1] vfork() = 2\n[1] brk(NULL) = 0x5555"},
	"perf pipe": {
		" 3.723 ( 0.026 ms): dash/26671 pipe2(fildes: 0x7ffd68c39d90)        = 0\n" +
			" 4.903 (         ): dash/26671 wait4(upid: -1, stat_addr: 0x7ffd)        ...\n" +
			" 4.904 ( 0.001 ms): dash/26671 close(fd: 4)       = 0",
		"[1] pipe2([3, 4], 0) = 0\n[1] close(4) = 0",
	},
	"a hole found": {
		"lseek(3, 0, SEEK_HOLE) = 4096",
		"[1] lseek(3, 0, SEEK_HOLE) = 4096",
	},
	"halves of arguments": {
		"1 read(3,  <unfinished ...>\n1 <... read resumed>\"ab\", 2) = 2",
		"[1] read(3, scratch, 2) = 2",
	},
	"fork": {
		"1 fork() = 2\n2 brk(NULL) = 0x1000\n1 close(3) = 0",
		"[1] fork() = 2\n[2] brk(NULL) = 0x1000\n[1] close(3) = 0",
	},
	"child first": {
		"10 vfork( <unfinished ...>\n11 brk(NULL) = 0x1000\n11 exit_group(0) = ?\n" +
			"10 <... vfork resumed>) = 11\n10 close(3) = 0",
		"[1] vfork() = 2\n[2] brk(NULL) = 0x1000\n[2] exit_group(0) = ?\n[1] close(3) = 0",
	},
	"failed fork": {
		"1 fork( <unfinished ...>\n" +
			"1 <... fork resumed>) = -1 EAGAIN (Resource temporarily unavailable)\n1 fork() = 7\n" +
			"7 close(1) = 0",
		"[1] fork() = 2\n[2] close(1) = 0",
	},
	"clone": {
		"clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7fff) = 22",
		"[1] clone(CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, NULL, NULL, 0x7fff, NULL) = 2",
	},
	"clone3": {
		"clone3({flags=CLONE_VM|CLONE_VFORK, exit_signal=SIGCHLD, stack=0x7000, stack_size=0x9000}, 88) = 22",
		"[1] vfork() = 2",
	},
	"a terminal": {
		"vfork(strace: Process 12 attached\n <unfinished ...>\n[pid 12] exit_group(0) = ?\n" +
			"[pid 11] <... vfork resumed>) = 12\n[pid 12] +++ exited with 0 +++\nclose(3) = 0",
		"[1] vfork() = 2\n[2] exit_group(0) = ?\n[2] +++ exited +++\n[1] close(3) = 0",
	},
	"relative path": {
		"chdir(\"/tmp\") = 0\nopenat(AT_FDCWD, \"a\", O_RDONLY) = 3",
		"[1] chdir(\"/tmp\") = 0\n[1] openat(AT_FDCWD, \"/tmp/a\", O_RDONLY) = 3",
	},
	"path at a directory": {
		"openat(AT_FDCWD, \"/etc\", O_RDONLY|O_DIRECTORY) = 3\nopenat(3, \"passwd\", O_RDONLY) = 4",
		"[1] openat(AT_FDCWD, \"/etc\", O_RDONLY|O_DIRECTORY) = 3\n[1] openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY) = 4",
	},
	"a call that strace knows by its number": {
		"syscall_0x1ce(0x5000, 0x1000, 0, 0xffffffff, 0, 0x4000) = -1 ENOMEM (Cannot allocate memory)",
		"[1] mseal(0x5000, 0x1000, 0) = -1 ENOMEM (Cannot allocate memory)",
	},
	"a number whose call reads memory": {
		"syscall_0x1c3(0x3, 0x7ffc3000, 0x7ffc3010, 0, 0, 0) = 0",
		"[1] syscall_0x1c3(0x3, 0x7ffc3000, 0x7ffc3010, 0, 0, 0) = 0",
	},
	"alternate stack": {
		"sigaltstack({ss_sp=0x5000, ss_flags=SS_AUTODISARM, ss_size=8192}, {ss_sp=NULL, ss_flags=0, ss_size=0}) = 0",
		"[1] sigaltstack({ss_sp=0x5000, ss_flags=SS_AUTODISARM, ss_size=8192}, scratch) = 0",
	},
	"large read": {
		"read(3, \"\"..., 3000000) = 2500000",
		"[1] read(3, scratch, 1048576) = 1048576\n[1] read(3, scratch, 1048576) = 1048576\n" +
			"[1] read(3, scratch, 402848) = 402848",
	},
	"call without arguments": {"fork(\"a\", {b}, 3) = 3000000", "[1] fork() = 2"},
	"too few arguments":      {"brk(\"a\", 1, 2) = 3000000", "[1] brk(scratch) = 3000000"},
	"perf trace": {
		"     0.471 ( 0.000 ms): ls/10 minfault [_start+0x0] => 0x7f00000010 (x.)\n" +
			" 0.5 ( 0.000 ms): ls/10 minfault [memset+0x32] => //anon@0x5000 (d.)\n" +
			" 0.6 ( 0.000 ms): ls/10 minfault [memset+0x32] => //anon@0x5008 (d.)\n" +
			" 0.7 ( 0.000 ms): ls/10 majfault [_copy_to_user+0x28] => 0x7000 (?k)",
		"[1] touch(0x7f00000010, x)\n[1] touch(0x5000, r)\n[1] touch(0x5008, w)\n[1] touch(0x7000, kw)",
	},
}

// The model would say that there is no such process, where the log has an answer.
func TestCallsOnProcessesThatTheLogDoesNotShowAreLeftOut(t *testing.T) {
	for _, call := range []string{"process_vm_readv(99, [], 0, [], 0, 0) = 0", "pidfd_open(99, 0) = 3",
		"prlimit64(99, RLIMIT_CORE, NULL, {rlim_cur=0, rlim_max=0}) = 0"} {
		if got, im := body(t, "98 "+call); got != "" || im.report.By[Outside] != 1 {
			t.Errorf("%s became %q", call, got)
		}
		own := "98 getpid() = 98\n98 " + strings.Replace(call, "99", "98", 1)
		if got, _ := body(t, own); !strings.Contains(got, "(1, ") {
			t.Errorf("%s on itself became %q", call, got)
		}
	}
}

func TestEachFormOfALogLineIsUnderstood(t *testing.T) {
	for name, c := range logForms {
		got, im := body(t, c.log)
		if got != c.want {
			t.Errorf("%s:\n%s\n got\n%s\nwant\n%s\nskipped %v", name, c.log, got, c.want, im.report.Reasons)
		}
		scripttest.RoundTrip(t, im.prog)
	}
}

func TestWhatIsNotRunSaysWhy(t *testing.T) {
	_, im := body(t, "brk(NULL) = 0x1000\nnonsense\n--- SIGCHLD {si_signo=SIGCHLD} ---\n"+
		"mmap(NULL, foo bar, 0, 0, -1, 0) = 0x1000\n"+
		"getpid() = 4\n <... read resumed>, 1) = 1\nread(0,  <unfinished ...>\n > /lib/libc.so(read+0x1) [0x1]\n")
	want := []Reason{
		{Outside, "a signal that is no bad access", 1, 3, "SIGCHLD {si_signo=SIGCHLD}"},
		{Outside, "its answer is not in the log", 1, 8, "read(0,"},
		{Outside, "not of the language: unknown name foo", 1, 4,
			"[1] mmap(0x1000, foo bar, 0, 0, -1, 0) = 0x1000"},
		{Outside, "resumes a call that did not begin in the log", 1, 6, "read"},
		{Outside, "the model has no getpid", 1, 5, "getpid("},
		{Talk, "a stack frame", 1, 8, "> /lib/libc.so(read+0x1) [0x1]"},
		{NotUnderstood, noForm, 1, 2, "nonsense"},
	}
	if diff := cmp.Diff(want, im.report.Reasons); diff != "" || im.report.Lines != 8 || im.report.By[Ran] != 1 {
		t.Errorf("%+v\n%s", im.report.By, diff)
	}
}

func TestALogWithoutAnyCallIsNotUnderstood(t *testing.T) {
	_, im := body(t, "Dear all,\nplease find the log attached.\n")
	if im.report.Understood() {
		t.Errorf("%+v", im.report)
	}
}
