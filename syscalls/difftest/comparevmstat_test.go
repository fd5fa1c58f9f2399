package difftest

import (
	"strings"
	"testing"

	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
)

// busy is the model on a machine whose other processes count too: before every look they add to the counters that all
// share.
type busy struct {
	*model.Machine
	dice    dice
	foreign map[string]uint64 // what the others have counted
}

func newBusy(seed uint64) busy {
	return busy{model.New(), newDice(seed, seed), map[string]uint64{}}
}

// seesOthers is how many looks there are to one that sees what others have done to a counter.
const seesOthers = 40

// SharesCounter is true of those whose name does not say that they are a group's.
func (b busy) SharesCounter(name string) bool {
	return name == "pgreuse" || strings.HasPrefix(name, "unevictable_")
}

func (b busy) Counters(names []string, out []uint64) error {
	err := b.Machine.Counters(names, out)
	if b.dice.below(seesOthers) == 0 { // ps: a stack becomes active
		b.foreign["nr_inactive_anon"]--
		b.foreign["nr_active_anon"]++
	}
	for i, name := range names {
		if b.SharesCounter(name) && b.dice.below(seesOthers) == 0 {
			b.foreign[name] += uint64(1 + b.dice.below(3))
		}
		out[i] += b.foreign[name]
	}
	return err
}

func TestWhatOthersCountIsNoDifference(t *testing.T) {
	lab := &Lab{Kernel: newBusy(1), Model: model.New(), Kinds: run.Results | VMStat}
	for seed := range uint64(20) {
		out, err := lab.Make(Recipe{Kind: SharedTmpfs, Seed: seed, Len: 40})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range out.Unexplained {
			t.Errorf("seed %d: %v", seed, d)
		}
	}
}

// miscounts is the model with a deliberate error in one of its counters.
type miscounts struct {
	*model.Machine
	name  string
	wrong func(v, faults uint64) uint64
}

func (m miscounts) Counters(names []string, out []uint64) error {
	var faults [1]uint64
	err := m.Machine.Counters([]string{"pgfault"}, faults[:])
	if err == nil {
		err = m.Machine.Counters(names, out)
	}
	for i, n := range names {
		if n == m.name {
			out[i] = m.wrong(out[i], faults[0])
		}
	}
	return err
}

func TestCounterThatIsWrongIsFoundAmongWhatOthersCount(t *testing.T) {
	for _, name := range []string{"pgreuse", "nr_anon_pages", "nr_active_anon", "unevictable_pgs_munlocked"} {
		t.Run(name, func(t *testing.T) {
			wrong := miscounts{model.New(), name, func(v, faults uint64) uint64 { return v + faults/3 }}
			found := Bundle{}
			_, err := Campaign{
				Kinds: []Kind{Anon}, Seed: 1, Len: 40, Count: 20, Workers: 1, Limit: 1,
				Found: func(b Bundle) { found = b },
				NewLab: func() (*Lab, func(), error) {
					return &Lab{Kernel: newBusy(2), Model: wrong, Kinds: run.Results | VMStat}, func() {}, nil
				},
			}.Run()
			if err != nil {
				t.Fatal(err)
			}
			if !found.Repeats || found.Difference.What != "vmstat" || len(found.Program) > 6 {
				t.Errorf("found was\n%v", found)
			}
		})
	}
}

func TestModelCountsAllThatIsCompared(t *testing.T) {
	m := model.New()
	if err := m.Setup(run.Config{}); err != nil {
		t.Fatal(err)
	}
	names := CounterNames()
	if err := m.Counters(names, make([]uint64, len(names))); err != nil {
		t.Error(err)
	}
}

func TestLockedFramesAreThoseThatWereLockedAndNotUnlocked(t *testing.T) {
	names := []string{"nr_mlock", "unevictable_pgs_mlocked", "unevictable_pgs_munlocked", "unevictable_pgs_cleared",
		"unevictable_pgs_stranded"}
	for _, kind := range MainKinds {
		for seed := range uint64(8) {
			m := model.New()
			lab := &Lab{Kernel: model.New(), Model: m}
			if _, err := lab.Make(Recipe{Kind: kind, Seed: seed, Len: 80, Wide: Wide}); err != nil {
				t.Fatal(err)
			}
			v := make([]uint64, len(names))
			if err := m.Counters(names, v); err != nil {
				t.Fatal(err)
			}
			if v[0] != v[1]-v[2]-v[3]-v[4] {
				t.Errorf("%v, seed %d: %v are %v", kind, seed, names, v)
			}
		}
	}
}
