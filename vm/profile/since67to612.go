package profile

// since67to612 are the rules that came with 6.7 to 6.12.
var since67to612 = map[Rule]Change{
	HeapApart: {
		Name: "neighbours of the heap have no name", Since: Release{6, 7, 0},
		By: "mm: the test whether an area is the heap, used by procfs and SELinux alike",
		Says: "maps calls an area [heap] that has a byte of the heap. Before, also one that only touches it: " +
			"a program's zeroed data below it is called [heap] too.",
		Example: "mprotect(scratch, PAGE, PROT_READ)\n",
	},
	KSMLine: {
		Name: "merged pages in smaps", Since: Release{6, 7, 0},
		By:      "fs/proc/task_mmu: pages that KSM has merged, in smaps and smaps_rollup",
		Says:    "smaps has a line KSM for each area, where the kernel is built with KSM. Before, it has none.",
		Example: "munlockall()\n",
		Shows:   "smaps",
	},
	AlignedAnonymous: {
		Name: "large anonymous areas are aligned", Since: Release{6, 7, 0},
		By:   "mm: align larger anonymous mappings on THP boundaries",
		Says: "An area of anonymous memory whose length is a multiple of 2 MiB begins at a multiple of 2 MiB, so that huge pages fit into it.",
		Example: "mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"mmap(NULL, 4M, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n",
	},
	SealAreas: {
		Name: "mseal", Since: Release{6, 10, 0},
		By:   "mseal: a system call that forbids changes of areas",
		Says: "mseal seals areas against unmapping, moving and changes of protection. Before, the call does not exist: ENOSYS.",
		Example: "p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"mseal(p, PAGE, 0)\nmunmap(p, PAGE)\n",
	},
}
