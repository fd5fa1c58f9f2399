package difftest

import (
	"fmt"
	"regexp"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
)

// Difference is one thing in which the model and the kernel do not agree.
type Difference struct {
	// the statement's place in the program, from 0; the number of statements for what was found at the end
	At   int
	Op   *script.Op // the statement, nil at the end
	Kind run.Kinds  // one kind
	What string     // "result", "signal", "maps", …
	Want string     // the kernel's
	Got  string     // the model's
	Cut  bool       // of requests: they ask for the same, cut otherwise
	Huge bool       // the program has asked for huge pages before, or with this statement
	Text [2]string  // the statement with its answers: the kernel's, the model's
}

// String is the difference on a line.
func (d Difference) String() string {
	op := "at the end"
	if d.Op != nil {
		op = d.Op.Head()
	}
	return fmt.Sprintf("%s: kernel %s, model %s: %s", d.What, d.Want, d.Got, op)
}

// Signature is what stays the same of a difference while its program is made shorter: what differs, of which call, and
// how, but for the numbers.
func (d Difference) Signature() string {
	name := "end"
	if d.Op != nil {
		name = nameOf(d.Op)
	}
	if d.Kind == run.Maps {
		return d.What + " " + name
	}
	return d.What + " " + name + ": " + numbers.ReplaceAllString(d.Want+" / "+d.Got, "#")
}

var numbers = regexp.MustCompile(`0x[0-9a-f]+|\b[0-9]+\b`)

// nameOf is the call's name, or load or store.
func nameOf(op *script.Op) string {
	switch do := op.Do.(type) {
	case *script.Call:
		return do.Name
	case *script.Access:
		if do.Store {
			return "store"
		}
		return "load"
	case *script.Directive:
		return "." + do.Name
	}
	return "other"
}
