package difftest

import (
	"fmt"

	"vmsim/syscalls"
	"vmsim/vm"
)

// flagsDiffer compares the flags of the frames that n pages from first on show.
func (p *Pair) flagsDiffer(first vm.VPN, n int, k, m syscalls.Viewer) ([]Difference, error) {
	var want, got [mostPages]syscalls.PageFlags
	if err := k.PageFlags(first, want[:n]); err != nil {
		return nil, err
	}
	if err := m.PageFlags(first, got[:n]); err != nil {
		return nil, err
	}
	for i := range n {
		if w, g := want[i], got[i]; w != g {
			at := (first + vm.VPN(i)).Addr()
			return []Difference{{Kind: KPageFlags, What: "kpageflags", Want: fmt.Sprintf("%v %v", at, w), Got: g.String()}}, nil
		}
	}
	return nil, nil
}
