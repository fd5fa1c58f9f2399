package difftest

import (
	"syscall"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
)

// Rule is an entry of the list of differences: something in which the model does not answer as Linux does, on purpose.
type Rule struct {
	Name    string // a few words
	Kernel  string // what Linux does, and by which rule of its own
	Model   string // what the model does
	Why     string // why the model keeps away from it
	Example string // a program that shows the difference: the suite runs it, and fails where the rule is not needed
	Ends    bool   // what follows in the program means nothing any more
	Matches func(d Difference) bool
}

// Rules is the list of differences. It is what docs/differences.md prints.
var Rules = []Rule{
	{
		Name: "huge pages",
		Kernel: "Where transparent huge pages are on for advised memory, the first touch of an aligned 2 MiB range that was advised " +
			"MADV_HUGEPAGE makes one page of 2 MiB: one fault, and all 512 neighbours are there (do_huge_pmd_anonymous_page, " +
			"mm/huge_memory.c). MADV_COLLAPSE makes such a page of small ones (mm/khugepaged.c).",
		Model: "MADV_HUGEPAGE sets the area's flag and nothing more: every page is one of 4 KiB. MADV_COLLAPSE is answered with EINVAL, " +
			"as where no range is suitable.",
		Why: "A second size of page would stand in every walk of a page table and in every count of faults, and the chain from an " +
			"address to a page, which the model is there to show, is the same without it. No program asks for huge pages unless it says so.",
		Example: "p = mmap(0x20000000, 4M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)\n" +
			"madvise(p, 4M, MADV_HUGEPAGE)\n" +
			"p[0] = 'x'\n" +
			"p[PAGE] = 'y'\n",
		Ends:    true,
		Matches: func(d Difference) bool { return d.Huge },
	},
}

// NotCompared is what the comparison leaves out, since no two runs of one kernel agree on it either, or since it says
// nothing of memory.
var NotCompared = []string{
	"The numbers of physical frames, of devices and of inodes, and times of day.",
	"The content of what the kernel fills itself: [vvar], [vdso], the initial stack, the program's own text and data.",
	"Page flags that wait in a processor's batch: on a list of the old or the young (LRU), active, unevictable.",
	"What a copy of a page onto itself leaves: it depends on how many bytes the processor's copy takes at a time.",
	"Fault counts of a statement that uses the harness's scratch memory.",
}

// explain is the rule for a difference, nil for none.
func explain(d Difference) *Rule {
	for i := range Rules {
		if Rules[i].Matches(d) {
			return &Rules[i]
		}
	}
	return nil
}

// The advice that asks for huge pages.
const (
	adviseHuge     = 14
	adviseCollapse = 25
)

// asksForHuge reports whether the statement has asked the kernel for huge pages, and was heard.
func asksForHuge(res *script.Result) bool {
	return res.Nr == syscalls.SysMadvise && !res.Taken && res.Errno != syscall.EINVAL && (res.Args[2] == adviseHuge || res.Args[2] == adviseCollapse)
}
