package grade

import (
	"fmt"
	"hash/fnv"

	"vmsim/syscalls/exercise"
)

// Mistakes are what a submission's machines did that the reference's did not: their own steps and answers, each with
// its place. Submissions that are right have none, however alike they are.
type Mistakes map[uint64]bool

// mistakesOf compares the runs of a submission with those of the reference.
func mistakesOf(x *exercise.Exercise, jobs []exercise.Job, got []exercise.Transcript) Mistakes {
	own := Mistakes{}
	for i, j := range jobs {
		want := placed(j.Name, exercise.Record(j, x.Reference))
		for m := range placed(j.Name, got[i]) {
			if !want[m] {
				own[m] = true
			}
		}
	}
	return own
}

// placed are the steps and answers of a run, each with its place.
func placed(program string, t exercise.Transcript) Mistakes {
	all := Mistakes{}
	for _, s := range t.Statements {
		for n, step := range append([]string{s.Text}, s.Steps...) {
			h := fnv.New64a()
			fmt.Fprintf(h, "%s\x00%d\x00%d\x00%s", program, s.Line, n, step)
			all[h.Sum64()] = true
		}
	}
	return all
}

// Alike is the part of the mistakes of two submissions that both have made, from 0 to 1.
func (m Mistakes) Alike(other Mistakes) float64 {
	both := 0
	for k := range m {
		if other[k] {
			both++
		}
	}
	if either := len(m) + len(other) - both; either > 0 {
		return float64(both) / float64(either)
	}
	return 0
}
