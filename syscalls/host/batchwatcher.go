//go:build linux && amd64

package host

import (
	"errors"
	"fmt"
	"slices"

	"vmsim/fault"
	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
)

// watcher is a machine that notes what a program does.
type watcher struct {
	*Machine
	config run.Config
	acts   []act
	err    error // why it cannot be done once more
}

// Setup notes how the machine is set up.
func (w *watcher) Setup(c run.Config) error {
	w.config = c
	return w.Machine.Setup(c)
}

// AddFile fails: a batch has no place for it.
func (w *watcher) AddFile(f script.FileSpec) error {
	w.err = fmt.Errorf("a program with .file %s between statements is not timed", f.Path)
	return w.err
}

// Directive does nothing that takes time.
func (w *watcher) Directive(d script.Directive) error {
	w.err = fmt.Errorf("a program is not timed that has .%s between statements", d.Name)
	return w.err
}

// Process is a process that notes what it does.
func (w *watcher) Process(pid int) (syscalls.Caller, bool) {
	c, ok := w.Machine.Process(pid)
	if !ok {
		return nil, false
	}
	return watched{c.(*Process), w}, true
}

// watched is such a process.
type watched struct {
	*Process
	w *watcher
}

// processCalls make or end a process, or replace it.
var processCalls = []syscalls.Number{syscalls.SysFork, syscalls.SysVfork, syscalls.SysClone, syscalls.SysExit,
	syscalls.SysExitGroup}

func (c watched) Call(nr syscalls.Number, args syscalls.Args) (uint64, error) {
	if nr == syscalls.SysExecve {
		c.w.err = errors.New("a program is not timed that starts another one")
	}
	c.w.acts = append(c.w.acts, act{pid: c.number, nr: nr, args: args, untold: slices.Contains(processCalls, nr)})
	return c.Process.Call(nr, args)
}

func (c watched) Load(a vm.Addr) (byte, error) {
	b, err := c.Process.Load(a)
	c.note(actLoads, a, 0, isSignal(err))
	return b, err
}

func (c watched) Store(a vm.Addr, b byte) error {
	err := c.Process.Store(a, b)
	c.note(actStores, a, b, isSignal(err))
	return err
}

// note takes an access in: one that goes on where the last one was going is part of it.
func (c watched) note(k actKind, a vm.Addr, b byte, untold bool) {
	n := len(c.w.acts)
	if n > 0 && !untold {
		last := &c.w.acts[n-1]
		step := uint64(a) - last.args[0]
		if last.args[1] > last.args[0]+1 {
			step = last.args[2]
		}
		same := last.kind == k && last.pid == c.number && !last.untold && last.args[3] == uint64(b)
		next := last.args[1] - 1 + step
		if same && uint64(a) > last.args[0] && uint64(a) == next {
			last.args[1], last.args[2] = uint64(a)+1, step
			return
		}
	}
	c.w.acts = append(c.w.acts, act{pid: c.number, kind: k, untold: untold,
		args: syscalls.Args{uint64(a), uint64(a) + 1, 1, uint64(b)}})
}

// Poke notes what the harness puts into memory.
func (c watched) Poke(a vm.Addr, buf []byte) error {
	if a+vm.Addr(len(buf)) > recordsAt && a < script.ScratchAddr+script.ScratchSize {
		c.w.err = errors.New("a program is not timed that needs more than half of scratch")
	}
	c.w.acts = append(c.w.acts,
		act{pid: c.number, kind: actPoke, args: syscalls.Args{uint64(a)}, data: slices.Clone(buf)})
	return c.Process.Poke(a, buf)
}

func isSignal(err error) bool {
	var s *fault.Signal
	return errors.As(err, &s)
}
