package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// floors says, for each package, what of the project and of others it may import, and why: an import goes down.
var floors = map[string]map[string]string{
	"syscalls/plural": {},
	"disk":            {},
	"vm/clock":        {},
	"vm/trace":        {"vm/clock": "a step has a time"},
	"vm/phys":         {},
	"vm/profile":      {},
	"vm/lru":          {"vm/phys": "lists of frames"},
	"vm": {
		"vm/profile": "rules that changed between releases", "vm/phys": "entries hold frames", "vm/lru": "locking " +
			"and advice move frames between lists", "vm/trace": "what happens to areas and entries is logged",
		"github.com/google/btree": "the tree of areas",
	},
	"vm/vmtest": {"vm": "whose policies are tested"},
	"pagecache": {
		"disk": "pages come from blocks", "vm": "the entries that map a page", "vm/phys": "a page is a frame",
		"vm/trace": "look-ups and writeback are logged", "vm/clock": "a read takes time", "vm/lru": "new and used " +
			"pages go onto lists",
		"vm/profile": "rules that changed between releases", "pagecache/xarray": "a file's pages by their index",
		"pagecache/throttle": "how long a program waits that dirties pages",
		"pagecache/overlap":  "a page may be copied onto itself",
	},
	"pagecache/overlap":  {"vm/phys": "bytes of frames"},
	"pagecache/throttle": {"vm/clock": "a pause takes time"},
	"pagecache/xarray":   {"vm": "indexes of pages", "vm/phys": "a page is a frame"},
	"pagecache/policy":   {"pagecache": "a machine's reclaim asks a policy"},
	"pagecache/policytest": {
		"pagecache": "whose policies are tested", "vm": "pages of files", "pagecache/policy": "replacement policies",
	},
	"fault": {
		"pagecache": "the swap cache", "vm": "areas and entries", "vm/phys": "a fault takes " +
			"frames", "vm/trace": "faults are logged",
		"vm/profile": "rules that changed between releases",
	},
	"syscalls/binfmt": {"vm": "areas have addresses and flags"},
	"syscalls/procfs": {
		"fault": "counters of faults", "pagecache": "which frames are of files, and in the swap cache",
		"vm": "areas, entries and statistics are shown", "vm/phys": "flags of frames",
		"vm/lru":   "and lists that they are on",
		"vm/trace": "counters of steps", "vm/profile": "lines that came with a release",
	},
	"fault/faulttest": {
		"fault": "whose policies are tested", "vm": "areas", "vm/phys": "frames", "vm/lru": "frames are on lists",
		"vm/trace": "steps are counted", "vm/clock": "a log has a clock", "pagecache": "a file", "disk": "a disk",
	},
	"syscalls": {
		"syscalls/plural": "what is said of numbers",
		"syscalls/procfs": "a machine has a /proc", "syscalls/binfmt": "execve makes areas",
		"fault":     "each process has a processor",
		"pagecache": "descriptors lead to files", "disk": "the machine has a disk",
		"vm": "each process has an address space", "vm/phys": "the machine has memory", "vm/trace": "calls are logged",
		"vm/clock": "the machine has a clock", "vm/profile": "the machine runs a release of Linux",
		"vm/lru": "frames are on lists",
	},
	"syscalls/script": {
		"syscalls": "statements are calls", "vm": "addresses", "vm/profile": "a program names its release of Linux",
		"pagecache/policy":         "names of policies",
		"syscalls/binfmt":          "a file may be a program",
		"golang.org/x/tools/txtar": "the contents of files stand at a program's end",
	},
	"syscalls/script/run": {
		"syscalls/plural": "what is said of numbers",
		"syscalls/binfmt": ".exec reads a program's file",
		"syscalls/script": "programs are run", "syscalls": "through a Caller", "fault": "statements end in signals",
		"vm":                       "addresses",
		"vm/profile":               "a Machine runs a release of Linux",
		"golang.org/x/tools/txtar": "what a run prints ends with the program's files",
	},
	"syscalls/script/model": {
		"syscalls/procfs": "pages are shown as /proc does", "syscalls/binfmt": "a layout is a list of areas",
		"syscalls/script": "programs say how the model is set up", "syscalls/script/run": "the model is a Machine",
		"syscalls": "the kernel",
		"vm":       "areas and entries", "vm/phys": "pages are shown by their flags", "vm/trace": "steps are shown",
		"vm/clock":   "steps have times",
		"vm/profile": "the model runs a release of Linux", "pagecache": "pages are shown",
		"pagecache/policy": ".machine reclaim= names one", "disk": "requests are shown",
	},
	"syscalls/script/scripttest": {"syscalls/script": "tests read programs"},
	"syscalls/strace": {
		"syscalls/script": "a log becomes a program", "syscalls/script/run": "that is run as it is made",
		"syscalls/script/model": "on the model", "syscalls": "names of calls", "vm": "addresses",
	},
	"syscalls/leash": {},
	"syscalls/host": {
		"syscalls/plural": "what is said of numbers",
		"syscalls/procfs": "what is read from /proc",
		"syscalls/leash":  "what outlives a killed process has a guardian",
		"syscalls/binfmt": "a puppet's program",
		"vm/profile":      "which Linux this is", "pagecache": "the room that the model gives a socket",
		"syscalls": "a puppet is a Caller", "syscalls/script": "files and layouts",
		"syscalls/script/run": "the real kernel is a Machine", "fault": "signals",
		"vm": "addresses", "vm/trace": "which tracepoints the model has", "golang.org/x/sys": "structures of system " +
			"calls",
	},
	"syscalls/shadow": {
		"syscalls/plural": "what is said of numbers",
		"syscalls/script": "what a program does becomes statements", "syscalls/script/run": "that run",
		"syscalls/script/model": "on the model", "syscalls": "numbers of calls, processes of the model",
		"vm": "addresses", "fault": "signals", "vm/profile": "the model takes on the release of the kernel",
		"golang.org/x/sys": "ptrace and perf events", "disk": "the size of a block",
	},
	"syscalls/difftest": {
		"syscalls/plural": "what is said of numbers",
		"syscalls/procfs": "files of /proc are compared",
		"vm/profile":      "the model takes on the release and configuration of the kernel",
		"syscalls":        "calls to choose from", "syscalls/script": "programs are made",
		"syscalls/script/run":   "on both machines",
		"syscalls/script/model": "one of which is the model", "fault": "signals are compared", "vm": "addresses",
		"pagecache": "what a control group is charged for buffer heads",
	},
	"syscalls/session": {
		"syscalls/plural":       "what is said of numbers",
		"syscalls/procfs":       "flags and counters are part of a state",
		"syscalls/script":       "a session is a program as it is typed",
		"syscalls/script/run":   "that runs a statement at a time",
		"syscalls/script/model": "on the model", "syscalls": "a kernel that is run again",
		"pagecache": "why a page is dirty",
		"fault":     "signals", "vm": "areas and entries", "vm/phys": "frames", "vm/trace": "a session is its steps",
		"disk": "where pages lie",
	},
	"syscalls/crash": {
		"syscalls/script": "a program says what must hold", "syscalls/script/run": "it is run",
		"syscalls/script/model": "on the model", "syscalls": "whose files are looked at",
		"pagecache": "in memory", "disk": "and on the disk", "vm": "pages", "vm/phys": "whether they are dirty",
		"golang.org/x/tools/txtar": "a program's files",
	},
	"syscalls/exercise": {
		"syscalls/plural": "what is said of numbers",
		"syscalls":        "policies decide on a machine", "syscalls/script": "exercises are programs",
		"syscalls/script/run": "that run", "syscalls/script/model": "on the model",
		"syscalls/session": "steps as sentences, and their moments", "vm": "entries at the end",
		"vm/trace": "steps are heard", "vm/profile": "kernels with an error",
		"pagecache/policy": "the reference of an exercise",
	},
	"syscalls/exercise/child": {"syscalls": "a policy", "syscalls/exercise": "that programs run with"},
	"syscalls/compare": {
		"syscalls/script": "work is observed, and done, as programs", "syscalls/script/run": "that run",
		"syscalls/script/model": "on the model", "syscalls": "the calls that read and write", "vm": "pages",
		"vm/trace": "what is counted", "golang.org/x/tools/txtar": "the contents of files go from one program to the " +
			"others",
	},
	"docs":        {},
	"docs/course": {"vm": "an example of a course's own module: it replaces a policy"},
	// What people type uses everything; the packages below never use it.
	"cmd": {"": "the commands"},
}

// mayImport reports whether package p may import q; both are without the module's name.
func mayImport(p, q string) bool {
	for at := p; ; at = filepath.Dir(at) {
		if allowed, ok := floors[at]; ok {
			if _, all := allowed[""]; all || q == at {
				return true
			}
			for a := range allowed {
				if q == a || strings.HasPrefix(q, a+"/") && strings.Contains(a, ".") {
					return true
				}
			}
			// A command of a library's own, kept inside it, starts the library.
			return at != p && strings.HasPrefix(p, at+"/internal/")
		}
		if at == "." {
			return false
		}
	}
}

func TestImportsGoDown(t *testing.T) {
	for _, s := range sources(t) {
		p := filepath.ToSlash(filepath.Dir(s.path))
		if s.test() || p == "." {
			continue
		}
		for _, i := range s.ast.Imports {
			q, _ := strconv.Unquote(i.Path.Value)
			own, isOwn := strings.CutPrefix(q, "vmsim/")
			first, _, _ := strings.Cut(q, "/")
			if (isOwn || strings.Contains(first, ".")) && !mayImport(p, own) {
				t.Errorf("%s: %s may not import %s; the table in structure_test.go says what it may, and why", s.path,
					p, q)
			}
		}
	}
}

// A package that serves several rooms belongs to the lowest of them, not beside them.
func TestPackagesLieInTheRoomsOfTheHouse(t *testing.T) {
	rooms := []string{"cmd", "disk", "docs", "fault", "pagecache", "syscalls", "vm"}
	for _, s := range sources(t) {
		if room, _, inFolder := strings.Cut(s.path, "/"); inFolder && !slices.Contains(rooms, room) {
			t.Errorf("%s lies in none of %v", s.path, rooms)
		}
	}
}

// A row of the table without an import allows an import that does not exist.
func TestTableOfImportsNamesOnlyPackagesThatExist(t *testing.T) {
	for _, p := range slices.Sorted(maps.Keys(floors)) {
		if info, err := os.Stat(p); err != nil || !info.IsDir() {
			t.Errorf("there is no package %s", p)
		}
		for q, why := range floors[p] {
			if why == "" {
				t.Errorf("%s may import %s, but no reason is given", p, q)
			}
		}
	}
}
