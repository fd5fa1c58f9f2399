package difftest

import (
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
)

// liar is the model with one deliberate error in what its processes answer.
type liar struct {
	*model.Machine
	lie lie
}

// lie changes the answer of a call; it gets what the model would say.
type lie func(nr syscalls.Number, args syscalls.Args, ret uint64, err error) (uint64, error)

func (l liar) Process(pid int) (syscalls.Caller, bool) {
	c, ok := callerOf(l.Machine, pid)
	return lying{c, l.lie}, ok
}

type lying struct {
	caller
	lie lie
}

// caller is a process of the model, for those that change or watch what it does.
type caller struct {
	syscalls.Caller
	run.MapsVersioner
}

// wrapped is the model with something around each of its processes.
type wrapped struct {
	*model.Machine
	around func(caller) syscalls.Caller
}

func (w wrapped) Process(pid int) (syscalls.Caller, bool) {
	c, ok := callerOf(w.Machine, pid)
	return w.around(c), ok
}

func callerOf(m *model.Machine, pid int) (c caller, ok bool) {
	p, ok := m.Process(pid)
	if ok {
		c = caller{p, p.(run.MapsVersioner)}
	}
	return c, ok
}

func (c lying) Call(nr syscalls.Number, args syscalls.Args) (uint64, error) {
	ret, err := c.Caller.Call(nr, args)
	return c.lie(nr, args, ret, err)
}

var lies = map[string]lie{
	"errno order": func(nr syscalls.Number, a syscalls.Args, ret uint64, err error) (uint64, error) {
		if nr == syscalls.SysMsync && errors.Is(err, syscall.EINVAL) && a[0]%vm.PageSize != 0 && a[2] == 5 {
			return ret, syscall.ENOMEM
		}
		return ret, err
	},
	"no error": func(nr syscalls.Number, _ syscalls.Args, ret uint64, err error) (uint64, error) {
		if nr == syscalls.SysMprotect && errors.Is(err, syscall.ENOMEM) {
			return 0, nil
		}
		return ret, err
	},
	"wrong address": func(nr syscalls.Number, a syscalls.Args, ret uint64, err error) (uint64, error) {
		if nr == syscalls.SysMremap && err == nil && a[3] == mayMove|moveFixed {
			return ret + vm.PageSize, nil
		}
		return ret, err
	},
}

func TestDeliberateErrorIsFoundAndMadeShort(t *testing.T) {
	for name, lie := range lies {
		t.Run(name, func(t *testing.T) {
			if b := firstFound(t, lie); !b.Repeats || len(b.Program) > 4 {
				t.Errorf("the shortest program found has %d statements:\n%v", len(b.Program), b)
			}
		})
	}
}

// firstFound is the first finding of a campaign against a model with that error.
func firstFound(t *testing.T, lie lie) Bundle {
	t.Helper()
	var found []Bundle
	_, err := Campaign{
		Kinds: []Kind{Anon, Errors}, Seed: 1, Len: 60, Count: 400, Workers: 1, Limit: 1,
		NewLab: func() (*Lab, func(), error) {
			return &Lab{Kernel: model.New(), Model: liar{model.New(), lie}}, func() {}, nil
		},
		Found: func(b Bundle) { found = append(found, b) },
	}.Run()
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatal("nothing was found in 400 programs")
	}
	return found[0]
}

func TestModelAgreesWithItself(t *testing.T) {
	for _, kind := range MainKinds {
		for _, reach := range []Span{Plain, Wide} {
			for seed := range uint64(4) {
				r := Recipe{Kind: kind, Seed: seed, Len: 60, Wide: reach}
				lab := &Lab{Kernel: model.New(), Model: model.New()}
				out, err := lab.Make(r)
				if err != nil {
					t.Fatalf("%v: %v", r, err)
				}
				for _, d := range out.Unexplained {
					t.Errorf("%v: %v", r, d)
				}
			}
		}
	}
}

func TestRecipeMakesTheSameProgramEachTime(t *testing.T) {
	r := Recipe{Kind: SharedTmpfs, Seed: 7, Len: 100}
	text := func() string {
		lab := &Lab{Kernel: model.New(), Model: model.New()}
		out, err := lab.Make(r)
		if err != nil {
			t.Fatal(err)
		}
		prog := script.Program{Ops: out.Ops}
		return prog.String()
	}
	if a, b := text(), text(); a != b {
		t.Errorf("two programs:\n%s\nand\n%s", a, b)
	}
}

func TestParseKindsNamesWhatThereIs(t *testing.T) {
	if k, err := ParseKinds("main"); err != nil || len(k) != len(MainKinds) {
		t.Errorf("main: %v, %v", k, err)
	}
	if _, err := ParseKinds("anon,nothing"); err == nil {
		t.Error("an unknown kind was taken")
	}
}

func TestShrinkingEndsWithTheTime(t *testing.T) {
	lab := &Lab{Kernel: model.New(), Model: liar{model.New(), lies["no error"]}}
	for seed := range uint64(400) {
		rec := Recipe{Kind: Errors, Seed: seed, Len: 120}
		out, err := lab.Make(rec)
		if err != nil || len(out.Unexplained) == 0 {
			continue
		}
		lab.Until = time.Now()
		b := newBundle(lab, rec, out.Ops, out.Unexplained[0])
		if !b.Repeats || !b.Cut || !strings.Contains(b.String(), "time was up") {
			t.Errorf("it repeats: %v, it was cut short: %v\n%v", b.Repeats, b.Cut, b)
		}
		lab.Until = time.Time{}
		if whole := newBundle(lab, rec, out.Ops, out.Unexplained[0]); whole.Cut ||
			len(whole.Program) >= len(b.Program) {
			t.Errorf("with all the time of the world it has %d statements, and %d without", len(whole.Program),
				len(b.Program))
		}
		return
	}
	t.Fatal("nothing differs in 400 programs")
}
