package difftest

import (
	"fmt"
	"strings"
	"testing"

	"vmsim/syscalls"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
	"vmsim/vm"
)

// onlooker notes where a runner looks at memory and nothing is mapped. On a real kernel such a look makes a stack grow.
type onlooker struct {
	last   string // the call before
	astray []string
}

// beside is the model with the onlooker.
func (o *onlooker) beside() wrapped {
	return wrapped{model.New(), func(c caller) syscalls.Caller { return lookedAt{c, o} }}
}

type lookedAt struct {
	caller
	by *onlooker
}

func (c lookedAt) Call(nr syscalls.Number, args syscalls.Args) (uint64, error) {
	ret, err := c.Caller.Call(nr, args)
	c.by.last = fmt.Sprintf("%v(%#x) = %d, %v", nr, args, ret, err)
	return ret, err
}

func (c lookedAt) Peek(a vm.Addr, buf []byte) error {
	err := c.Caller.Peek(a, buf)
	if err != nil && !mapped(c.Maps(), a) {
		c.by.astray = append(c.by.astray, fmt.Sprintf("%v+%d after %s", a, len(buf), c.by.last))
	}
	return err
}

// mapped reports whether a text of /proc/PID/maps has an area with the address a.
func mapped(maps string, a vm.Addr) bool {
	for line := range strings.Lines(maps) {
		var start, end vm.Addr
		if n, _ := fmt.Sscanf(line, "%x-%x", &start, &end); n == 2 && start <= a && a < end {
			return true
		}
	}
	return false
}

func TestRunnersLookOnlyAtWhatIsMapped(t *testing.T) {
	var o onlooker
	r, err := run.NewRunner(scripttest.Parse(t, "nothing to do", `splice(5, 0x10000000, 6, 0x10000000, 0, 0)
fork()
wait4(-1, 0x10000000, WNOHANG, NULL)
`), o.beside(), run.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for r.Next() {
		continue
	}
	if len(o.astray) > 0 {
		t.Errorf("the runner looks at %q", o.astray)
	}
}

func TestRandomProgramsAreLookedAtWhereTheyHaveMemory(t *testing.T) {
	var o onlooker
	for _, kind := range []Kind{Errors, CallsTmpfs, Processes, NamesTmpfs, Signals, Pipes, Waiting} {
		for seed := range uint64(10) {
			lab := &Lab{Kernel: o.beside(), Model: model.New()}
			if _, err := lab.Make(Recipe{Kind: kind, Seed: seed, Len: 120, Wide: Wide}); err != nil {
				t.Fatal(err)
			}
			if len(o.astray) > 0 {
				t.Fatalf("%v, seed %d: the runner looks at %s", kind, seed, o.astray[0])
			}
		}
	}
}
