package run

import (
	"vmsim/fault"
	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// Machine is the world a program runs in: the model, or the real kernel with a puppet.
type Machine interface {
	// Setup makes the machine, the files of the Config and then the first process, before anything else.
	Setup(Config) error
	// AddFile puts a file on the file system; one of that path is replaced.
	AddFile(script.FileSpec) error
	// Process is the process of that number; they count from 1 in the order of birth. ok is false where there is none,
	// or where it has exited. The result of fork, vfork and clone through its Call is the child's number here.
	Process(pid int) (c syscalls.Caller, ok bool)
	// Directive does what .sleep, .drop_caches, .power_cut, .fail and a later .sysctl say. What a machine cannot do is
	// an error that says so.
	Directive(script.Directive) error
	// Check recomputes the machine's invariants.
	Check() error
}

// Config is what a program says before its first statement.
type Config struct {
	Layout   *script.Layout // nil for the machine's own
	Files    []script.FileSpec
	Settings []script.Setting // of .machine, in order, then those of .sysctl with their dots
}

// Setting is the last value that was given for name.
func (c Config) Setting(name string) (value string, ok bool) {
	for _, s := range c.Settings {
		if s.Name == name {
			value, ok = s.Value, true
		}
	}
	return value, ok
}

// Execer is a Machine that can put a new image in the place of a process's old one, as execve does: a .layout that
// comes after the first statement.
type Execer interface {
	Exec(pid int, l script.Layout) error
}

// Observer is a Machine that has more to show than a Caller does: kind is pte, page, trace, io or copy. The lines are
// what has happened or changed since the statement before, as they are written after the word in a program.
type Observer interface {
	Observe(kind string, pid int) []string
}

// Watcher is an Observer that has to know, before the first statement, what it will be asked.
type Watcher interface {
	Watch(kinds Kinds)
}

// Evaluator is a Machine that knows counters and state: what .expect asks for.
type Evaluator interface {
	// Value is what q asks for, of the process pid where it is of a process. The error says what is not known.
	Value(pid int, q Query) (uint64, error)
}

// Query is a counter or a piece of state by name: majflt; copies and cpu; pte, an address and dirty.
type Query struct {
	Name  string
	Args  []QueryArg
	Field string
}

// QueryArg is an argument of a Query: a number, or a path.
type QueryArg struct {
	Number uint64
	Path   string // empty for a number
}

// Implementer is a Machine that says which calls it has; without it the table of calls decides.
type Implementer interface {
	Implements(nr syscalls.Number) bool
}

// SignalEnder is a process that a signal can end: who waits for it learns of the signal. Others exit instead.
type SignalEnder interface {
	EndBySignal(number int) error
}

// SignalTaker is a process that says which signal its last call has sent to it; 0 for none.
type SignalTaker interface {
	TakeSignal() (number int)
}

// FrameMaker is a process whose handlers have frames on a stack. Without it a handler's call runs as if it needed none.
type FrameMaker interface {
	// SetAction gives the process the action that it takes at a signal.
	SetAction(n fault.SignalNumber, a syscalls.SignalAction) error
	// Deliver stores the frame of a signal that has just been raised, and ReturnFromHandler takes the last frame off.
	// ended says that this has ended the process. The error is a *fault.Signal where another signal comes instead.
	Deliver(s fault.Signal) (ended bool, err error)
	ReturnFromHandler() (ended bool, err error)
	// StackPointer is where the stack ends, and SetStackPointer moves it.
	StackPointer() vm.Addr
	SetStackPointer(sp vm.Addr) error
}

// PathLacker is a Machine that cannot have every path: an ordinary user cannot make the files of devices.
type PathLacker interface {
	Lacks(path string) bool
}

// FileKnower is a Machine that says which paths it has; without it those are the program's .file lines and what it
// creates.
type FileKnower interface {
	HasFile(path string) bool
}

// Profiled is a Machine that runs a certain Linux.
type Profiled interface {
	Profile() *profile.Profile
}

// Tuned is a Machine that has numbers in /proc/sys of its own: the ones that are not what a model has that is not told.
type Tuned interface {
	Knobs() []script.Setting
}

// DirMaker is a Machine that can make directories. A log does not tell which there were: where it creates a file, the
// directory is taken to be there.
type DirMaker interface {
	MakeDir(path string) error
}

// Toucher is a Caller that can do an access of which only the kind is known. Without it a touch is a Load, or a Store
// of the byte that is there.
type Toucher interface {
	Touch(a vm.Addr, kind script.TouchKind) error
}

// MapsVersioner is a Caller that can tell whether Maps may have changed, faster than by printing them.
type MapsVersioner interface {
	MapsVersion() uint64
}

// Executor is a process that says after execve which number it has, and where its memory for arguments is.
type Executor interface {
	Executed() (pid int, scratch vm.Addr)
}

// Foreseer is a machine that may want to know the program before it is set up: with a policy that knows the future.
// Linux: none.
type Foreseer interface {
	Foresee(prog *script.Program, settings []script.Setting)
}
