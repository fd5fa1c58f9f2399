package difftest

import (
	"fmt"
	"slices"
	"strings"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
)

// counters are those of /proc/vmstat that what a process does decides.
var counters = strings.Fields(`pgfault pgmajfault pgreuse
nr_anon_pages nr_mapped nr_file_pages nr_shmem nr_dirty nr_writeback nr_swapcached
nr_inactive_anon nr_active_anon nr_inactive_file nr_active_file nr_unevictable
pgactivate pgdeactivate pglazyfree pglazyfreed
unevictable_pgs_culled unevictable_pgs_rescued unevictable_pgs_mlocked unevictable_pgs_munlocked unevictable_pgs_cleared
unevictable_pgs_stranded`)

// CounterNames are the counters of /proc/vmstat that the evidence vmstat compares.
func CounterNames() []string { return slices.Clone(counters) }

// keepsCount is a machine that has to know, before it is set up, that it will be asked for counters.
type keepsCount interface{ KeepCounted() error }

// counts is a machine that tells counters of /proc/vmstat.
type counts interface {
	Counters(names []string, out []uint64) error
}

// sharesCounters is a machine that keeps some counters for itself and everything else that runs beside it.
type sharesCounters interface{ SharesCounter(name string) bool }

// readers are the counters that a reader of a process's command line moves: it uses a page of the process's stack,
// which may become active, and the reader's processor holds the page in a batch, perhaps beyond the process's end.
// Linux: get_mm_cmdline (fs/proc/base.c), folio_mark_accessed (mm/swap.c).
var readers = []string{"nr_inactive_anon", "nr_active_anon"}

// tally is what the two machines have counted.
type tally struct {
	shared   []bool      // of each counter, whether others count there too
	last     [2][]uint64 // when they were looked at last: the kernel's, the model's
	now      [2][]uint64
	suspects []suspect
	sure     []suspect // of those counters, what is reported
}

func newTally(kernel run.Machine) *tally {
	t := &tally{shared: make([]bool, len(counters))}
	for i := range t.last {
		t.last[i], t.now[i] = make([]uint64, len(counters)), make([]uint64, len(counters))
	}
	if m, ok := kernel.(sharesCounters); ok {
		for i, name := range counters {
			t.shared[i] = m.SharesCounter(name)
		}
	}
	return t
}

// startCounting begins to compare counters, where that is wanted and the program's files are in memory.
func (p *Pair) startCounting(ops []script.Op) error {
	if p.kinds&VMStat == 0 || p.limited || slices.ContainsFunc(ops, onDisk) {
		return nil
	}
	p.tally = newTally(p.kernel.m)
	return p.tally.begin(p)
}

// looksAt are the kinds that this program is compared by.
func (p *Pair) looksAt() run.Kinds {
	kinds := p.kinds
	if p.tally == nil {
		kinds &^= VMStat
	}
	if !p.limited {
		kinds &^= Pressure
	}
	return kinds
}

// onDisk reports whether an operation says that files lie on a disk.
func onDisk(op script.Op) bool {
	d, ok := op.Do.(*script.Directive)
	return ok && slices.Contains(d.Settings, script.Setting{Name: "fs", Value: "ext4"})
}

// believe has the tally report what is known to repeat.
func (t *tally) believe(sure []suspect) {
	if t != nil {
		t.sure = sure
	}
}

// happenedAt notes the position of the last statement in the whole program.
func (t *tally) happenedAt(op int) {
	if t == nil {
		return
	}
	for i := len(t.suspects) - 1; i >= 0 && t.suspects[i].op < 0; i-- {
		t.suspects[i].op = op
	}
}

// look reads both machines' counters.
func (t *tally) look(p *Pair) error {
	t.last, t.now = t.now, t.last
	for i, m := range [...]run.Machine{p.kernel.m, p.model.m} {
		c, ok := m.(counts)
		if !ok {
			return fmt.Errorf("%T has no counters", m)
		}
		if err := c.Counters(counters, t.now[i]); err != nil {
			return err
		}
	}
	return nil
}

// begin reads the counters from which the program's are counted, until they no longer change: the kernel adds up every
// two seconds, and where that falls between the beats of its group, pages that only the beat maps are in the sum.
func (t *tally) begin(p *Pair) error {
	const most = 5
	for range most {
		if err := t.look(p); err != nil {
			return err
		}
		if !t.differs() {
			break
		}
	}
	return nil
}

// differs reports whether a counter that is the program's alone has changed in one machine by more than in the other.
func (t *tally) differs() bool {
	for i, shared := range t.shared {
		if !shared && t.now[0][i]-t.last[0][i] != t.now[1][i]-t.last[1][i] {
			return true
		}
	}
	return false
}

// counted compares what the statements since the last look have added to the counters.
func (p *Pair) counted(op *script.Op) (out []Difference, err error) {
	t := p.tally
	if t == nil {
		return nil, nil
	}
	if err := t.look(p); err != nil {
		return nil, err
	}
	if _, ok := op.Do.(*script.Directive); ok {
		return nil, nil // it is done to the machine, not by a process
	}
	if t.differs() {
		// The kernel adds up every two seconds; where that falls between the beats of its group, it counts
		// from there.
		t.last, t.now = t.now, t.last
		if err := t.look(p); err != nil {
			return nil, err
		}
	}
	return p.compareCounters(op), nil
}

// compareCounters compares how far each counter has moved on both sides since the last look.
func (p *Pair) compareCounters(op *script.Op) (out []Difference) {
	t := p.tally
	for i, name := range counters {
		want, got := int64(t.now[0][i]-t.last[0][i]), int64(t.now[1][i]-t.last[1][i])
		if want == got {
			continue
		}
		d := Difference{Op: op, Kind: VMStat, What: "vmstat", Want: fmt.Sprintf("%s %+d", name, want),
			Got: fmt.Sprintf("%+d", got)}
		if !t.shared[i] && !slices.Contains(readers, name) {
			out = append(out, d)
			continue
		}
		p.suspect(suspect{at: p.at - 1, op: -1, name: name, want: want, got: got, diff: d}, &out)
	}
	return out
}
