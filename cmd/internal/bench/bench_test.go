package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"vmsim/syscalls/difftest"
	"vmsim/syscalls/leash"
)

// mostMemory is how much the tests take at most before what one row has left is given back for the next: with the
// kernel's side they have to do with a control group of 200 MB.
const mostMemory = 80 << 20

// TestMain lets the test's own program be the kernel's side.
func TestMain(m *testing.M) {
	if row := os.Getenv(sideMark); row != "" {
		if err := KernelSide(row, time.Millisecond, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	debug.SetMemoryLimit(mostMemory)
	os.Exit(leash.Tests(m))
}

func ownChild(_ string, _ time.Duration) *exec.Cmd {
	return exec.Command(os.Args[0])
}

// BenchmarkModel is the model's side of every row that is made of repetitions.
func BenchmarkModel(b *testing.B) {
	for _, row := range Rows {
		if row.model == nil {
			continue
		}
		b.Run(row.Name, func(b *testing.B) {
			work := row.model()
			b.ReportAllocs()
			b.ResetTimer()
			work.Do(b, b.N)
		})
	}
}

func TestEveryRowWithAKernelSideHasOneAndIsMeasured(t *testing.T) {
	if kernelHere != "" {
		t.Skip(kernelHere)
	}
	for _, row := range Rows {
		if !row.kernel {
			continue
		}
		t.Run(row.Name, func(t *testing.T) {
			if testing.Short() && strings.Contains(row.Name, "60000") {
				t.Skip("takes a second to make ready")
			}
			f := measure(row, Options{Samples: 1, Sample: time.Millisecond, Child: ownChild})
			if strings.Contains(f.Why, shortOfMemory) || strings.Contains(f.Why, noDisk) {
				t.Skip(f.Why)
			}
			if f.Why != "" || f.Kernel <= 0 || f.Model <= 0 {
				t.Fatalf("%+v", f)
			}
		})
	}
}

func TestWorkIsDoneUntilTheClockHasMoved(t *testing.T) {
	ticks := []time.Duration{0, 0, 0, 4 * time.Millisecond}
	timed := func() time.Duration {
		tick := ticks[0]
		ticks = ticks[1:]
		return tick
	}
	if got := share(timed, 10); got != 100_000 {
		t.Errorf("40 times in 4 ms are %v ns each", got)
	}
}

func TestKernelSideThatLacksSomethingSaysWhat(t *testing.T) {
	if kernelHere != "" {
		t.Skip(kernelHere)
	}
	var row Row
	for _, r := range Rows {
		if r.Name == "msync" {
			row = r
		}
	}
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "absent"))
	f := measure(row, Options{Samples: 2, Sample: time.Millisecond, Child: ownChild})
	if !strings.Contains(f.Why, "the kernel's side failed: open ") || !strings.Contains(f.Why, "no such file") {
		t.Errorf("%+v", f)
	}
}

func TestAFigureIsJudgedByItsGoal(t *testing.T) {
	of := func(name string) (float64, bool) { return 100, name == "other" }
	for _, c := range []struct {
		goal          Goal
		model, kernel float64
		want          string
	}{
		{timesKernel(0.25), 25, 100, "met"},
		{timesKernel(0.25), 26, 100, "MISSED"},
		{timesKernel(0.25), 25, 0, "?"},
		{Goal{Kind: TimesRow, Limit: 2, Row: "other"}, 200, 0, "met"},
		{Goal{Kind: TimesRow, Limit: 2, Row: "other"}, 201, 0, "MISSED"},
		{Goal{Kind: TimesRow, Limit: 2, Row: "unmeasured"}, 1, 0, "?"},
		{atMost(6), 6, 0, "met"},
		{atMost(6), 7, 0, "MISSED"},
		{atLeast(1e6), 1e6, 0, "met"},
		{atLeast(1e6), 9e5, 0, "MISSED"},
		{atLeast(1e6), 0, 0, "?"},
	} {
		f := Figure{Row: Row{Goal: c.goal}, Model: c.model, Kernel: c.kernel}
		f.judge(of)
		if f.Verdict() != c.want {
			t.Errorf("model %v, kernel %v, goal %v: %s, want %s", c.model, c.kernel, c.goal, f.Verdict(), c.want)
		}
	}
}

func TestTheProgramOfTheBenchmarkRuns(t *testing.T) {
	modelRun().Do(nil, programLength)
}

func TestRowsWithoutRepetitionsAreMeasuredToo(t *testing.T) {
	if testing.Short() {
		t.Skip("makes large machines")
	}
	for _, row := range Rows {
		if row.figure == nil {
			continue
		}
		f := measure(row, Options{Samples: 1, Sample: time.Millisecond, Self: os.Args[0]})
		if f.Model <= 0 && f.Why != errNotBuilt.Error() {
			t.Errorf("%v", f)
		}
	}
}

func TestRateOfFuzzIsReadFromTheSumsThatItPrints(t *testing.T) {
	sums, err := json.Marshal(difftest.Tally{Statements: 500, Elapsed: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	rate, err := rateInSums(append([]byte("{\"finding\":1}\n"), append(sums, '\n')...))
	if err != nil || rate != 250 {
		t.Errorf("500 statements in 2 s are %v a second, %v", rate, err)
	}
	if _, err := rateInSums(nil); err == nil {
		t.Error("no output has a rate")
	}
}
