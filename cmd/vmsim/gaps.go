package main

import "fmt"

var gapsCommand = command{
	name: "gaps", line: "what is not modelled",
	examples: []string{"vmsim gaps"},
	run:      (*app).gapsList,
}

// gapList is what the model leaves out. docs/gaps.md is printed from it.
var gapList = []struct{ what, effect string }{
	{"huge pages (THP, hugetlbfs)", "MADV_HUGEPAGE sets its flag, but pages stay 4 KiB; MAP_HUGETLB is answered as with an empty pool"},
	{"reclaim under pressure", "pages leave memory only by MADV_PAGEOUT, MADV_FREE, DONTNEED and drop_caches; with no frame left the program gets SIGKILL"},
	{"KSM", "MADV_MERGEABLE sets its flag; nothing is merged"},
	{"userfaultfd, protection keys", "the calls fail as on a machine without them"},
	{"NUMA, memory policies, cgroups", "one node, one group"},
	{"locks and races", "one thread, one order: two accesses never meet"},
	{"signals' handlers", "a bad access answers with the signal, and the program goes on with the next statement"},
}

func (a *app) gapsList(*flags) int {
	for _, g := range gapList {
		fmt.Fprintf(a.out, "%s\n    %s\n", g.what, g.effect)
	}
	return exitFine
}
