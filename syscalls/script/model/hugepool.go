package model

import "fmt"

// HugePool is what the pool of huge pages has, as /proc/meminfo calls it.
func (m *Machine) HugePool() (string, error) {
	p := m.Kernel.Cache.Huge
	return fmt.Sprintf("HugePages_Total %d\nHugePages_Free %d\nHugePages_Rsvd %d\nHugePages_Surp %d\n", p.Total, p.Free,
		p.Reserved, p.Surplus), nil
}
