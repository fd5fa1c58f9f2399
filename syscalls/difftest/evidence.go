package difftest

import (
	"fmt"
	"strings"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
)

// Further kinds of evidence: what /proc shows of a process after a statement, besides what the language has a line for.
const (
	Smaps      run.Kinds = 1 << (20 + iota) // smaps, smaps_rollup, statm, the memory lines of status
	Pagemap                                 // /proc/PID/pagemap, less the frames' numbers
	KPageFlags                              // the flags of the frames that the process shows, from /proc/kpageflags
	VMStat                                  // the counters of /proc/vmstat that a process drives
	Pressure                                // what the programs' control group has, and which pages of files are there
)

// evidence are the kinds by the names that people give them, in the order of the levels.
var evidence = []struct {
	name string
	kind run.Kinds
}{
	{"results", run.Results}, {"signals", run.Signals}, {"bytes", run.Bytes}, {"maps", run.Maps}, {"smaps", Smaps},
	{"faults", run.Faults}, {"mincore", run.Mincore}, {"pagemap", Pagemap}, {"kpageflags", KPageFlags},
	{"vmstat", VMStat}, {"pressure", Pressure},
	{"trace", run.Trace}, {"io", run.IO},
}

// EvidenceNames are the names of all kinds of evidence.
func EvidenceNames() (names []string) {
	for _, e := range evidence {
		names = append(names, e.name)
	}
	return names
}

// ParseEvidence reads a list such as results,maps,smaps; all is every kind.
func ParseEvidence(list string) (kinds run.Kinds, err error) {
	for _, word := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		k, ok := evidenceNamed(word)
		if !ok {
			known := append([]string{"all"}, EvidenceNames()...)
			if near := script.Nearest(word, known); near != "" {
				return 0, fmt.Errorf("unknown kind of evidence %q; did you mean %s?", word, near)
			}
			return 0, fmt.Errorf("unknown kind of evidence %q (there are %s)", word, strings.Join(known, ", "))
		}
		kinds |= k
	}
	return kinds, nil
}

func evidenceNamed(word string) (all run.Kinds, ok bool) {
	for _, e := range evidence {
		if e.name == word {
			return e.kind, true
		}
		all |= e.kind
	}
	return all, word == "all"
}

// EvidenceOf is the list that ParseEvidence reads.
func EvidenceOf(kinds run.Kinds) string {
	var names []string
	for _, e := range evidence {
		if kinds&e.kind != 0 {
			names = append(names, e.name)
		}
	}
	return strings.Join(names, ",")
}
