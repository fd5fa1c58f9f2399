package difftest

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"vmsim/syscalls/plural"
)

// Campaign makes programs until its time or its number is up.
type Campaign struct {
	Kinds []Kind
	Reach Span
	Seed  uint64        // of the first program; each has the next
	Len   int           // statements of a program; 0 for a mixture of short and long ones
	Count int           // programs; 0 for no bound
	Most  int64         // statements; 0 for no bound
	For   time.Duration // 0 for no bound
	User  string        // as whom root lets the programs run; empty for the caller
	Limit int           // end after so many different differences; 0 for 20
	// NewLab makes a worker's machines; close gives them back.
	NewLab   func() (lab *Lab, close func(), err error)
	Workers  int          // 0 for 2
	Progress func(Tally)  // called now and then, from one worker at a time
	Found    func(Bundle) // called for each difference that is new, from one worker at a time
	Hung     func(Recipe) // called once for a program that has run for hungAfter; it may never end
}

// hungAfter is how long a program may run: both machines together need milliseconds for most.
const hungAfter = 90 * time.Second

// Tally is how far a campaign is.
type Tally struct {
	Programs   int64 `json:"programs"`
	Statements int64 `json:"statements"`
	Lost       int64 `json:"lost"`      // programs that the harness could not finish
	Differing  int64 `json:"differing"` // programs with something unexplained
	// of these, programs to which the kernel gave another answer when they were run again
	Unsteady int64 `json:"unsteady"`
	// programs that differed, but never without that something disturbed the kernel's side
	Undecided int64            `json:"undecided"`
	Disturbed map[string]int64 `json:"disturbed"` // by what disturbed it, programs that were run again for it
	Rules     map[string]int64 `json:"rules"`
	Elapsed   time.Duration    `json:"elapsed_ns"`
	LastLoss  string           `json:"last_loss,omitempty"`
}

// String is the tally on a line.
func (t Tally) String() string {
	rate := float64(t.Statements) / max(t.Elapsed.Seconds(), 0.001)
	text := fmt.Sprintf("%s, %s, %.0f/s, %s, %d lost", plural.Count(t.Programs, "program", "programs"),
		plural.Count(t.Statements, "statement", "statements"), rate,
		plural.Count(t.Differing, "differs", "differ"), t.Lost)
	if t.Unsteady > 0 {
		text += fmt.Sprintf(" (%d of those that differ did not when they were run again)", t.Unsteady)
	}
	if t.Undecided > 0 {
		text += fmt.Sprintf(", %d undecided", t.Undecided)
	}
	return text
}

// runner is a campaign that runs.
type runner struct {
	Campaign
	next  atomic.Uint64
	start time.Time
	mu    sync.Mutex
	tally Tally
	seen  map[string]int  // signatures
	found map[string]bool // those that repeat
	busy  map[uint64]*job
	stop  atomic.Bool
	err   error
}

// job is a program that a worker runs.
type job struct {
	rec   Recipe
	since time.Time
	told  bool
}

// perSignature is how many programs of one signature are made shorter: two causes may look alike.
const perSignature = 2

// Run runs the campaign. The error is one of making the machines.
func (c Campaign) Run() (Tally, error) {
	r := &runner{Campaign: c, start: time.Now(), seen: map[string]int{}, found: map[string]bool{},
		busy: map[uint64]*job{}, tally: Tally{Rules: map[string]int64{}, Disturbed: map[string]int64{}}}
	if r.Limit == 0 {
		r.Limit = 20
	}
	if slices.ContainsFunc(r.Kinds, Kind.alone) {
		r.Workers = 1
	}
	var wg sync.WaitGroup
	for range max(1, r.Workers) {
		wg.Go(r.work)
	}
	quit := make(chan struct{})
	go r.watch(quit)
	wg.Wait()
	close(quit)
	r.tally.Elapsed = time.Since(r.start)
	return r.tally, r.err
}

// watch looks for programs that do not end.
func (r *runner) watch(quit chan struct{}) {
	tick := time.NewTicker(hungAfter / 10)
	defer tick.Stop()
	for {
		select {
		case <-quit:
			return
		case <-tick.C:
		}
		r.mu.Lock()
		for _, j := range r.busy {
			if !j.told && time.Since(j.since) > hungAfter && r.Hung != nil {
				j.told = true
				r.Hung(j.rec)
			}
		}
		r.mu.Unlock()
	}
}

// work makes one program after another.
func (r *runner) work() {
	lab, done, err := r.NewLab()
	if err != nil {
		r.locked(func() { r.err = err })
		return
	}
	defer done()
	if r.For > 0 {
		lab.Until = r.start.Add(r.For)
	}
	for !r.stop.Load() {
		n := r.next.Add(1) - 1
		if r.Count > 0 && n >= uint64(r.Count) || r.For > 0 && time.Since(r.start) > r.For {
			return
		}
		lab.began = func() { r.begins(n) }
		r.program(lab, n)
		r.locked(func() { delete(r.busy, n) })
	}
}

// locked runs fn with what the workers share.
func (r *runner) locked(fn func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fn()
}

// begins notes that a worker begins to run program n, or one that is made of it.
func (r *runner) begins(n uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.busy[n] = &job{rec: r.recipe(n), since: time.Now()}
}

// recipe is that of the n-th program.
func (r *runner) recipe(n uint64) Recipe {
	rec := Recipe{Kind: r.Kinds[n%uint64(len(r.Kinds))], Seed: r.Seed + n/uint64(len(r.Kinds)), Len: r.Len,
		Wide: r.Reach, User: r.User}
	if r.Reach == Both {
		rec.Wide = Span(rec.Seed & 1)
	}
	if rec.Len == 0 {
		rec.Len = [...]int{40, 40, 40, 120, 300}[rec.Seed%5]
	}
	return rec
}

func (r *runner) program(lab *Lab, n uint64) {
	rec := r.recipe(n)
	out, err := lab.Make(rec)
	if fresh := r.count(out, err, rec); fresh {
		r.keep(newBundle(lab, rec, out.Ops, out.Unexplained[0]), out.Unexplained[0].Signature())
	}
}

// keep counts what was found, and hands it on.
func (r *runner) keep(b Bundle, sig string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if b.Repeats {
		r.found[sig] = true
	} else {
		r.tally.Unsteady++
		r.seen[sig]--
	}
	if len(r.found) >= r.Limit {
		r.stop.Store(true)
	}
	if r.Found != nil {
		r.Found(b)
	}
}

// count adds a program to the tally; fresh means that what it differs in has not been seen often enough.
func (r *runner) count(out Outcome, err error, rec Recipe) (fresh bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := &r.tally
	t.add(out, err, rec)
	if r.Most > 0 && t.Statements >= r.Most {
		r.stop.Store(true)
	}
	if len(out.Unexplained) > 0 {
		t.Differing++
		sig := out.Unexplained[0].Signature()
		r.seen[sig]++
		fresh = r.seen[sig] <= perSignature
	}
	if r.Progress != nil {
		t.Elapsed = time.Since(r.start)
		r.Progress(*t)
	}
	return fresh
}

// add counts a program that has run; err says that it was lost.
func (t *Tally) add(out Outcome, err error, rec Recipe) {
	t.Programs++
	t.Statements += int64(len(out.Ops))
	for _, rule := range out.Explained {
		t.Rules[rule.Name]++
	}
	for _, cause := range out.Disturbed {
		t.Disturbed[cause]++
	}
	if out.Undecided {
		t.Undecided++
	}
	if err != nil {
		t.Lost++
		t.LastLoss = fmt.Sprintf("%v: %v", rec, err)
	}
}
