//go:build amd64

package shadow

import (
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"vmsim/syscalls"
	"vmsim/vm"
)

// evidence is a witness of one file, whose folios of four pages an area shows, and of one fault on it.
func evidence(uses []use, turns ...turn) (*witness, *tracee, string) {
	key := fileKey{dev: 1, ino: 2}
	w := &witness{paths: map[string]fileKey{"/lib/a": key},
		lies: map[fileKey][]syscalls.FolioRun{key: {{Order: 2, Count: 8}}},
		watch: &watch{files: map[inode]uint32{key.inode(): 1}, rings: []*useRing{{uses: uses}},
			walk: []*walker{{turns: turns}}}}
	x := &tracee{tid: 10, proc: &process{}}
	x.proc.mapsAround(x, pageFault{began: faultBegan, time: faultEnded, addr: 0x14000, how: accessUser, got: minor})
	for _, other := range []vm.Addr{0xf000, 0x10800} { // of the window before, and of an area before this one
		x.proc.mapsAround(x, pageFault{began: 1, time: 2, addr: other, how: accessUser, got: minor})
	}
	return w, x, "00011000-00030000 r--p 00001000 /lib/a"
}

const (
	faultBegan = 1_000_000_000
	faultEnded = faultBegan + 2000
	lackedPage = 0x15000 // the sixth of the file: the second folio begins with the fifth
)

// own is the record that the kernel has of the fault.
var own = use{faultBegan + 1000, 10, 1, 0, 15}

func TestPageThatIsPassedOverAgainAndAgainIsNotExplained(t *testing.T) {
	w, x, line := evidence([]use{own})
	w.report.Faults = 1 << 20
	for n, want := range []string{passedFolio, passedFolio, ""} {
		if got := w.lockedThen(x, line, lackedPage); got != want {
			t.Errorf("time %d: %q, not %q", n+1, got, want)
		}
	}
}

func TestPassedOverPageIsExplainedByWhatAnotherThreadDidToItsFolio(t *testing.T) {
	for _, c := range []struct {
		name string
		uses []use
		turn []turn
		want string
	}{
		{"nothing was seen", nil, nil, ""},
		{"the fault went not that far", []use{{faultBegan, 10, 1, 0, 4}, {faultBegan, 11, 1, 7, 20}}, nil, ""},
		{"another file", []use{{faultBegan, 10, 2, 0, 15}, {faultBegan, 11, 2, 5, 5}}, nil, ""},
		{"another thread mapped the folio", []use{own, {faultBegan, 11, 1, 7, 20}}, nil, lockedFolio},
		{"the thread's own fault", []use{own}, nil, passedFolio},
		{"another folio", []use{own, {faultBegan, 11, 1, 8, 20}}, nil, passedFolio},
		{"the folio before", []use{own, {faultBegan, 11, 1, 0, 3}}, nil, passedFolio},
		{"long before", []use{{faultBegan - 2*holds, 11, 1, 4, 15}, own}, nil, passedFolio},
		{"long after", []use{own, {faultEnded + 2*holds, 11, 1, 4, 15}}, nil, passedFolio},
		{"a thread of the kernel ran", []use{own}, []turn{{faultBegan - 5000, faultBegan + 1}}, walkedFolio},
		{"a thread of the kernel ran before", []use{own}, []turn{{faultBegan - 5000, faultBegan - 1}}, passedFolio},
	} {
		w, x, line := evidence(c.uses, c.turn...)
		if got := w.lockedThen(x, line, lackedPage); got != c.want {
			t.Errorf("%s: %q, not %q", c.name, got, c.want)
		}
	}
}

func TestPageThatNoFaultHasMappedAroundIsNotExplained(t *testing.T) {
	w, x, line := evidence([]use{{faultBegan, 10, 1, 0, 40}})
	if got := w.lockedThen(x, line, 0x25000); got != "" {
		t.Errorf("a page of another window: %q", got)
	}
	if got := w.lockedThen(x, "00013000-00030000 r--p 00000000 /lib/a", 0x21000); got == "" {
		t.Error("the first window of an area has as many pages as others, and this one is not of it")
	}
}

func TestPagesThatOthersHaveReadOrFreedExplainWhatDiffersNearThem(t *testing.T) {
	w, _, line := evidence(nil)
	w.numbers = map[int]int{10: 1}
	for _, c := range []struct {
		name string
		by   change
		want bool
	}{
		{"the page itself", change{11, 5, 5}, true},
		{"as near as a fault reads", change{11, 37, 40}, true},
		{"farther than that", change{11, 38, 40}, false},
		{"the program itself", change{10, 5, 5}, false},
	} {
		w.watch.changes = map[uint32][]change{1: {c.by}}
		if got := w.changedSince(line, lackedPage); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestCallIsForbiddenWhereARightIsMissingThatDecides(t *testing.T) {
	const limit = 1 << 16
	lock := func(n uint64, err syscall.Errno) *call { return &call{args: [6]uint64{0x1000, n}, err: err} }
	for _, c := range []struct {
		name string
		has  syscalls.Capabilities
		call *call
		want bool
	}{
		{"more than the limit", 0, lock(limit+vm.PageSize, syscall.ENOMEM), true},
		{"no more than that", 0, lock(limit, syscall.ENOMEM), false},
		{"another error", 0, lock(limit+vm.PageSize, syscall.EINVAL), false},
		{"with the right", syscalls.CapIPCLock, lock(limit+vm.PageSize, syscall.ENOMEM), false},
	} {
		if got := (rights{has: c.has}).refused(c.call, syscalls.SysMlock, limit); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// Whether such a fault came before the address space was copied is not known, so the child may have the page or not.
func TestOnlyPagesThatAnotherThreadTookInTheCallMayBeLackingInItsChild(t *testing.T) {
	w, p := newWitness(Options{}), &process{}
	caller, other := &tracee{proc: p}, &tracee{proc: p}
	caller.call.nr = unix.SYS_FORK
	w.cloning = caller
	for by, addr := range map[*tracee]vm.Addr{caller: 0x3000, other: 0x5000, {proc: &process{}}: 0x7000} {
		w.copied(by, pageFault{addr: addr, how: accessUser, got: minor})
	}
	child := &process{raced: caller.raced}
	for line, want := range map[string]bool{"00005000-00007000 rw-p 00000000": true,
		"00003000-00005000 rw-p 00000000": false, "00006000-00009000 rw-p 00000000": false} {
		if got := child.racedWithin(line); got != want {
			t.Errorf("%s: %v", line, got)
		}
	}
}
