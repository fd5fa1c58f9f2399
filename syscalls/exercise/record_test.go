package exercise

import (
	"strings"
	"testing"

	"vmsim/fault"
	"vmsim/syscalls"
	"vmsim/vm"
)

// unprotected is copy-on-write whose fork protects nothing.
type unprotected struct{}

func (unprotected) Share(e vm.PTE) (parent, child vm.PTE) { return e, e }

func (unprotected) Store(p *fault.Page) error {
	p.Allow()
	return nil
}

func TestBrokenInvariantNamesTheFirstLineInALongProgram(t *testing.T) {
	text := "p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\np[0] = 'a'\n" +
		strings.Repeat("p[0]\n", checkedAll) + "c = fork()\n" + strings.Repeat("p[0]\n", 2*checkedEvery)
	got := Record(Job{Name: "long.vms", Text: text}, func(Job) syscalls.Policies {
		return syscalls.Policies{CopyOnWrite: unprotected{}}
	})
	if want := "after line 253: "; !strings.HasPrefix(got.Invariant, want) || got.Broken != "" {
		t.Errorf("got %q, %q; want %q", got.Invariant, got.Broken, want)
	}
}
