package procfs

import (
	"fmt"
	"strings"

	"vmsim/vm"
)

// swaps is the text of /proc/swaps.
// Linux: swap_show (mm/swapfile.c).
func (m *Machine) swaps() string {
	const kb = vm.PageSize / 1024
	b := new(strings.Builder)
	b.WriteString("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n")
	for _, a := range m.Swap.Areas() {
		kind := "partition"
		if a.File {
			kind = "file\t"
		}
		fmt.Fprintf(b, "%-39s %s\t%d\t%s%d\t%s%d\n", a.Name, kind, a.Pages*kb, shortColumn(a.Pages*kb), a.Used*kb,
			shortColumn(a.Used*kb), a.Priority)
	}
	return b.String()
}

// shortColumn is a second tab behind a number of fewer than eight digits.
func shortColumn(kb uint64) string {
	if kb < 10000000 {
		return "\t"
	}
	return ""
}
