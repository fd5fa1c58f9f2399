package difftest

import (
	"errors"
	"fmt"
	"slices"
	"syscall"
	"testing"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/vm/trace"
)

// witness notes the calls and errors of which the log did not say which check it was.
type witness struct {
	on     *model.Machine
	silent map[string]bool
}

type witnessed struct {
	caller
	w witness
}

func (c witnessed) Call(nr syscalls.Number, args syscalls.Args) (uint64, error) {
	var told []syscall.Errno
	stop := c.w.on.Kernel.Log.Observe(func(e trace.Event) {
		if e.Kind == trace.Refused && e.Note != "" {
			told = append(told, syscall.Errno(e.Args[0]))
		}
	})
	ret, err := c.Caller.Call(nr, args)
	stop()
	var e syscall.Errno
	if errors.As(err, &e) && !slices.Contains(told, e) {
		c.w.silent[fmt.Sprint(nr, " ", script.ErrnoName(e))] = true
	}
	return ret, err
}

func TestEveryCallThatFailsSaysWhichCheckItWas(t *testing.T) {
	programs := uint64(20)
	if testing.Short() {
		programs = 4
	}
	kinds, err := ParseKinds("all")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range kinds {
		m := model.New()
		w := witness{m, map[string]bool{}}
		lab := &Lab{Kernel: model.New(), Model: wrapped{m, func(c caller) syscalls.Caller { return witnessed{c, w} }}}
		for seed := range programs {
			if _, err := lab.Make(Recipe{Kind: k, Seed: seed, Len: 150, Wide: Wide}); err != nil {
				t.Fatal(k, seed, err)
			}
		}
		for what := range w.silent {
			t.Errorf("%v: %s: which check was it?", k, what)
		}
	}
}
