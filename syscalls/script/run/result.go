package run

import (
	"fmt"
	"strings"
	"syscall"

	"vmsim/fault"
	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/vm"
)

// Result is what one statement did. The runner reuses it: what must last is copied.
type Result struct {
	Op  *script.Op
	PID int // the process that ran it

	Nr    syscalls.Number // of a call
	Args  syscalls.Args   // of a call
	Value uint64          // of a call or a binding
	Errno syscall.Errno   // of a call
	// Taken means that the call was not run: its answer is the one in the program.
	Taken bool
	// Outside says what of the call is outside the model; empty where nothing is. It may have run all the same, on a
	// stand-in.
	Outside string

	Elems  []Element // of an access or a touch: one for each byte, or for a span one for the whole
	Bytes  []byte    // of a span: what was there, or was stored
	Signal *fault.Signal
	// Handled are the signals that a handler has answered, in order.
	Handled []Handled
	Ended   bool // a signal has ended the process
	NoFrame bool // it has, since the frame of its handler had no place, or could not be read
	Became  int  // the number that the process has after execve; 0 for any other statement

	Unknown  bool              // of a call: it has no answer, or the program has none for it
	Scratch  bool              // the harness's own memory took part: fault counts mean nothing
	HasData  bool              // Data holds what a call has read
	Data     []byte            // the bytes
	Gaps     script.ByteRanges // those of them that are undetermined
	HasVec   bool              // Vec holds mincore's vector
	Vec      []byte            // a byte for each page
	Filled   []Filled          // what a call has stored in structures and offsets
	Maps     []string
	Minor    uint64
	Major    uint64
	Observed []Observation
	Killed   []syscalls.Killed // processes that the OOM killer has ended meanwhile
	Dead     bool              // the process was killed before: the statement did not run
	Unmet    []Unmet           // conditions of .expect that do not hold
}

// Filled is a number that a call has stored for the program: a member of a structure, or an offset that it moved on.
type Filled struct {
	Arg   int    // the argument that points to it
	Name  string // of the member; empty for an offset
	Value uint64
}

// Element is one load, store or touch of a statement.
type Element struct {
	Addr         vm.Addr
	Value        byte
	Signal       *fault.Signal
	Handled      int  // how many of the result's were answered by then
	Undetermined bool // of a load: other processors may find another byte
	Minor, Major uint64
	Observed     []Observation // what the machine showed of it, where the statement has several
}

// Observation is what an Observer has shown of one kind.
type Observation struct {
	Kind  Kinds
	Lines []string
}

// Unmet is a condition that does not hold, and what the state is.
type Unmet struct {
	Cond string
	Got  string
}

// String says which condition failed, and what the state is.
func (u Unmet) String() string { return u.Cond + " does not hold: " + u.Got }

// Kinds is a set of kinds of observation.
type Kinds uint32

// The kinds of observation.
const (
	Results Kinds = 1 << iota // values and errors of calls
	Signals
	Bytes // values of loads, data that calls have read
	Maps
	Faults
	Mincore
	PTEs
	Pages
	Trace
	IO
	Copies
	Expects  // .expect
	numKinds = iota
	AllKinds = Kinds(1<<numKinds - 1)
)

// kindNames are the kinds in the order of their bits; the first is what people type.
var kindNames = [numKinds]string{"results", "signals", "bytes", "maps", "faults", "mincore", "pte", "page", "trace",
	"io", "copy", "expect"}

// kindOfNote is the kind that an observation line belongs to.
var kindOfNote = map[string]Kinds{"+": Maps, "-": Maps, "faults": Faults, "---": Signals, "handler": Signals,
	"kernel":  0,
	"mincore": Mincore, "data": Bytes,
	"pte": PTEs, "page": Pages, "trace": Trace, "io": IO, "copy": Copies}

// ParseKinds reads a list such as maps,faults,pte; all is every kind.
func ParseKinds(list string) (Kinds, error) {
	var k Kinds
	for _, w := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		one, ok := kindOf(w)
		if !ok {
			msg := fmt.Sprintf("unknown kind of observation %q", w)
			if near := script.Nearest(w, kindNames[:]); near != "" {
				msg += "; did you mean " + near + "?"
			}
			return 0, fmt.Errorf("%s (kinds are %s)", msg, strings.Join(kindNames[:], ","))
		}
		k |= one
	}
	return k, nil
}

func kindOf(word string) (Kinds, bool) {
	word = strings.ToLower(word)
	if word == "all" {
		return AllKinds, true
	}
	for i, n := range kindNames {
		if word == n || word == n+"s" || word+"s" == n || strings.HasSuffix(n, "y") && word == n[:len(n)-1]+"ies" {
			return 1 << i, true
		}
	}
	return 0, false
}

// String is the list that ParseKinds reads.
func (k Kinds) String() string {
	var names []string
	for i, n := range kindNames {
		if k&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return strings.Join(names, ",")
}

// reset clears the result for the next statement and keeps its memory.
func (r *Result) reset() {
	r.Elems, r.Data, r.Vec, r.Bytes, r.Maps = r.Elems[:0], r.Data[:0], r.Vec[:0], r.Bytes[:0], r.Maps[:0]
	r.Gaps = r.Gaps[:0]
	r.Killed, r.Dead = r.Killed[:0], false
	r.Observed, r.Unmet, r.Filled = r.Observed[:0], r.Unmet[:0], r.Filled[:0]
	r.Taken, r.Unknown, r.Scratch, r.HasData, r.HasVec = false, false, false, false, false
	r.Signal, r.Errno, r.Value, r.Minor, r.Major = nil, 0, 0, 0, 0
	r.Outside = ""
	r.Handled, r.Ended, r.NoFrame, r.Became = r.Handled[:0], false, false, 0
}
