//go:build !linux || !amd64

package host

import (
	"errors"
	"time"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/vm/profile"
)

// ErrNowhere says why there is no real kernel beside the model here.
var ErrNowhere = errors.New("host: the real kernel's side needs Linux on x86-64")

// Machine does not exist on this system; New says why.
type Machine struct{}

// New fails here.
func New() (*Machine, error) { return nil, ErrNowhere }

// Close does nothing.
func (m *Machine) Close() {}

// Run runs fn.
func (m *Machine) Run(fn func()) { fn() }

// Setup fails.
func (m *Machine) Setup(run.Config) error { return ErrNowhere }

// AddFile fails.
func (m *Machine) AddFile(script.FileSpec) error { return ErrNowhere }

// Process finds none.
func (m *Machine) Process(int) (syscalls.Caller, bool) { return nil, false }

// Directive fails.
func (m *Machine) Directive(script.Directive) error { return ErrNowhere }

// Refuses everything.
func (m *Machine) Refuses(script.Directive) error { return ErrNowhere }

// DiskRoom is none.
func (m *Machine) DiskRoom() uint64 { return 0 }

// Watching fails.
func (m *Machine) Watching() error { return ErrNowhere }

// AbsentTracepoints are none.
func (m *Machine) AbsentTracepoints() []string { return nil }

// Check fails.
func (m *Machine) Check() error { return ErrNowhere }

// Record fails.
func (m *Machine) Record(*script.Program) (string, error) { return "", ErrNowhere }

// Examine says that no evidence is available here.
func Examine() []Evidence {
	var list []Evidence
	for _, name := range []string{"results", "signals", "bytes", "maps", "faults", "mincore", "smaps", "pagemap",
		"kpageflags", "vmstat", "trace", "io", "ext4"} {
		list = append(list, Evidence{Name: name, Named: named[name], More: "it needs Linux on x86-64"})
	}
	return list
}

// CanCount says why nothing can be counted here.
func CanCount() error { return ErrNowhere }

// Settings are none here.
func Settings() []Setting { return nil }

// InTheWay are none here.
func InTheWay() []Setting { return nil }

// Knobs are none here.
func (m *Machine) Knobs() []script.Setting { return nil }

// Recorded are the kinds of observation that a recording has.
const Recorded = run.Results | run.Signals | run.Bytes | run.Maps | run.Faults | run.Mincore

// Profile is the default one.
func Profile() *profile.Profile { return profile.Default() }

// Profile is the default one.
func (m *Machine) Profile() *profile.Profile { return profile.Default() }

// Comparable says why nothing can be compared here.
func Comparable() error { return ErrNowhere }

// CanCompare says why nothing can be compared here.
func CanCompare() error { return ErrNowhere }

// Kernel is unknown.
func Kernel() string { return "unknown" }

// Timed is how long a program takes.
type Timed struct {
	Took time.Duration
	Left int
}

// Time fails.
func (m *Machine) Time(*script.Program, int) ([]Timed, error) { return nil, ErrNowhere }
