package fault

import (
	"fmt"

	"vmsim/vm"
	"vmsim/vm/phys"
)

// Check compares the processor's translations with the page table: none may allow an access that the table does not, or
// lead to another frame. The error names the translation. A translation that allows less than the entry is right: the
// processor walks the table and finds out.
func (c *CPU) Check() error {
	for i := range c.tlb {
		s := &c.tlb[i]
		if s.page == 0 {
			continue
		}
		n := s.page - 1
		e := c.Space.Entry(n.Addr())
		switch {
		case !e.Present():
			return fmt.Errorf("fault: the TLB knows %v, where the table has %v", n.Addr(), e)
		case s.frame.PFN() != e.PFN():
			return fmt.Errorf("fault: the TLB shows frame %#x at %v, the table %#x", uint64(s.frame.PFN()), n.Addr(),
				uint64(e.PFN()))
		case s.can&(1<<vm.Load) != 0 && !e.Allows(vm.Load),
			s.can&(1<<vm.Store|carefulStore) != 0 && !(e.Allows(vm.Store) && e.Dirty()),
			s.can&(1<<vm.Fetch) != 0 && !e.Allows(vm.Fetch):
			return fmt.Errorf("fault: the TLB lets through at %v what the table does not: %v", n.Addr(), e)
		case s.can&(1<<vm.Store) != 0 && s.frame.Has(phys.Undetermined):
			return fmt.Errorf("fault: stores at %v do not see that bytes there are undetermined", n.Addr())
		case int(n%tlbSlots) != i:
			return fmt.Errorf("fault: the translation of %v is in slot %d", n.Addr(), i)
		}
	}
	return nil
}
