package fault

import (
	"testing"

	"github.com/stretchr/testify/require"

	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
	"vmsim/vm/trace"
)

// pager repairs faults as Linux does, with nothing but what a Page offers.
type pager struct{ copier }

func (g pager) Repair(p *Page) error {
	switch e := p.Entry(); {
	case e.None() && p.Area().Anonymous() && p.Access() != vm.Store:
		p.MapZeros()
		return nil
	case e.None() && p.Area().Anonymous():
		own, err := p.NewFrame()
		if err == nil {
			p.ZeroFilled(own)
			p.MapOwn(own)
		}
		return err
	case e.None():
		return g.file(p)
	case e.Guard():
		return ErrGuard
	case e.Swapped():
		return p.SwapIn()
	case p.Access() == vm.Store && !e.Writable() && p.Area().Flags.Has(vm.Shared):
		frame := p.Frame()
		if err := p.MakeWritable(frame); err != nil {
			return err
		}
		p.Allow()
		return p.Dirtied(frame)
	case p.Access() == vm.Store && !e.Writable():
		return g.Store(p)
	}
	p.Allow()
	return nil
}

func (g pager) file(p *Page) error {
	if p.Access() != vm.Store && p.MapAround() {
		return nil
	}
	var own *phys.Frame
	copies := p.Access() == vm.Store && !p.Area().Flags.Has(vm.Shared)
	if copies {
		var err error
		if own, err = p.NewFrame(); err != nil {
			return err
		}
	}
	frame, err := p.FilePage()
	switch {
	case err != nil && copies:
		p.Release(own)
		return err
	case err != nil:
		return err
	case copies:
		p.CopyFile(own, frame)
		p.Release(frame)
		p.MapOwn(own)
		return nil
	case p.Access() == vm.Store:
		if err := p.MakeWritable(frame); err != nil {
			p.Release(frame)
			return err
		}
	}
	return p.MapFile(frame)
}

// copier answers stores to shared private pages as Linux does.
type copier struct{}

func (copier) Share(e vm.PTE) (parent, child vm.PTE) { return e &^ vm.PteWrite, e &^ vm.PteWrite }

func (copier) Store(p *Page) error {
	if p.OnlyHere() {
		p.Allow()
		return nil
	}
	own, err := p.NewFrame()
	if err == nil {
		p.CopyTo(own)
		p.MapOwn(own)
	}
	return err
}

// logOf is what a run of accesses did, without the steps that say how a repair begins: a policy takes none.
func logOf(t *testing.T, seed uint64, plug func(*users)) (log []trace.Event) {
	t.Helper()
	u := newUsers(t, seed, profile.Default())
	plug(u)
	u.Space.Log.Observe(func(e trace.Event) {
		switch e.Kind {
		case trace.AnonFault, trace.FileFault, trace.WriteFault:
		default:
			e.Seq, e.Time = 0, 0
			log = append(log, e)
		}
	})
	require.NoError(t, u.run(600), "seed %d", seed)
	return log
}

// Each method of a Page is a step of Linux's own repair: a policy that makes the same decisions leaves the same log.
func TestAPolicyMadeOfLinuxsStepsLeavesLinuxsLog(t *testing.T) {
	for seed := range uint64(3) {
		linux := logOf(t, seed, func(*users) {})
		repairs := logOf(t, seed, func(u *users) { u.Handler.Repairer = pager{} })
		copies := logOf(t, seed, func(u *users) { u.Handler.CopyOnWrite, u.Space.Sharing = copier{}, copier{} })
		require.NotEmpty(t, linux)
		for i, e := range linux {
			require.Equal(t, e, repairs[i], "seed %d, step %d: %v", seed, i, e.Kind)
			require.Equal(t, e, copies[i], "seed %d, step %d: %v", seed, i, e.Kind)
		}
		require.Len(t, repairs, len(linux))
		require.Len(t, copies, len(linux))
	}
}

// retrier answers each fault with ErrRetry.
type retrier struct{ calls int }

func (r *retrier) Repair(*Page) error {
	r.calls++
	return ErrRetry
}

// A policy that always begins anew does not hang the machine: after a few times the page counts as one that does not
// exist.
func TestAFaultIsNotBegunAnewForEver(t *testing.T) {
	c, r := process(t), &retrier{}
	c.Handler.Repairer = r
	_, err := c.Load(base)
	signalled(t, err, SIGBUS, BusAdrErr, base)
	require.Equal(t, mostRetries+1, r.calls)
}
