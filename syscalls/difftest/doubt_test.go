package difftest

import (
	"testing"

	"vmsim/pagecache"
	"vmsim/syscalls"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/scripttest"
)

// doubtful is a machine whose lists may be others than the model's after a call of mlock.
type doubtful struct {
	liar
	locks *int
}

func (d doubtful) Unsure() string {
	if *d.locks == 1 {
		*d.locks = 2
		return "a cause"
	}
	return ""
}

func (d doubtful) Pressure(files []string) (string, error) { return d.Machine.Pressure(files) }

// What the kernel did of its own accord at the limit may show statements later.
func TestDifferenceAfterADoubtfulStatementIsUndecided(t *testing.T) {
	for _, x := range []struct {
		program   string
		undecided bool
	}{{"mlock(0, 0)\nmunlockall()\nmadvise(0, 4096, 99)\n", true}, {"madvise(0, 4096, 99)\nmlock(0, 0)\n", false}} {
		locks := 0
		lab := &Lab{Model: model.New(), Kernel: doubtful{liar{model.New(),
			func(nr syscalls.Number, _ syscalls.Args, ret uint64, err error) (uint64, error) {
				switch nr {
				case syscalls.SysMlock:
					locks++
				case syscalls.SysMadvise:
					return 7, nil
				}
				return ret, err
			}}, &locks}}
		out, err := lab.replay(scripttest.Parse(t, "p", ".machine memcg=4M\n"+x.program).Ops, nil)
		if err != nil || out.Undecided != x.undecided || (len(out.Unexplained) == 0) != x.undecided {
			t.Errorf("%q: undecided %v, %d unexplained, %v", x.program, out.Undecided, len(out.Unexplained), err)
		}
	}
}

// A second run of the program that meets no doubt says what the first one could not.
func TestProgramThatEndedInDoubtIsRunAgain(t *testing.T) {
	locks := 0
	lab := &Lab{Model: model.New(), Kernel: doubtful{liar{model.New(),
		func(nr syscalls.Number, _ syscalls.Args, ret uint64, err error) (uint64, error) {
			if nr == syscalls.SysMlock {
				locks++
			}
			if nr == syscalls.SysMadvise && locks < 3 {
				return 7, nil
			}
			return ret, err
		}}, &locks}}
	out, err := lab.Replay(scripttest.Parse(t, "p", ".machine memcg=4M\nmlock(0, 0)\nmadvise(0, 4096, 99)\n").Ops)
	if err != nil || out.Undecided || len(out.Unexplained) > 0 || len(out.Disturbed) != 1 {
		t.Errorf("undecided %v, %v, %v, %v", out.Undecided, out.Unexplained, out.Disturbed, err)
	}
}

// headed is a machine that has charged pages for buffer heads, at its limit.
type headed struct {
	liar
	moves []pagecache.HeadMove
}

func (h headed) HeadMoves() ([]pagecache.HeadMove, bool) { return h.moves, true }

func (h headed) Pressure(files []string) (string, error) { return h.Machine.Pressure(files) }

// The model has charged none: only where the kernel has charged some are the lists in doubt.
func TestHeadsThatAreChargedOtherwiseAtTheLimitAreADoubt(t *testing.T) {
	for _, moves := range [][]pagecache.HeadMove{nil, {{Most: 1}}} {
		lab := &Lab{Model: model.New(), Kernel: headed{liar{model.New(),
			func(nr syscalls.Number, _ syscalls.Args, ret uint64, err error) (uint64, error) {
				if nr == syscalls.SysMadvise {
					return 7, nil
				}
				return ret, err
			}}, moves}}
		out, err := lab.replay(scripttest.Parse(t, "p", ".machine memcg=4M\nmadvise(0, 4096, 99)\n").Ops, nil)
		if doubt := len(moves) > 0; err != nil || out.Undecided != doubt || (len(out.Unexplained) == 0) != doubt {
			t.Errorf("%v: undecided %v, %d unexplained, %v", moves, out.Undecided, len(out.Unexplained), err)
		}
	}
}
