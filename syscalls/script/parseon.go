package script

import (
	"maps"
	"slices"
	"strings"
)

// On says what a process does when a signal answers one of its accesses.
type On struct {
	Signal string // SIGSEGV or SIGBUS, which answer accesses; SIGPIPE or SIGXFSZ, which calls send
	Do     *Call  // what its handler calls; the access runs again after it
	Ends   bool   // SIG_DFL: the process ends
	// OnStack is SA_ONSTACK: the handler runs on the alternate stack that sigaltstack has set.
	OnStack bool
}

// onStack is the flag of a handler that runs on the alternate stack.
const onStack = "SA_ONSTACK"

// StackPointer is the name of a process's stack pointer, below which a handler's frame goes. A statement that binds it
// moves it.
const StackPointer = "rsp"

// FaultAddress is the name by which a handler's call has the address that could not be accessed.
const FaultAddress = "si_addr"

// defaultAction is what a program writes for the action that Linux takes where there is no handler.
const defaultAction = "SIG_DFL"

// The signals that a call sends to its own process, beside its error.
const (
	BrokenPipe = "SIGPIPE" // EPIPE: nothing reads what a write puts into a pipe or a socket
	FileLimit  = "SIGXFSZ" // EFBIG: a file would pass RLIMIT_FSIZE
)

// sentBeside are the errors that those signals come with.
var sentBeside = map[string]string{BrokenPipe: "EPIPE", FileLimit: "EFBIG"}

// answerable are the signals that answer accesses.
var answerable = []string{"SIGSEGV", "SIGBUS"}

// String is the statement as it is typed.
func (o *On) String() string {
	switch {
	case o.Ends:
		return "on " + o.Signal + " " + defaultAction
	case o.Do == nil:
		return "on " + o.Signal
	}
	text := "on " + o.Signal + " "
	if o.OnStack {
		text += onStack + " "
	}
	return text + o.Do.String()
}

// on reads  on SIGSEGV call(…),  on SIGSEGV SIG_DFL  or  on SIGSEGV.
func (c *cursor) on() (Action, *Error) {
	c.next()
	t := c.next()
	if sentBeside[t.text] == "" && !slices.Contains(answerable, t.text) {
		e := c.errorAt(t, "no access is answered by "+describe(t)+", and no call sends it")
		e.Near = Nearest(strings.ToUpper(t.text), append(slices.Sorted(maps.Keys(sentBeside)), answerable...))
		e.Type = "on SIGSEGV mprotect(si_addr / PAGE * PAGE, PAGE, PROT_READ|PROT_WRITE)"
		return nil, e
	}
	out := &On{Signal: t.text}
	if c.parser != nil {
		c.parser.Bind(FaultAddress)
	}
	switch {
	case c.atEnd():
		return out, nil
	case c.isName(defaultAction):
		c.next()
		out.Ends = true
		return out, nil
	}
	if c.isName(onStack) {
		c.next()
		out.OnStack = true
	}
	do, err := c.call("")
	if err != nil {
		return nil, err
	}
	if errno := sentBeside[t.text]; errno != "" {
		e := c.errorAt(t, "no handler of "+t.text+" makes the call succeed: by default the process ends, without the "+
			"default action the call fails with "+errno)
		e.Type = "on " + t.text + " SIG_DFL"
		return nil, e
	}
	out.Do = do.(*Call)
	return out, nil
}
