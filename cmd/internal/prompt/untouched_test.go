package prompt

import (
	"fmt"
	"testing"

	"vmsim/syscalls/difftest"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
)

// randomProgram is a short program of the random generator's, as text.
func randomProgram(t *testing.T, kind difftest.Kind, seed uint64) string {
	t.Helper()
	m := model.New()
	g := difftest.NewGenerator(difftest.Recipe{Kind: kind, Seed: seed, Len: 8, Wide: difftest.Span(seed % 2)}, m, m)
	prog := &script.Program{Ops: g.Head()}
	r, err := run.NewRunner(&script.Program{Ops: prog.Ops}, m, run.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for r.Next() {
	}
	for op, ok := g.Next(); ok; op, ok = g.Next() {
		res, err := r.Do(op)
		if err != nil {
			t.Fatal(err)
		}
		g.Learn(res)
		prog.Ops = append(prog.Ops, *op)
	}
	return prog.String()
}

// lookEverywhere types every line that only looks.
func (c *conversation) lookEverywhere() {
	for _, v := range views {
		c.say("info " + v.name)
	}
	for _, path := range procFiles() {
		c.say("cat " + path)
	}
	c.say("walk 0x401000", "x/16 0x401000", "print pgactivate", "print minflt", "why fault", "why dirty", "why errno",
		"check")
}

// allKinds are the kinds of random programs.
func allKinds(t *testing.T) []difftest.Kind {
	kinds, err := difftest.ParseKinds("all")
	if err != nil {
		t.Fatal(err)
	}
	return kinds
}

// mostSteps is after how many steps a program is left: what one call does to a thousand pages is the same for each.
const mostSteps = 250

func TestLookingChangesNothingAtAnyStep(t *testing.T) {
	h, seeds := newStateHash(), uint64(5)
	if testing.Short() {
		seeds = 1
	}
	for _, kind := range allKinds(t) {
		for seed := range seeds {
			t.Run(fmt.Sprintf("%v-%d", kind, seed), func(t *testing.T) {
				lookAtEachStep(t, h, talk(t, randomProgram(t, kind, seed)))
			})
		}
	}
}

// lookAtEachStep looks everywhere after each step of a program, and holds the machine to be the same.
func lookAtEachStep(t *testing.T, h *stateHash, c *conversation) {
	for !c.Session.AtEnd() && c.Session.At() < mostSteps {
		if _, err := c.Session.StepI(1); err != nil {
			t.Fatal(err)
		}
		before := h.of(c.Session.Kernel())
		c.lookEverywhere()
		if h.of(c.Session.Kernel()) != before {
			last := c.Session.Branch().Event(c.Session.At())
			t.Fatalf("t=%d, %s: looking has changed the machine", c.Session.At(), c.Session.Tell(last))
		}
	}
}

// The second part of the write uses a page that still waits in the batch of new pages: it is not counted as activated.
func TestProgramThatIsLookedAtEndsAsOneThatIsNot(t *testing.T) {
	const program = `.file /data/a 0
fd = openat(AT_FDCWD, "/data/a", O_RDWR)
m = mmap(NULL, 2*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
m[0] = 1
write(fd, m+4000, 200)
`
	alone := talk(t, program)
	alone.say("finish", "continue")
	looked := talk(t, program)
	for !looked.Session.AtEnd() {
		looked.say("stepi", "info pagecache", "info lru", "cat /proc/vmstat")
	}
	for _, line := range []string{"info pagecache", "info lru", "cat /proc/vmstat", "cat /proc/meminfo"} {
		if a, b := alone.say(line), looked.say(line); a != b {
			t.Errorf("%s: looked at\n%snot looked at\n%s", line, b, a)
		}
	}
}
