package main

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// neverOne are files whose numbers before a plural are never 1, or are printed only where the model has broken an
// invariant of its own.
var neverOne = map[string]string{
	"vm/": "invariants", "pagecache/": "invariants", "disk/": "invariants", "fault/": "invariants",
	"syscalls/kernel.go":          "invariants",
	"syscalls/oom.go":             "the kernel's own line",
	"syscalls/addfile.go":         "a negative size",
	"syscalls/config.go":          "a size that is written as the program has it",
	"syscalls/session/value.go":   "a limit",
	"syscalls/host/":              "limits, and what /proc has",
	"syscalls/binfmt/elf.go":      "over a limit",
	"syscalls/script/scripttest/": "tests",
	"cmd/vmsim/demo":              "the demo's own programs",
	"cmd/vmsim/claims.go":         "all claims",
	"cmd/vmsim/timetable.go":      "all workloads",
	"cmd/vmsim/run.go":            "a machine's frames",
	"cmd/vmsim/sim.go":            "a line on the way, each million",
	"cmd/internal/sim/":           "a limit, and traces that differ",
	"cmd/internal/refs/":          "a file's size",
	"cmd/internal/bench/":         "a mistake of the caller",
	"cmd/internal/grade/build.go": "a limit",
}

// Where a number stands before a noun, plural.Count chooses the noun's form.
func TestNoNumberIsPutBeforeAPluralUnlessItIsNeverOne(t *testing.T) {
	nouns := []string{
		"accesses", "addresses", "areas", "bits", "blocks", "branches", "bytes", "calls", "copies", "descriptors",
		"differences", "entries", "events", "faults", "files", "frames", "lines", "loads", "milliseconds", "misses",
		"movements", "pages", "places", "points", "processes", "programs", "reasons", "references", "requests", "runs",
		"seconds", "sectors", "states", "statements", "steps", "stops", "stores", "things", "threads", "times", "uses",
		"ways", "workers", "writes",
	}
	before := regexp.MustCompile(`%d ((?:[a-z]+ ){0,2})(` + strings.Join(nouns, "|") + `)\b`)
	for _, s := range sources(t) {
		if s.test() || exempt(s.path) {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			text, _ := strconv.Unquote(lit.Value)
			for _, m := range before.FindAllStringSubmatch(text, -1) {
				// "%d of the pages": the number is not of pages.
				if !slices.ContainsFunc(strings.Fields(m[1]), func(w string) bool {
					return w == "of" || w == "the" || w == "a" || w == "in" || w == "and" || w == "to" || w == "that"
				}) {
					t.Errorf("%s: %q may print 1: use plural.Count", s.set.Position(lit.Pos()), m[0])
				}
			}
			return true
		})
	}
}

func exempt(path string) bool {
	for p := range neverOne {
		if strings.HasPrefix(path, p) {
			return true
		}
	}
	return false
}
