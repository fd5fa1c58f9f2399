// Package policy decides which page leaves memory when another page needs its frame.
//
// When memory is full, a page that has to come in replaces one that is there. A replacement policy chooses the victim
// from what it has seen: when pages came in, which were used since, which came back soon after they were evicted. This
// package has the classical policies, and a simulation that counts their misses over a trace of references.
// # What a policy sees, and when
//
//	reference to        the owner calls                       the policy
//	a page in memory    Hit(page)                             notes the use
//	a page outside,
//	  memory has room   Add(page)                             places it
//	  memory is full    Victim(page), then Add(page)          names the page that leaves, places the new one
//	a page is freed     Remove(page)                          forgets it
//
// The difficulty is that the best choice depends on the future (OPT). Policies guess it from the past, and each guess
// has a sequence of references that defeats it:
//
//	LRU      a loop over one page more than memory has: each page leaves just before its next use
//	FIFO     a page that is used all the time leaves like any other; more memory can mean more misses
//	LFU      pages that were popular once stay
//
// 2Q, ARC, LIRS and S3-FIFO protect what was used often from a scan; Linux does the same with two lists.
//
// # What is kept
//
// Pages are numbers, counted from zero in the order of their first reference; a policy keeps what it knows in arrays
// that these numbers index. A list is a ring of links in one array, so moving a page to the front of its list allocates
// nothing:
//
//	LRU, memory of three pages:    front  7 ── 2 ── 5  back
//	page 5 is used:                front  5 ── 7 ── 2  back     Hit(5)
//	page 9 comes in:               front  9 ── 5 ── 7  back     Victim(9) = 2, then Add(9)
//
// Some policies remember pages after their eviction, without a frame: such a page is called a ghost. A ghost that is
// referenced again shows that it left too early.
//
// # What is left out
//
// All pages have the same size and the same cost, nothing is dirty, and nothing is locked. What Linux does beyond the
// choice of a page (watermarks, reclaim in batches, writeback) is not here.
package policy

// ID is the number of a page. IDs are dense: a trace with n different pages uses 0 to n-1.
// Linux: none; there a page is known by its struct folio.
type ID uint32

// Policy chooses the page that leaves. Its owner calls Hit for each reference to a page in memory. For a page that is
// not in memory it calls Victim if memory is full, and then Add. A policy is made for a number of pages and never holds
// more than that.
//
// The same calls give the same answers: a policy has no clock and no random source of its own.
// Linux: shrink_folio_list and folio_mark_accessed do the same for one policy (mm/vmscan.c, mm/swap.c).
type Policy interface {
	// Hit reports a reference to a page in memory.
	Hit(page ID)
	// Victim returns the page that makes room for the page coming, and forgets that it is in memory. The page coming
	// may be Unknown: then Add is the first to hear of it.
	Victim(coming ID) ID
	// Add reports that a page has come into memory.
	Add(page ID)
	// Remove reports that a page in memory was freed, for example because its file was truncated.
	Remove(page ID)
}

// Maker makes a policy for a memory of so many pages, at least one.
// Linux: none.
type Maker func(pages int) Policy

// Named lists the policies by the names that commands use, in the order in which tables show them.
var Named = []struct {
	Name  string
	About string // one line: the rule, and who published it
	New   Maker
}{
	{"fifo", "evicts the page that came in first", made(newFIFO)},
	{"lru", "evicts the page that was used longest ago", made(newLRU)},
	{"clock", "a FIFO that gives a used page a second round (Corbató 1968)", made(newClock)},
	{"sieve", "a hand that skips used pages and moves none (Zhang 2024)", made(newSieve)},
	{"2q", "new pages in a FIFO, those that return in an LRU (Johnson 1994)", made(newTwoQ)},
	{"arc", "recency and frequency, the balance found by ghosts (Megiddo 2003)", made(newARC)},
	{"lirs", "ranks by the distance between uses (Jiang 2002)", made(newLIRS)},
	{"s3-fifo", "a small FIFO in front of a large one, with ghosts (Yang 2023)", made(newS3FIFO)},
	{"w-tinylfu", "a window, and admission by estimated frequency (Einziger 2017)", made(newTinyLFU)},
	{"linux", "Linux's active and inactive list of file pages, with refaults", made(newLinux)},
	{"mglru", "Linux's generations of file pages, with tiers by use (lru_gen)", made(newMGLRU)},
}

// made is a policy's own constructor as a Maker.
func made[P Policy](f func(int) P) Maker { return func(pages int) Policy { return f(pages) } }

// New returns the maker of the policy with this name, or nil.
func New(name string) Maker {
	for _, p := range Named {
		if p.Name == name {
			return p.New
		}
	}
	return nil
}
