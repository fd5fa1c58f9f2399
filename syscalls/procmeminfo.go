package syscalls

import (
	"fmt"
	"strings"

	"vmsim/vm"
)

// meminfoLine is a line of /proc/meminfo: a name and how many pages; nil for what the model does not have.
type meminfoLine struct {
	name  string
	pages func(k *Kernel) uint64
}

func stat(name string) func(*Kernel) uint64 {
	return func(k *Kernel) uint64 {
		v, _ := k.VMStat(name)
		return v
	}
}

// meminfoLines are the lines in the order of Linux 6.18.
// Linux: meminfo_proc_show (fs/proc/meminfo.c).
var meminfoLines = []meminfoLine{
	{"MemTotal", func(k *Kernel) uint64 { return k.Memory.Total() }},
	{"MemFree", func(k *Kernel) uint64 { return k.Memory.Free() }},
	{"MemAvailable", func(k *Kernel) uint64 { return k.Memory.Free() + k.frames(cached) - k.frames(shared) }},
	{"Buffers", nil},
	{"Cached", func(k *Kernel) uint64 { return k.frames(cached) - k.frames(swapCached) }},
	{"SwapCached", stat("nr_swapcached")},
	{"Active", func(k *Kernel) uint64 { return k.frames(activeAnon) + k.frames(activeFile) }},
	{"Inactive", func(k *Kernel) uint64 { return k.frames(inactiveAnon) + k.frames(inactiveFile) }},
	{"Active(anon)", func(k *Kernel) uint64 { return k.frames(activeAnon) }},
	{"Inactive(anon)", func(k *Kernel) uint64 { return k.frames(inactiveAnon) }},
	{"Active(file)", func(k *Kernel) uint64 { return k.frames(activeFile) }},
	{"Inactive(file)", func(k *Kernel) uint64 { return k.frames(inactiveFile) }},
	{"Unevictable", func(k *Kernel) uint64 { return k.frames(unevictable) }},
	{"Mlocked", stat("nr_mlock")},
	{"SwapTotal", func(k *Kernel) uint64 { return k.config.Swap / vm.PageSize }},
	{"SwapFree", func(k *Kernel) uint64 { return k.config.Swap/vm.PageSize - k.swapUsed() }},
	{"Zswap", nil}, {"Zswapped", nil},
	{"Dirty", stat("nr_dirty")},
	{"Writeback", stat("nr_writeback")},
	{"AnonPages", stat("nr_anon_pages")},
	{"Mapped", stat("nr_mapped")},
	{"Shmem", stat("nr_shmem")},
	{"KReclaimable", nil}, {"Slab", nil}, {"SReclaimable", nil}, {"SUnreclaim", nil}, {"KernelStack", nil},
	{"PageTables", stat("nr_page_table_pages")},
	{"SecPageTables", nil}, {"NFS_Unstable", nil}, {"Bounce", nil}, {"WritebackTmp", nil},
	{"CommitLimit", func(k *Kernel) uint64 { return k.Commit.Limit() }},
	{"Committed_AS", func(k *Kernel) uint64 { return k.Commit.Committed }},
	{"VmallocTotal", nil},
	{"VmallocUsed", nil}, {"VmallocChunk", nil}, {"Percpu", nil}, {"AnonHugePages", nil}, {"ShmemHugePages", nil},
	{"ShmemPmdMapped", nil}, {"FileHugePages", nil}, {"FilePmdMapped", nil}, {"Balloon", nil},
}

// Meminfo is the text of /proc/meminfo. What the model has none of is 0.
func (k *Kernel) Meminfo() string {
	var b strings.Builder
	for _, l := range meminfoLines {
		if l.name == "VmallocTotal" {
			b.WriteString("VmallocTotal:   34359738367 kB\n") // a constant of the processor's, and no whole pages
			continue
		}
		pages := uint64(0)
		if l.pages != nil {
			pages = l.pages(k)
		}
		fmt.Fprintf(&b, "%-15s %8d kB\n", l.name+":", pages<<(vm.PageShift-10))
	}
	b.WriteString("HugePages_Total:       0\nHugePages_Free:        0\nHugePages_Rsvd:        0\nHugePages_Surp:     " +
		"   0\n" +
		"Hugepagesize:       2048 kB\nHugetlb:               0 kB\n")
	return b.String()
}

// swapUsed is how many pages of the swap area are taken.
func (k *Kernel) swapUsed() uint64 {
	if k.swap == nil {
		return 0
	}
	return k.swap.Used()
}
