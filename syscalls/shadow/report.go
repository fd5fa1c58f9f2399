package shadow

import (
	"io"
	"time"

	"vmsim/vm/profile"
)

// Warmth says what is done about files that are not wholly in memory, where the model takes them to be.
type Warmth uint8

const (
	AsTheyAre Warmth = iota // nothing: the difference is explained
	Warmed                  // they are read first
)

// Options say how a program is shadowed.
type Options struct {
	// Save, if set, gets the program that the run was: it passes a test without a kernel.
	Save  io.Writer
	Files Warmth
	// Profile is the Linux of this machine, and Kernel its release.
	Profile *profile.Profile
	Kernel  string
}

// Report is what has become of a run.
type Report struct {
	Calls      int // of all kinds
	Statements int // of the program that the run was
	Memory     int // calls after which the areas were compared
	Left       int // calls that say nothing about memory, descriptors or processes
	Processes  int
	Threads    int // besides each process's first
	Images     int // execve
	Faults     int // of which minor and major
	Major      int
	Touches    int // faults that the model was given
	Signals    int // bad accesses
	Resident   int // areas whose resident pages were compared at a process's end
	Lost       int // records of faults that the kernel had no room for
	Blind      string
	// Differences are what the model answered otherwise than the kernel, the first ones of each kind.
	Differences []Difference
	By          map[string]int // all of them, by explanation; "" is none
	Took        time.Duration
	Stopped     time.Duration // of it, how long the program has waited for the tracer
	Stops       int
	Status      int // the program's exit code, as a shell says it
}

// Difference is one thing in which the model does not agree with the kernel.
type Difference struct {
	What      string // maps, result, fault, residency, …
	Statement string
	Kernel    string
	Model     string
	Why       string // the explanation; empty for none
}

// mostKept is how many differences of one explanation are kept.
const mostKept = 20

func (r *Report) add(d Difference) {
	if r.By == nil {
		r.By = map[string]int{}
	}
	key := d.What + "\x00" + d.Why
	if r.By[key]++; r.By[key] <= mostKept {
		r.Differences = append(r.Differences, d)
	}
}

// Unexplained is how many differences have no explanation.
func (r *Report) Unexplained() (n int) {
	for key, k := range r.By {
		if key[len(key)-1] == 0 {
			n += k
		}
	}
	return n
}
