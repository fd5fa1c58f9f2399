// Package cow is copy-on-write at fork.
package cow

import (
	"vmsim/fault"
	"vmsim/vm"
)

// CopyOnWrite decides what fork shares, and what the first store to a shared page does.
type CopyOnWrite struct{}

// New makes one for a machine.
func New() fault.CopyOnWrite { return CopyOnWrite{} }

// Share is what becomes of the entry e of a private page that the parent may write to.
func (CopyOnWrite) Share(e vm.PTE) (parent, child vm.PTE) {
	return e, e // TODO: a store of either process has to fault.
}

// Store repairs a store to a private page that is present and write-protected.
func (CopyOnWrite) Store(p *fault.Page) error {
	p.Allow() // TODO: others may see the frame.
	return nil
}
