package prompt

import (
	"fmt"
	"strings"
	"testing"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

// askedCounters are all counters that predict may ask for, with their fields.
func askedCounters(t *testing.T) (names []string) {
	c := talk(t, "getpid()\n")
	for _, name := range model.CounterNames() {
		switch _, err := c.Session.Condition(name + " >= 0"); {
		case name == "pte" || name == "page":
		case err == nil:
			names = append(names, name)
		default:
			_, fields, _ := strings.Cut(err.Error(), "needs one of ")
			for _, f := range strings.Split(fields, ", ") {
				names = append(names, name+f)
			}
		}
	}
	return names
}

// solved is how much a statement adds to a counter of the process that runs it. ok is false where the process ends with
// the statement.
type solved struct {
	n  int64
	ok bool
}

// solve counts what each statement of a program adds, by a runner on a machine of its own.
func solve(t *testing.T, prog *script.Program, head int, counter func(i int) string) (out []solved) {
	t.Helper()
	r, err := run.NewRunner(&script.Program{Ops: prog.Ops[:head:head]}, model.New(), run.Options{Show: run.Faults})
	if err != nil {
		t.Fatal(err)
	}
	for r.Next() {
	}
	for i := range prog.Ops[head:] {
		op := &prog.Ops[head+i]
		asked := scripttest.Parse(t, "c", ".expect "+counter(i)+" >= 0")
		cond := asked.Ops[0].Do.(*script.Expect).Conds[0]
		pid, err := r.PIDOf(op)
		if err != nil {
			t.Fatal(err)
		}
		before, _, _ := r.Cond(pid, cond)
		res, err := r.Do(op)
		if err != nil {
			t.Fatal(err)
		}
		after, _, gone := r.Cond(pid, cond)
		n := int64(after - before)
		switch counter(i) { // what the statement itself counts is a second opinion
		case "minflt":
			if gone == nil && n != int64(res.Minor) {
				t.Errorf("%s: %d and %d minor faults", op.Head(), n, res.Minor)
			}
		case "majflt":
			if gone == nil && n != int64(res.Major) {
				t.Errorf("%s: %d and %d major faults", op.Head(), n, res.Major)
			}
		}
		out = append(out, solved{n, gone == nil})
	}
	return out
}

// TestRightPredictionIsCalledRight asks about every statement of random programs, and each counter in turn.
func TestRightPredictionIsCalledRight(t *testing.T) {
	names := askedCounters(t)
	seeds := uint64(6)
	if testing.Short() {
		seeds = 1
	}
	turn := 0
	for _, kind := range allKinds(t) {
		for seed := range seeds {
			turn++
			counter := func(i int) string {
				if i%2 == 0 {
					return []string{"minflt", "majflt"}[i/2%2]
				}
				return names[(turn*7+i/2)%len(names)]
			}
			t.Run(fmt.Sprintf("%v-%d", kind, seed), func(t *testing.T) {
				c := talk(t, randomProgram(t, kind, seed))
				prog := scripttest.Parse(t, "p", randomProgram(t, kind, seed))
				ops := c.Session.Branch().Ops()
				head := len(prog.Ops) - len(ops)
				for i, want := range solve(t, prog, head, counter) {
					asked := c.say("predict " + counter(i))
					if strings.Contains(asked, "there is no process") || strings.Contains(asked, "has ended") {
						c.say("next")
						continue
					}
					got := c.say(fmt.Sprint(want.n))
					switch {
					case want.ok && !strings.Contains(got, "Right: "+counter(i)):
						t.Fatalf("%s\nanswered with %d:\n%s", asked, want.n, got)
					case !want.ok && !strings.Contains(got, "withdrawn"):
						t.Fatalf("%s\nthe process ends:\n%s", asked, got)
					}
				}
			})
		}
	}
}
