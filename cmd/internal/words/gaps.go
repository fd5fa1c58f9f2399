package words

import (
	"strings"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
)

// Gap is something that Linux does and the model does not.
type Gap struct{ What, Effect string }

// Gaps are what the model leaves out. vmsim gaps and docs/gaps.md are printed from it.
func Gaps() []Gap { return append(gaps, Gap{"other system calls", callGaps()}) }

var gaps = []Gap{
	{"transparent huge pages", "MADV_HUGEPAGE sets its flag, but anonymous pages stay 4 KiB"},
	{"more of hugetlb", "there is one pool, of pages of 2 MiB, for MAP_HUGETLB and memfd_create (.sysctl " +
		"vm.nr_hugepages=N). The one of 1 GiB is empty, and so is any to shmget(SHM_HUGETLB); no hugetlbfs is " +
		"mounted, control groups do not limit huge pages, and processes do not share page tables of them, as Linux " +
		"does for shared areas of 1 GiB"},
	{"memory.low, zswap, more of swapping", "A control group has memory.max and memory.high, and no protection " +
		"(memory.min, memory.low). Within a swap area the next free place is taken: clusters with places that " +
		"were freed do not come first, as they do in Linux. Swap areas discard nothing. On a disk with blocks " +
		"of 1 KiB Linux leaves out the pages of a swap file that begin between two pages of the disk; here no " +
		"page does"},
	{"a disk that goes away", ".fail disk leaves what the file system knows of its files in memory, however " +
		"much that is. Linux lets a write through that changes no times, as one in the same 4 ms as the last; " +
		"here it is EROFS"},
	{"dirty pages of control groups", "the thresholds of dirty pages are the machine's alone, as with cgroup v1"},
	{"reclaim by generations (MGLRU)",
		".machine lru_gen=on changes how pages are marked, not which of them are reclaimed. reclaim=mglru is a " +
			"policy like the others, for pages that are read: each use of a page is reported to it, and it has one " +
			"set of generations for files and private memory, and no walks of page tables"},
	{"the kernel's own memory", "page tables and such take no frames, and do not count to a control group"},
	{"KSM", "MADV_MERGEABLE sets its flag; nothing is merged"},
	{"protection keys", "rights are what pkey_alloc sets: no WRPKRU, by which programs change them"},
	{"faults that wait", "a fault that a userfaultfd handles gets SIGBUS (UFFD_FEATURE_SIGBUS), or the kernel ends " +
		"the write protection itself (UFFD_FEATURE_WP_ASYNC). One that would wait until another thread has handled " +
		"it is refused before it happens, and so are UFFD_FEATURE_EVENT_FORK, _REMAP, _REMOVE and _UNMAP, and a " +
		"userfaultfd for huge pages. /dev/userfaultfd cannot be opened; in an imported log, a userfaultfd takes the " +
		"log's answers"},
	{"NUMA, memory policies, cgroups", "one node; all programs are in one group, whose limit is .machine memcg="},
	{"locks and races", "one thread, one order: two accesses never meet"},
	{"signals", "a handler is one call (on SIGSEGV …); rt_sigaction, rt_sigprocmask and signals that processes " +
		"send take no effect. Its frame is stored where Linux stores it, but what the frame holds is undetermined: " +
		"a handler that changes the registers in it, or overwrites it, is outside. Without a handler a bad access " +
		"answers with the signal, and the program goes on with the next statement"},
	{"other programs", "execve starts programs that a line .file PATH SIZE elf=… has made: what they do is what " +
		"the program's lines say. Others are read and laid out, and the run ends there; .exec begins as one of " +
		"this machine. Address randomisation, set-user-ID, binfmt_misc, execveat and posix_spawn's own thread are " +
		"outside; in an imported log, execve takes the log's answer and its image"},
	{"owners, other names",
		"no call changes an owner: all files are the program's own, and their modes count where .machine user= " +
			"says an ordinary user. Directories cannot be listed, and take no blocks of the disk; FIFOs and " +
			"devices cannot be made"},
	{"other devices", "/dev/null, /dev/zero, /dev/full and /dev/fb0 can be opened; openat of any other takes the " +
		"answer that follows it. Only root can make their files: where an ordinary user compares with the kernel, " +
		"openat of them is left out"},
	{"waiting for a pipe", "one process runs at a time: a call that would wait for another (a blocking read of an " +
		"empty pipe) is refused before it runs. FIFOs and pipes of " +
		"notifications are outside; in an imported log, pipes take the log's answers"},
	{"sockets", "there are pairs of connected ones (socketpair, AF_UNIX, SOCK_STREAM) and the bytes that go through " +
		"them: read, write, sendto, recvfrom, shutdown, splice and sendfile to them. Other families and types, a " +
		"splice out of a socket and MSG_OOB are refused before they run; sendmsg, recvmsg, options and addresses " +
		"are outside. In an imported log, sockets take the log's answers"},
	{"waiting for a child", "a wait for children that still run is refused, and what a child has used (struct " +
		"rusage) is zeros. There is one process group, SIGCHLD is not delivered, and in an imported log wait4 takes " +
		"the log's answers"},
	{"names in logs",
		"calls on names take the log's answer: the importer follows which file has which name, and maps shows the " +
			"first"},
	{"five-level page tables, other processors", "x86-64 with four levels and 4 KiB pages"},
}

// callGaps are the calls that the language knows and the model does not have.
func callGaps() string {
	var names []string
	for _, c := range script.CallNames() {
		if nr, ok := syscalls.NumberOf(c); script.Outside(c) || !ok || !syscalls.Implements(nr) {
			names = append(names, c)
		}
	}
	return "these are read, and take the answer that the program or the log has for them, as every call does that is " +
		"not known at all: " +
		strings.Join(names, ", ")
}
