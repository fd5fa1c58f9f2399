// Package faulttest holds policies of page faults and of copy-on-write against what a program may rely on, so that an
// exercise may replace one and find out whether it plays by the rules.
//
// Processes store and load at random: private memory, a private and a shared mapping of one file, memory that may only
// be read, and pages beyond the file's end; they fork and exit. What each byte has to be is kept beside, in a few lines
// of Go. A policy may copy where Linux does not, and map less: that costs time. It must not show a byte that is not
// there, nor lose a store, nor keep a frame for ever.
package faulttest

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"vmsim/fault"
	"vmsim/vm"
)

// Repairer tries a policy of page faults, which make makes anew. The error is the first rule that it breaks. An
// exercise gets "seed 3, step 17, process 2 stores 0x41 to 0x20000001: ..." and can repeat exactly that.
func Repairer(make func() fault.Repairer) error {
	return try(func(h *fault.Handler, _ *vm.Space) { h.Repairer = make() })
}

// CopyOnWrite tries a policy of copy-on-write, which make makes anew. The error is the first rule that it breaks.
func CopyOnWrite(make func() fault.CopyOnWrite) error {
	return try(func(h *fault.Handler, s *vm.Space) {
		h.CopyOnWrite = make()
		if h.CopyOnWrite != nil {
			s.Sharing = h.CopyOnWrite
		}
	})
}

// seeds and steps are how much is tried.
const seeds, steps = 12, 400

// try runs all seeds with a new machine each. The random source is a fixed one: a failure occurs again.
func try(plug func(*fault.Handler, *vm.Space)) error {
	for seed := range uint64(seeds) {
		m, err := newMachine(plug)
		if err != nil {
			return err
		}
		if err := m.run(rand.New(rand.NewPCG(seed, 3))); err != nil {
			return fmt.Errorf("seed %d, %w", seed, err)
		}
	}
	return nil
}

// run takes steps at random, and ends all processes. A panic of the policy is an error like any other: the step at
// which it happened is part of the text.
func (m *machine) run(random *rand.Rand) (err error) {
	var what string
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s: %v", what, r)
		}
	}()
	for n := range steps {
		m.left = mostSteps
		p := m.procs[random.IntN(len(m.procs))]
		what = fmt.Sprintf("step %d, process %d", n, p.pid)
		err := m.step(p, random, &what)
		if err == nil {
			err = m.check()
		}
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	what = "at the end"
	return m.end()
}

// step takes one step at random, and adds to what, before it does so, which one it is. About half of the steps load and
// half store. One in forty forks, and one in forty exits, so that pages are shared by up to four processes.
func (m *machine) step(p *process, random *rand.Rand, what *string) error {
	switch k := random.IntN(40); {
	case k == 0 && len(m.procs) < 4:
		*what += " forks"
		return m.fork(p)
	case k == 1 && len(m.procs) > 1:
		*what += " exits"
		m.exit(p)
		return nil
	case k < 20:
		a := address(random)
		*what += fmt.Sprintf(" loads %v", a)
		return m.load(p, a)
	default:
		a, b := address(random), byte(1+random.IntN(255))
		*what += fmt.Sprintf(" stores %#x to %v", b, a)
		return m.store(p, a, b)
	}
}

// end ends all processes and sees that no frame is left in use but those of the page cache, which nothing references. A
// frame that is still in use then has a reference that the policy forgot to drop, or a copy that it never mapped.
func (m *machine) end() error {
	for len(m.procs) > 0 {
		m.exit(m.procs[0])
	}
	cached, held := m.cached()
	if n := m.memory.Used() - uint64(cached); n != 0 {
		return fmt.Errorf("at the end: all processes have exited, and %d frames are still in use", n)
	}
	if held > 0 {
		return fmt.Errorf("at the end: all processes have exited, and %d pages of the file are still held: a "+
			"reference was not given up", held)
	}
	return nil
}

// address is a byte of one of the areas: a few pages, so that they meet. Few addresses mean that the processes meet on
// the same pages, where copy-on-write can go wrong.
func address(random *rand.Rand) vm.Addr {
	return bases[random.IntN(len(bases))] + vm.Addr(random.IntN(pages))<<vm.PageShift + vm.Addr(random.IntN(3))
}

// load holds a byte, or the signal in its place, against what it has to be.
func (m *machine) load(p *process, a vm.Addr) error {
	b, err := p.cpu.Load(a)
	if bad, done := m.signalled(a, err, vm.Load); done {
		return bad
	}
	if want := p.byteAt(m, a); b != want {
		return fmt.Errorf("%#x is there; it should be %#x", b, want)
	}
	return nil
}

// store makes a store and notes what loads have to find from then on.
func (m *machine) store(p *process, a vm.Addr, b byte) error {
	err := p.cpu.Store(a, b)
	if bad, done := m.signalled(a, err, vm.Store); done {
		return bad
	}
	p.put(m, a, b)
	return nil
}

// signalled holds the answer to an access against the signal that it has to be; done where there is one.
//
//	read-only area, store                          SIGSEGV
//	file, page beyond its end, load or store       SIGBUS
//	anything else                                  no signal
func (m *machine) signalled(a vm.Addr, err error, k vm.Access) (bad error, done bool) {
	want := ""
	switch {
	case a >= readOnly && a < readOnly+pages<<vm.PageShift && k == vm.Store:
		want = "SIGSEGV"
	case a >= sharedFile && (a-bases[areaOf(a)])>>vm.PageShift >= filePages:
		want = "SIGBUS"
	}
	got := ""
	var s *fault.Signal
	if errors.As(err, &s) {
		got = s.Number.String()
	}
	if got != want {
		return fmt.Errorf("the answer is %q; it should be %q", got, want), true
	}
	return nil, want != ""
}
