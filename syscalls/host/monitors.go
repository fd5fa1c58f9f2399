//go:build linux && amd64

package host

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// monitors are the status files of the kernel's threads that look, some times in a second, at which pages of the
// machine are used. Such a thread takes pages at random and clears the accessed bits of the entries that map them, so
// that a page which was used does not look so when it is unmapped; and it holds the page meanwhile, and locks a
// file's.
// Linux: kdamond_fn, damon_folio_mkold (mm/damon/core.c, mm/damon/ops-common.c).
var monitors = sync.OnceValue(func() (files []string) {
	names, _ := filepath.Glob("/proc/[0-9]*/comm")
	for _, comm := range names {
		if text, _ := os.ReadFile(comm); strings.HasPrefix(string(text), "kdamond") {
			files = append(files, filepath.Join(filepath.Dir(comm), "status"))
		}
	}
	return files
})

// monitorTurns is how often monitors have gone to sleep.
func monitorTurns(files []string) (n uint64) {
	for _, name := range files {
		text, _ := os.ReadFile(name)
		_, rest, _ := strings.Cut(string(text), "\nvoluntary_ctxt_switches:")
		var turns uint64
		_, _ = fmt.Sscan(rest, &turns)
		n += turns
	}
	return n
}

// atRest reports whether no monitor is at work: between two looks it is idle.
func atRest(files []string) bool {
	for _, name := range files {
		text, _ := os.ReadFile(name)
		_, state, ok := strings.Cut(string(text), "\nState:\t")
		if ok && !strings.HasPrefix(state, "I") {
			return false
		}
	}
	return true
}

// mostOfALook is how many milliseconds a look may take: DAMON pages out for so long in a second as its quota says, and
// others may have the processor meanwhile.
const mostOfALook = 1000

// awaitMonitors waits until no monitor is at work. While DAMON pages out, pages that it has taken off their lists are
// on none, and neither its tracepoint nor its turns tell of it before it is done.
// Linux: damon_pa_pageout (mm/damon/paddr.c), reclaim_pages (mm/vmscan.c).
func awaitMonitors() {
	for range mostOfALook {
		if atRest(monitors()) {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// UseLookedAt reports whether a monitor has looked, since the program began, at which pages are used.
func (m *Machine) UseLookedAt() (looked bool) {
	m.thread.do(func() {
		awaitMonitors()
		looked = monitorTurns(monitors()) != m.turns
	})
	return looked
}
