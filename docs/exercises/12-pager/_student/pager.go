// Package pager is a whole page-fault handler.
package pager

import (
	"vmsim/fault"
	"vmsim/vm"
)

// Pager repairs page faults.
type Pager struct{}

// New makes one for a machine.
func New() fault.Repairer { return Pager{} }

// Repair makes the entry of p allow the access.
func (Pager) Repair(p *fault.Page) error {
	if p.Access() == vm.Store {
		return fault.ErrNoPage // TODO
	}
	return fault.ErrNoPage // TODO
}
