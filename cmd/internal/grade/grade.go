package grade

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"vmsim/syscalls/exercise"
	"vmsim/syscalls/leash"
)

// Grade is what a submission got.
type Grade struct {
	Exercise    string
	Submission  string
	Points, Max int
	Problem     string // why nothing could be run: it does not compile, say
	Results     []exercise.Result
	Mistakes    Mistakes // of code: to find submissions that are alike
}

// Share is the part of the points that were reached, from 0 to 1.
func (g Grade) Share() float64 {
	if g.Max == 0 {
		return 0
	}
	return float64(g.Points) / float64(g.Max)
}

// Job is what to grade.
type Job struct {
	Exercise   *exercise.Exercise
	Submission fs.FS
	Name       string
	Source     string // the folder of vmsim's own source
	Scope      exercise.Scope
	Seed       uint64
	Limits     Limits
}

// Do grades a submission. The error is the grader's own; whatever the submission does, there is a Grade.
func Do(j Job) (g Grade, err error) {
	g = Grade{Exercise: j.Exercise.Name, Submission: j.Name}
	dir, remove, err := leash.Dir(filepath.Join(os.TempDir(), "vmsim-grade-"), 0o700)
	if err != nil {
		return g, err
	}
	defer remove()
	program, problem := Build(j.Exercise, j.Submission, j.Source, dir)
	do := Run(program, j.Limits)
	if problem != nil {
		do = func(jobs []exercise.Job) []exercise.Transcript {
			out := make([]exercise.Transcript, len(jobs))
			for i := range out {
				out[i].Broken = "not run"
			}
			return out
		}
	}
	g = With(j, do)
	if problem != nil {
		g.Problem, g.Points = problem.Error(), 0
		for i := range g.Results {
			g.Results[i].Passed, g.Results[i].Points, g.Results[i].Output = false, 0, "not run"
		}
	}
	return g, nil
}

// With grades a submission that do runs.
func With(j Job, do exercise.Runner) Grade {
	g := Grade{Exercise: j.Exercise.Name, Submission: j.Name}
	g.Results = j.Exercise.Evaluate(j.Submission, j.Scope, j.Seed, func(jobs []exercise.Job) []exercise.Transcript {
		got := do(jobs)
		if j.Exercise.Kind == exercise.Build {
			g.Mistakes = mistakesOf(j.Exercise, jobs, got)
		}
		return got
	})
	hide(g.Results)
	for _, r := range g.Results {
		g.Points, g.Max = g.Points+r.Points, g.Max+r.Max
	}
	return g
}

// hide takes out of the results what hidden tests are called and show.
func hide(results []exercise.Result) {
	hidden := 0
	for i := range results {
		r := &results[i]
		if !r.Hidden {
			continue
		}
		hidden++
		r.Name = fmt.Sprintf("hidden test %d", hidden)
		if !r.Passed {
			r.Output = "it fails; the tests that you have do not show why"
		}
	}
}
