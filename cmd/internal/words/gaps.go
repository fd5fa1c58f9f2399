package words

// Gap is something that Linux does and the model does not.
type Gap struct{ What, Effect string }

// Gaps are what the model leaves out. vmsim gaps and docs/gaps.md are printed from it.
var Gaps = []Gap{
	{"huge pages (THP, hugetlbfs)", "MADV_HUGEPAGE sets its flag, but pages stay 4 KiB; MAP_HUGETLB is answered as with an empty pool"},
	{"reclaim under pressure", "pages leave memory only by MADV_PAGEOUT, MADV_FREE, DONTNEED and drop_caches; with no frame left the program gets SIGKILL"},
	{"KSM", "MADV_MERGEABLE sets its flag; nothing is merged"},
	{"userfaultfd, protection keys", "the calls fail as on a machine without them"},
	{"NUMA, memory policies, cgroups", "one node, one group"},
	{"locks and races", "one thread, one order: two accesses never meet"},
	{"signals' handlers", "a bad access answers with the signal, and the program goes on with the next statement"},
}
