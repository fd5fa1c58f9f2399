package difftest

import (
	"fmt"
	"slices"
	"strings"

	"vmsim/syscalls/script"
)

// Kind is what a random program is about.
type Kind uint8

// The kinds. Those with a file system run on files of it; the shared ones fork as well.
const (
	Anon Kind = iota
	Errors
	Fork
	FileTmpfs
	SharedTmpfs
	FileExt4
	SharedExt4
	CallsTmpfs
	CallsExt4
	Processes
	Threads
	FullTmpfs
	NamesTmpfs
	NamesExt4
	UnderPressure
	Signals
	SignalsTmpfs
	Pipes
	Hugetlb
	Swapping
	Waiting
	Userfaults
	ExecTmpfs
	ExecExt4
	numKinds
)

var kindNames = [numKinds]string{"anon", "errors", "fork", "file-tmpfs", "shared-tmpfs", "file-ext4", "shared-ext4",
	"calls-tmpfs",
	"calls-ext4", "process", "threads", "full-tmpfs", "names-tmpfs", "names-ext4", "pressure", "signals",
	"signals-tmpfs", "pipes", "hugetlb", "swap", "wait", "uffd", "exec", "exec-ext4"}

// KindNames are the names of the kinds of programs.
func KindNames() []string { return slices.Clone(kindNames[:]) }

// MainKinds are the kinds that need no file system of their own, and that all releases with a profile agree on.
var MainKinds = []Kind{Anon, Errors, Fork, FileTmpfs, SharedTmpfs, CallsTmpfs, Processes, Threads,
	NamesTmpfs, Signals, SignalsTmpfs, Waiting}

// String is the kind's name.
func (k Kind) String() string { return kindNames[k] }

// files reports whether the program has files.
func (k Kind) files() bool {
	return k >= FileTmpfs && k <= CallsExt4 || k >= FullTmpfs && k != Signals && k < Hugetlb || k >= Userfaults
}

// executes reports whether the program runs others by execve, perhaps in handlers.
func (k Kind) executes() bool { return k == ExecTmpfs || k == ExecExt4 || k == SignalsTmpfs }

// alone reports whether such programs run one at a time on a machine, whose pool of huge pages or swap area they set.
func (k Kind) alone() bool { return k == Hugetlb || k == Swapping }

// Limited reports whether the program is in a control group with a limit.
func (k Kind) Limited() bool { return k == UnderPressure || k == Swapping }

// calls reports whether the program is about the calls on files, and not about memory.
func (k Kind) calls() bool { return k == CallsTmpfs || k == CallsExt4 }

// fs is the file system that the files are on.
func (k Kind) fs() string {
	if _, fs, ok := strings.Cut(k.String(), "-"); ok {
		return fs
	}
	return "tmpfs"
}

// ParseKinds reads a list such as anon,fork; main and all mean several.
func ParseKinds(list string) ([]Kind, error) {
	var out []Kind
	for word := range strings.SplitSeq(list, ",") {
		word = strings.TrimSpace(word)
		i := slices.Index(kindNames[:], word)
		switch {
		case word == "main":
			out = append(out, MainKinds...)
		case word == "all":
			out = append(append(out, MainKinds...), FullTmpfs, Pipes, FileExt4, SharedExt4, CallsExt4, NamesExt4)
		case i >= 0:
			out = append(out, Kind(i))
		default:
			known := append([]string{"main", "all"}, kindNames[:]...)
			if near := script.Nearest(word, known); near != "" {
				return nil, fmt.Errorf("unknown kind of program %q; did you mean %s?", word, near)
			}
			return nil, fmt.Errorf("unknown kind of program %q (kinds are %s)", word, strings.Join(known, ", "))
		}
	}
	return out, nil
}
