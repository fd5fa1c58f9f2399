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

// Share write-protects both entries.
func (CopyOnWrite) Share(e vm.PTE) (parent, child vm.PTE) { return e &^ vm.PteWrite, e &^ vm.PteWrite }

// Store copies the page, unless the process is alone with it.
func (CopyOnWrite) Store(p *fault.Page) error {
	if p.OnlyHere() {
		p.Allow()
		return nil
	}
	own, err := p.NewFrame()
	if err != nil {
		return err
	}
	p.CopyTo(own)
	p.MapOwn(own)
	return nil
}
