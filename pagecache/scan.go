package pagecache

import (
	"math"

	"vmsim/vm"
	"vmsim/vm/lru"
)

// A run of reclaim goes over the lists with rising priority, until it has freed what is wanted:
//
//	run         for priority 12, 11, ... 0:
//	  pass        prepare: may active pages be deactivated? are there enough inactive pages of files?
//	    shrinkLists  count: how many pages of each list, length >> priority, weighed between private and files' pages
//	      shrinkInactive   32 pages from the tail of an inactive list: free, keep or activate (shrinkfolio.go)
//	      shrinkActive     32 pages from the tail of an active list: to the inactive list
//
//	          new ──→ head [ inactive list ] tail ──→ freed
//	                    ↑            │ used
//	             not used            ↓
//	          tail [ active list ] head
//
// There is such a pair of lists for private pages and one for pages of files, in each control group.

// groupState is reclaim's state for the lists of one group. Linux keeps one such state for each control group and node.
// Everyone is the group of pages that are charged to none.
// Linux: struct lruvec (include/linux/mmzone.h).
type groupState struct {
	cost      [2]uint64 // of having reclaimed private pages, and files': Linux: anon_cost, file_cost
	refaults  [2]uint64 // how many had been activated by a refault at the last reclaim; Linux: refaults
	activated [2]uint64 // by a refault; Linux: WORKINGSET_ACTIVATE_ANON, WORKINGSET_ACTIVATE_FILE

	// The statistics, which Linux sums up only at intervals, the model between two calls or accesses.
	// Linux: mem_cgroup_flush_stats (mm/memcontrol.c).
	pages  [lru.Unevictable + 1]uint64
	summed [2]uint64 // of activated
}

// note updates the statistics of the groups: what reclaim inside a group believes until the next update.
func (r *Reclaim) note() {
	for g := range r.groups {
		s := &r.groups[g]
		for list := range s.pages {
			s.pages[list] = r.cache.LRU.Pages(lru.Group(g), lru.List(list))
		}
		s.summed = s.activated
	}
}

// known is the length of a list according to the statistics.
// Linux: lruvec_page_state (include/linux/memcontrol.h).
func (r *Reclaim) known(g lru.Group, list lru.List) uint64 {
	if r.Limit == 0 { // the statistics of the machine as a whole are exact
		return r.cache.LRU.Pages(lru.Everyone, list)
	}
	return r.groups[g].pages[list]
}

// scan is one run of reclaim. Want says when to stop; priority says how much of each list a pass looks at: a 4096th at
// first, all of it in the end.
// Linux: struct scan_control (mm/vmscan.c).
type scan struct {
	*Reclaim
	group    lru.Group
	want     uint64 // pages
	kswapd   bool
	maySwap  bool
	priority uint // lists are scanned by a 2^priority-th of their length

	force         bool    // active pages are deactivated whatever the balance
	skipped       bool    // a list of active pages was left alone
	mayDeactivate [2]bool // of private pages, and of files'
	trimsCache    bool    // there are enough inactive pages of files, so private pages are not scanned
	fewFiles      bool    // hardly any pages of files are left, so only private pages are scanned
	chosen        bool    // a policy names the pages
	keepsNew      bool    // pages that the present call has brought in stay
	high          bool    // the group is over memory.high, and not at its limit

	scanned, reclaimed uint64
	at                 []vm.Addr // addresses of the entries being examined; the memory is reused
}

// defaultPriority is where a scan begins.
// Linux: DEF_PRIORITY (include/linux/mmzone.h).
const defaultPriority = 12

// run reclaims with rising priority until it has freed the wanted pages; it returns how many it freed. Reclaim begins
// gently. Only if a pass frees too little does the next one look at twice as many pages.
//
//	list of 8192 pages    priority 12   11   10   ...   1      0
//	pages looked at                2    4    8         4096   8192
//
// The wanted 32 pages take several passes on so small a list; one of 512 MiB has them in the first.
// Linux: do_try_to_free_pages (mm/vmscan.c).
func (s *scan) run() uint64 {
	s.reclaims = true
	defer func() { s.reclaims = false }()
	stepReclaimStarted(s.cache.Log, s.want, s.shortage())
	for round := 0; ; round++ {
		for p := defaultPriority; p >= 0 && s.reclaimed < s.want; p-- {
			s.priority, s.scanned = uint(p), 0
			s.pass()
		}
		s.snapshot()
		if s.reclaimed > 0 || round > 0 && !s.skipped {
			break
		}
		// If it frees nothing it tries once more, since others may have reclaimed from the groups in turn, and then
		// again with the active pages if they were skipped.
		if round > 0 {
			s.force, s.skipped = true, false
		}
	}
	stepReclaimEnded(s.cache.Log, s.reclaimed)
	return s.reclaimed
}

// shortage is the reason, for people, why reclaim runs.
func (s *scan) shortage() string {
	switch {
	case s.high:
		return "the control group is over memory.high"
	case s.group == lru.Limited:
		return "the control group is at its limit"
	}
	return "few frames are free"
}

// snapshot notes how many pages had been activated by refaults.
// Linux: snapshot_refaults (mm/vmscan.c).
func (s *scan) snapshot() { s.groups[s.group].refaults = s.activatedOf(s.group) }

// activatedOf is how many pages of a group were activated. Reclaim inside a group reads the statistics, which are
// summed up only at intervals.
func (s *scan) activatedOf(g lru.Group) [2]uint64 {
	if s.Limit == 0 {
		return s.groups[g].activated
	}
	return s.groups[g].summed
}

// pass goes over the lists once.
// Linux: shrink_node (mm/vmscan.c).
func (s *scan) pass() {
	s.prepare()
	if s.group == lru.Everyone && s.Limit > 0 {
		defer func() { s.group = lru.Everyone }()
		s.shrinkLists()
		s.group = lru.Limited
	}
	s.shrinkLists()
}

// prepare decides which lists are scanned. Active pages are left alone while the inactive list is long enough and no
// page has come back from disk: then the working set fits. A page that refaults was evicted too early. If one was
// activated by a refault since the last run, the active pages are not all in use: so they may be deactivated, to let
// the refaulting ones compete with them.
// Linux: prepare_scan_control (mm/vmscan.c).
func (s *scan) prepare() {
	now := s.activatedOf(s.group)
	for t := range now {
		s.mayDeactivate[t] = s.force || now[t] != s.groups[s.group].refaults[t] || s.inactiveIsLow(t)
	}
	s.trimsCache = s.known(s.group, lru.InactiveFile)>>s.priority > 0 && !s.mayDeactivate[filePages]
	if s.group == lru.Limited {
		return
	}
	lists := s.cache.LRU
	files := lists.Pages(s.group, lru.ActiveFile) + lists.Pages(s.group, lru.InactiveFile)
	s.fewFiles = files+s.cache.Memory.Free() <= s.Marks.High && !s.mayDeactivate[anonPages] &&
		lists.Pages(s.group, lru.InactiveAnon)>>s.priority > 0
}

// inactiveIsLow reports whether a type of pages has too few inactive ones: no more than active ones, or a tenth and
// less where there are many. The ratio grows with the square root of the memory: a large machine needs a smaller part
// of it inactive.
//
//	memory of the type    ratio    inactive part
//	up to 1 GiB           1        half
//	1 GiB                 3        a quarter
//	10 GiB                10       an eleventh
//	100 GiB               31       a thirty-second
//
// Linux: inactive_is_low (mm/vmscan.c).
func (s *scan) inactiveIsLow(t int) bool {
	inactive, active := s.known(s.group, inactiveList(t)), s.known(s.group, activeList(t))
	ratio := uint64(1)
	if gb := (inactive + active) >> 18; gb > 0 {
		ratio = uint64(math.Sqrt(float64(10 * gb)))
	}
	return inactive*ratio < active
}

// inactiveList and activeList are the lists of a type: the lists come in pairs, private pages before those of files.
func inactiveList(t int) lru.List { return lru.InactiveAnon + lru.List(2*t) }
func activeList(t int) lru.List   { return lru.ActiveAnon + lru.List(2*t) }

// targets are how many pages of each list are scanned, by type: first the inactive ones.
type targets [2][2]uint64

// count decides how many pages of each list are scanned. The answer decides between dropping pages of files, which may
// have to be read again, and swapping out private pages, which have to be written first. In the order of the cases:
// without swap space private pages cannot go; at the last priority everything is tried alike; with hardly any pages of
// files, dropping them would free too little; with many inactive ones, they suffice.
// Linux: get_scan_count (mm/vmscan.c).
func (s *scan) count() (n targets) {
	share, whole := [2]uint64{1, 1}, uint64(1)
	switch {
	case !s.canSwap() || s.group == lru.Limited && s.Swappiness == 0:
		share[anonPages] = 0
	case s.priority == 0 && s.Swappiness > 0:
	case s.fewFiles:
		share[filePages] = 0
	case s.trimsCache:
		share[anonPages] = 0
	default:
		share, whole = s.balance()
	}
	for t := range n {
		for active := range n[t] {
			pages := s.cache.LRU.Pages(s.group, inactiveList(t)+lru.List(active)) >> s.priority
			n[t][active] = pages * share[t] / whole
		}
	}
	return n
}

// balance weighs private pages against those of files: by swappiness, and by the recent cost of reclaiming each. With a
// swappiness of 100 both count the same; 60, the default, prefers pages of files.
//
//	swappiness 60     costs equal                             30% private pages, 70% pages of files
//	                  private pages cost three times more     23%                77%
//
// A type is scanned less, the more it has cost lately. The sum of both costs is added to each, so that with a
// swappiness of 100 neither falls below a third.
// Linux: calculate_pressure_balance (mm/vmscan.c).
func (s *scan) balance() (share [2]uint64, whole uint64) {
	cost := s.groups[s.group].cost
	sum := cost[anonPages] + cost[filePages]
	anon, file := sum+cost[anonPages], sum+cost[filePages]
	sum = anon + file
	share[anonPages] = s.Swappiness * (sum + 1) / (anon + 1)
	share[filePages] = (200 - s.Swappiness) * (sum + 1) / (file + 1)
	return share, share[anonPages] + share[filePages]
}

// canSwap reports whether private pages can be swapped out: a swap area has room, and this run may use it.
// Linux: can_reclaim_anon_pages (mm/vmscan.c).
func (s *scan) canSwap() bool { return s.maySwap && s.swap != nil && s.swap.Used() < s.swap.Total() }

// shrinkLists scans the lists of the group, 32 pages at a time of each. The lists are scanned by turns, so that neither
// kind is exhausted before the other is looked at.
// Linux: shrink_lruvec (mm/vmscan.c).
func (s *scan) shrinkLists() {
	left := s.count()
	first, got := left, uint64(0)
	whole := s.group == lru.Everyone && !s.kswapd && s.priority == defaultPriority
	for left[anonPages][0]+left[filePages][1]+left[filePages][0] > 0 {
		for t := range left {
			for active := range left[t] {
				n := min(left[t][active], reclaimBatch)
				left[t][active] -= n
				if n > 0 {
					got += s.shrinkList(t, active == 1, n)
				}
			}
		}
		if got < s.want || whole {
			continue
		}
		if !left.proportion(&first) {
			break
		}
	}
	s.reclaimed += got
	if s.swap != nil && s.swap.Total() > 0 && s.inactiveIsLow(anonPages) {
		s.shrinkActive(anonPages, reclaimBatch)
	}
}

// proportion is called when enough has been reclaimed. It stops scanning the type with less left, and limits the other
// to the same proportion. It is false if nothing is left to scan.
// Linux: shrink_lruvec (mm/vmscan.c).
func (n *targets) proportion(first *targets) bool {
	anon, file := n[anonPages][0]+n[anonPages][1], n[filePages][0]+n[filePages][1]
	if anon == 0 || file == 0 {
		return false
	}
	small, other := anonPages, filePages
	if file <= anon {
		small, other = filePages, anonPages
	}
	percent := (n[small][0] + n[small][1]) * 100 / (first[small][0] + first[small][1] + 1)
	n[small] = [2]uint64{}
	for i := range n[other] {
		done := first[other][i] - n[other][i]
		n[other][i] = first[other][i] * (100 - percent) / 100
		n[other][i] -= min(n[other][i], done)
	}
	return true
}

// shrinkList scans n pages of a list, and says how many it freed. Active pages that are skipped are noted: if the run
// frees nothing, it starts again and takes them too.
// Linux: shrink_list (mm/vmscan.c).
func (s *scan) shrinkList(t int, active bool, n uint64) uint64 {
	switch {
	case !active:
		return s.shrinkInactive(t, n)
	case s.mayDeactivate[t]:
		s.shrinkActive(t, n)
	default:
		s.skipped = true
	}
	return 0
}
