package words

import "maps"

// textbook has the words that courses and man pages use and that name no step, call or flag of the model.
var textbook = map[string]string{
	"heap": "memory that malloc gives out. Small pieces come from the area [heap], which brk moves; large ones from " +
		"private anonymous mappings.",
	"malloc": "the C library's allocator: no system call. It gets memory by brk and mmap; a page of it takes no " +
		"frame " +
		"before the first store.",
	"segfault": "SIGSEGV, the answer to an access that no area allows. See sigsegv, and why fault at the prompt.",
	"bus error": "SIGBUS, the answer where an area allows the access but there is no page, as beyond the end of " +
		"a file.",
	"shared memory": "memory that several processes map: MAP_SHARED of a file, of memfd or of nothing, or System V's " +
		"shmget.",
	"rss": "resident set size: how many pages of a process have a frame. VmRSS in /proc/PID/status.",
	"pss": "proportional set size: each resident page divided by the number of processes that map it. See " +
		"smaps.",
	"oom": "out of memory: no frame can be freed. Linux kills a process; here the access is answered by " +
		"SIGKILL.",
	"cow": "see copy-on-write.",
	"kswapd": "the kernel's thread that reclaims pages before memory is full. Not modelled: reclaim under " +
		"pressure is a gap.",
	"thrashing": "a machine that mostly brings back pages that it has just evicted, since the working set is larger " +
		"than " +
		"memory. vmsim sim and vmsim plot mrc show where it begins.",
	"working set": "the pages that a program uses in a span of time. With less memory than that it thrashes.",
	"huge page": "a page of 2 MiB or 1 GiB, which one entry of a higher table maps. Not modelled; see vmsim " +
		"gaps.",
	"thp": "transparent huge pages: the kernel uses huge pages unasked. Not modelled; .machine thp= says " +
		"what smaps shows.",
	"hugetlb": "huge pages from a pool that is set aside, by MAP_HUGETLB. The pool of the model is empty.",
	"lru": "least recently used: the order in which reclaim looks for pages. Linux keeps an active and " +
		"an inactive list.",
	"rmap": "see reverse map.",
	"pgd":  "page global directory: the top level of the page table. walk at the prompt goes down from it.",
	"file descriptor": "the number by which a process names an open file. A mapping stays after its descriptor is " +
		"closed.",
	"maple tree": "the tree in which Linux keeps a process's areas since 6.1. The model uses a B-tree, which answers " +
		"the same questions.",
	"io_uring":    "system calls by rings of shared memory. Not modelled: its calls are outside the model.",
	"cgroup":      "control group: processes with a limit of memory in common. Not modelled; see vmsim gaps.",
	"guard gap":   "the 1 MiB below a stack that stays free, so that a stack does not grow into another area.",
	"lazyfree":    "a page given up by MADV_FREE: reclaim drops it unless a store comes first.",
	"zero copy":   "moving data without the processor copying it: by mapping pages, or passing references to them.",
	"userfaultfd": "faults that a thread of the program answers itself. Not modelled: the call is outside the model.",
	"soft-dirty": "a bit of an entry that says whether the page was stored to since clear_refs. .machine " +
		"soft_dirty=on " +
		"models it.",
}

// joined is the words of both.
func joined(words, more map[string]string) map[string]string {
	maps.Copy(words, more)
	return words
}
