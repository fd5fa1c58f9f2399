package profile

import "slices"

// Rule is something in which releases of Linux differ.
// Linux: none; a change of its source.
type Rule uint8

// The rules, in the order of the table.
const (
	HeapApart Rule = iota
	KSMLine
	AlignedAnonymous
	SealAreas
	GuardRegions
	ClockArea
	HugeExceptAdvised

	numRules
)

// Change is a row of the table: a rule, and the change of Linux that brought it.
// Linux: none; a commit of its source.
type Change struct {
	Name  string  // a few words
	Since Release // the first release that follows the rule
	Until Release // the first release that does not any more; zero where all later ones do
	// Backports are the first patch levels of older series that follow it too.
	Backports []Release
	By        string // the subsystem and what the change did
	Says      string // what it means for a program, in a sentence or two
	// Example is a program whose answers differ between a release before the rule and one since.
	Example string
	Shows   string // the evidence that shows it, where that is not what a program sees by itself: smaps
}

// in reports whether a release follows the rule.
func (c *Change) in(r Release) bool {
	if !r.Before(c.Since) {
		return c.Until == Release{} || r.Before(c.Until)
	}
	return slices.ContainsFunc(c.Backports, func(b Release) bool { return b.Series() == r.Series() && !r.Before(b) })
}

// Info is a rule's row.
func (r Rule) Info() *Change { return &table[r] }

// String is the rule's name.
func (r Rule) String() string { return table[r].Name }

// Rules calls fn for each rule, the oldest first as the table has them.
func Rules(fn func(Rule, *Change)) {
	for r := range numRules {
		fn(r, &table[r])
	}
}

var table = [numRules]Change{
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
	GuardRegions: {
		Name: "guard regions", Since: Release{6, 13, 0},
		By:   "mm: lightweight guard pages by madvise",
		Says: "MADV_GUARD_INSTALL makes every access to a range a SIGSEGV without an area of its own. Before, the advice is unknown: EINVAL.",
		Example: "p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"madvise(p, PAGE, MADV_GUARD_INSTALL)\n*p\n",
	},
	ClockArea: {
		Name: "an area for the clocks of hypervisors", Since: Release{6, 13, 0},
		By: "x86/vdso: pages of virtual clocks apart from the others",
		Says: "Each program has an area [vvar_vclock] of two pages between [vvar] and [vdso]. Before, it has none, and all that is " +
			"placed below them lies two pages higher.",
		Example: "mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n",
	},
	HugeExceptAdvised: {
		Name: "huge pages disabled but where advised", Since: Release{6, 18, 0},
		By:      "prctl: extend PR_SET_THP_DISABLE to optionally exclude advised areas",
		Says:    "PR_THP_DISABLE_EXCEPT_ADVISED takes huge pages from all areas but those with MADV_HUGEPAGE. Before, the flag is EINVAL.",
		Example: "prctl(PR_SET_THP_DISABLE, 1, PR_THP_DISABLE_EXCEPT_ADVISED, 0, 0)\nprctl(PR_GET_THP_DISABLE, 0, 0, 0, 0)\n",
	},
}
