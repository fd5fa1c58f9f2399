//go:build linux && amd64

package host

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
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

// UseLookedAt reports whether a monitor has looked, since the program began, at which pages are used.
func (m *Machine) UseLookedAt() (looked bool) {
	m.thread.do(func() { looked = monitorTurns(monitors()) != m.turns })
	return looked
}
