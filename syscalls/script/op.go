package script

import (
	"strconv"
	"strings"
	"syscall"
	"time"

	"vmsim/vm"
	"vmsim/vm/profile"
)

// Op is an operation as a value: it parses from a line, prints to it, and runs. A prompt line, a file's line, a
// fuzzer's operation and a transcript's line are all this.
type Op struct {
	Line    int    // in the file, from 1; 0 where it was not read from one
	PID     int    // the process that was named, 0 where none was: process 1 runs it
	Owner   string // the bound name that named the process: child: p[0] = 1
	Do      Action // nil for a blank line or a comment
	Notes   []Note // the observations under it, in order
	Asks    []Term // the questions above it: what will this add to a counter? A run and a test pass them by
	Comment string // with its #; empty for none
}

// Action is what an Op does: *Call, *Access, *Touch, *Let, *End, *On, *Directive, *Layout, *Expect or
// *Invariant.
type Action interface{ String() string }

// Call is a system call.
type Call struct {
	Bind string // the name that its result is bound to; empty for none
	Name string
	Args []Arg
	Want *Want // the asserted result; nil for none
}

// Arg is one argument.
type Arg struct {
	Label string // as in  length: 4096; empty for none
	X     Expr
}

// Want is an asserted result.
type Want struct {
	Any   bool          // ? : any answer will do
	Errno syscall.Errno // not 0 for -1 and an error
	X     Expr          // else the value
}

// Access is one or more loads or stores.
type Access struct {
	Base  Expr
	Form  Form
	A     Expr // index, start of the range or span
	B     Expr // end of the range, or the span's length
	Step  Expr // of the range; nil for 1
	Store bool // Value is stored; else it is asserted
	Value Expr // nil for a load that asserts nothing
	Any   bool // of a load: == ?, any byte will do
}

// Form is how an access is written.
type Form uint8

// The forms of an access.
const (
	Deref Form = iota // *p
	Index             // p[A]
	Range             // p[A..B step S]
	Span              // p[A:B]
)

// Touch is an access of which only the kind is known.
type Touch struct {
	Addr Expr
	Kind TouchKind
}

// TouchKind is what is known of a Touch.
type TouchKind uint8

// The kinds of touch: a load, a store, an instruction fetch; or the kernel read or wrote for the process.
const (
	TouchRead TouchKind = iota
	TouchWrite
	TouchFetch
	TouchKernelRead
	TouchKernelWrite
)

var touchNames = [...]string{"r", "w", "x", "kr", "kw"}

// String is the language's word for it: r, w, x, kr or kw.
func (k TouchKind) String() string { return touchNames[k] }

// Let binds a name to a value without any call.
type Let struct {
	Name string
	X    Expr
}

// End is the end of a process, or of what is known of it.
type End struct{}

// Layout is the areas a process starts with: at the head of a program those of process 1, later the image that an
// execve has put in the place of the old one.
type Layout struct {
	Brk     vm.Addr
	Mmap    vm.Addr // mmap gives out addresses below this one; 0 for where that is without randomisation
	Areas   []Area
	Present []vm.Addr // pages whose entries are there from the start
}

// Area is one line of a layout.
type Area struct {
	Start, End vm.Addr
	Perm       string // as rw-p
	Offset     uint64 // in the file, in bytes
	Name       string // a path, or as [stack]; empty for none
}

// Directive is a line that begins with a dot, other than .layout and .expect.
type Directive struct {
	Name string   // without the dot
	Args []string // the words after it
	// What the words mean, where they mean that.
	File     *FileSpec     // .file
	Settings []Setting     // .machine, .sysctl, .fail
	Duration time.Duration // .sleep
	Number   int           // .drop_caches, .oom_score_adj
	PID      int           // .oom_score_adj
	Errno    syscall.Errno // .fail
}

// Setting is NAME=VALUE.
type Setting = profile.Setting

// ValueOf is the value of a setting in a list, in which a later one counts; ok is false where none has the name.
func ValueOf(list []Setting, name string) (value string, ok bool) {
	for _, s := range list {
		if s.Name == name {
			value, ok = s.Value, true
		}
	}
	return value, ok
}

// Sets reports whether the directive has a setting of that name.
func (d *Directive) Sets(name string) bool {
	_, ok := ValueOf(d.Settings, name)
	return ok
}

// Expect asserts conditions on counters and state.
type Expect struct{ Conds []Cond }

// Cond is one condition: X OP Y, or X alone, which must not be 0.
type Cond struct {
	X  Term
	Op string // empty if there is only X
	Y  Expr
}

// Term is a counter or a piece of state: majflt, copies.cpu, pte(p + PAGE).dirty.
type Term struct {
	Name  string // majflt, copies, pte
	Args  []Expr // nil where there are no parentheses
	Field string // cpu, dirty; empty for none
}

// asserts reports whether the operation says what should come of it.
func (op *Op) asserts() bool {
	if len(op.Notes) > 0 {
		return true
	}
	switch a := op.Do.(type) {
	case *Call:
		return a.Want != nil && !a.Want.Any
	case *Access:
		return !a.Store && a.Value != nil
	case *Expect:
		return true
	}
	return false
}

// Note is one observation line. Text is what follows the word, single-spaced.
type Note struct {
	Line int
	Word string // "+", "-", faults, ---, handler, kernel, mincore, data, pte, page, trace, io, copy
	Text string
}

// String is the whole operation with its notes, as lines without the last line's end.
func (o *Op) String() string {
	var b strings.Builder
	for _, t := range o.Asks {
		b.WriteString("? " + t.String() + "\n")
	}
	b.WriteString(o.Head())
	for _, n := range o.Notes {
		b.WriteString("\n    " + n.String())
	}
	return b.String()
}

// Head is the statement's own line; a .layout's areas follow it on lines of their own.
func (o *Op) Head() string {
	var b strings.Builder
	b.WriteString(o.who())
	if o.Do == nil {
		return o.Comment
	}
	first, rest, more := strings.Cut(o.Do.String(), "\n")
	b.WriteString(first)
	if o.Comment != "" {
		b.WriteString("  " + o.Comment)
	}
	if more {
		b.WriteString("\n" + rest)
	}
	return b.String()
}

func (o *Op) who() string {
	switch {
	case o.Owner != "":
		return o.Owner + ": "
	case o.PID != 0:
		return "[" + strconv.FormatUint(uint64(o.PID), 10) + "] "
	}
	return ""
}

// String is the note without its indent.
func (n Note) String() string {
	if n.Word == "---" {
		return "--- " + n.Text + " ---"
	}
	return strings.TrimRight(n.Word+" "+n.Text, " ")
}
