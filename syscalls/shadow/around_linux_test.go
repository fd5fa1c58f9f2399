//go:build amd64

package shadow

import (
	"syscall"
	"testing"

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
	x.proc.mapsAround(x, pageFault{began: faultBegan, time: faultEnded, addr: 0x10000, how: accessUser, got: minor})
	return w, x, "00010000-00030000 r--p 00000000 /lib/a"
}

const (
	faultBegan = 1_000_000_000
	faultEnded = faultBegan + 2000
	lackedPage = 0x15000 // the sixth of the file: the second folio begins with the fifth
)

func TestPassedOverPageIsExplainedByWhatAnotherThreadDidToItsFolio(t *testing.T) {
	for _, c := range []struct {
		name string
		uses []use
		turn []turn
		want string
	}{
		{"nothing was seen", nil, nil, ""},
		{"another thread mapped the folio", []use{{faultBegan, 11, 1, 7, 20}}, nil, lockedFolio},
		{"the thread's own fault", []use{{faultBegan, 10, 1, 0, 15}}, nil, ""},
		{"another folio", []use{{faultBegan, 11, 1, 8, 20}}, nil, ""},
		{"the folio before", []use{{faultBegan, 11, 1, 0, 3}}, nil, ""},
		{"another file", []use{{faultBegan, 11, 2, 5, 5}}, nil, ""},
		{"long before", []use{{faultBegan - 20*latest, 11, 1, 4, 15}}, nil, ""},
		{"long after", []use{{faultEnded + 2*latest, 11, 1, 4, 15}}, nil, ""},
		{"a thread of the kernel ran", nil, []turn{{faultBegan - 5000, faultBegan + 1}}, walkedFolio},
		{"a thread of the kernel ran before", nil, []turn{{faultBegan - 5000, faultBegan - 1}}, ""},
	} {
		w, x, line := evidence(c.uses, c.turn...)
		if got := w.lockedThen(x, line, lackedPage); got != c.want {
			t.Errorf("%s: %q, not %q", c.name, got, c.want)
		}
	}
}

func TestPageThatNoFaultHasMappedAroundIsNotExplained(t *testing.T) {
	w, x, line := evidence([]use{{faultBegan, 11, 1, 0, 40}})
	if got := w.lockedThen(x, line, 0x25000); got != "" {
		t.Errorf("a page of another window: %q", got)
	}
	if got := w.lockedThen(x, "00013000-00030000 r--p 00000000 /lib/a", 0x21000); got == "" {
		t.Error("the first window of an area has as many pages as others, and this one is not of it")
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
