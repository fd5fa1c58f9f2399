package fault

import (
	"vmsim/vm"
	"vmsim/vm/phys"
)

// EachTranslation calls fn for every cached translation, by slot, with the accesses that it allows: letters of r, w and
// x.
// Linux: none; no instruction reads the TLB of an x86 processor.
func (c *CPU) EachTranslation(fn func(page vm.VPN, frame phys.PFN, can string)) {
	for i := range c.tlb {
		s := &c.tlb[i]
		if s.page == 0 {
			continue
		}
		can := ""
		for _, k := range []vm.Access{vm.Load, vm.Store, vm.Fetch} {
			if s.can&(1<<k) != 0 {
				can += k.String()
			}
		}
		fn(s.page-1, s.frame.PFN(), can)
	}
}
