package procfs

import (
	"fmt"
	"strings"

	"vmsim/vm"
)

// meminfoLine is a line of /proc/meminfo: a name and how many pages; nil for what the model does not have.
type meminfoLine struct {
	name  string
	pages func(m *Machine) uint64
}

func stat(name string) func(*Machine) uint64 {
	return func(m *Machine) uint64 {
		v, _ := m.Counter(name)
		return v
	}
}

// meminfoLines are the lines in the order of Linux 6.18.
// Linux: meminfo_proc_show (fs/proc/meminfo.c).
var meminfoLines = []meminfoLine{
	{"MemTotal", func(m *Machine) uint64 { return m.Memory.Total() }},
	{"MemFree", func(m *Machine) uint64 { return m.Memory.Free() }},
	{"MemAvailable", func(m *Machine) uint64 { return m.Memory.Free() + m.frames(cached) - m.frames(shared) }},
	{"Buffers", nil},
	{"Cached", func(m *Machine) uint64 { return m.frames(cached) - m.frames(swapCached) }},
	{"SwapCached", stat("nr_swapcached")},
	{"Active", func(m *Machine) uint64 { return m.frames(activeAnon) + m.frames(activeFile) }},
	{"Inactive", func(m *Machine) uint64 { return m.frames(inactiveAnon) + m.frames(inactiveFile) }},
	{"Active(anon)", func(m *Machine) uint64 { return m.frames(activeAnon) }},
	{"Inactive(anon)", func(m *Machine) uint64 { return m.frames(inactiveAnon) }},
	{"Active(file)", func(m *Machine) uint64 { return m.frames(activeFile) }},
	{"Inactive(file)", func(m *Machine) uint64 { return m.frames(inactiveFile) }},
	{"Unevictable", func(m *Machine) uint64 { return m.frames(unevictable) }},
	{"Mlocked", stat("nr_mlock")},
	{"SwapTotal", func(m *Machine) uint64 { return m.Commit.Swap }},
	{"SwapFree", func(m *Machine) uint64 { return m.Commit.Swap - m.swapUsed() }},
	{"Zswap", nil}, {"Zswapped", nil},
	{"Dirty", stat("nr_dirty")},
	{"Writeback", stat("nr_writeback")},
	{"AnonPages", stat("nr_anon_pages")},
	{"Mapped", stat("nr_mapped")},
	{"Shmem", stat("nr_shmem")},
	{"KReclaimable", nil}, {"Slab", nil}, {"SReclaimable", nil}, {"SUnreclaim", nil}, {"KernelStack", nil},
	{"PageTables", stat("nr_page_table_pages")},
	{"SecPageTables", nil}, {"NFS_Unstable", nil}, {"Bounce", nil}, {"WritebackTmp", nil},
	{"CommitLimit", func(m *Machine) uint64 { return m.Commit.Limit() }},
	{"Committed_AS", func(m *Machine) uint64 { return m.Commit.Committed }},
	{"VmallocTotal", nil},
	{"VmallocUsed", nil}, {"VmallocChunk", nil}, {"Percpu", nil}, {"AnonHugePages", nil}, {"ShmemHugePages", nil},
	{"ShmemPmdMapped", nil}, {"FileHugePages", nil}, {"FilePmdMapped", nil}, {"Balloon", nil},
}

// Meminfo is the text of /proc/meminfo. What the model has none of is 0.
func (m *Machine) Meminfo() string {
	var b strings.Builder
	for _, l := range meminfoLines {
		if l.name == "VmallocTotal" {
			b.WriteString("VmallocTotal:   34359738367 kB\n") // a constant of the processor's, and no whole pages
			continue
		}
		pages := uint64(0)
		if l.pages != nil {
			pages = l.pages(m)
		}
		fmt.Fprintf(&b, "%-15s %8d kB\n", l.name+":", pages<<(vm.PageShift-10))
	}
	m.hugePages(&b)
	return b.String()
}

// hugePages writes the lines about the pool of huge pages.
// Linux: hugetlb_report_meminfo (mm/hugetlb.c).
func (m *Machine) hugePages(b *strings.Builder) {
	for _, l := range []struct {
		name  string
		pages uint64
	}{{"Total", m.Huge.Total}, {"Free", m.Huge.Free}, {"Rsvd", m.Huge.Reserved}, {"Surp", m.Huge.Surplus}} {
		fmt.Fprintf(b, "%-15s %8d\n", "HugePages_"+l.name+":", l.pages)
	}
	fmt.Fprintf(b, "Hugepagesize:       2048 kB\nHugetlb:        %8d kB\n", m.Huge.Total*vm.PMDSize>>10)
}

// swapUsed is how many pages of the swap area are taken.
func (m *Machine) swapUsed() uint64 {
	if m.Swap == nil {
		return 0
	}
	return m.Swap.Used()
}
