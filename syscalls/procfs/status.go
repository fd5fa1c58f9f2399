package procfs

import (
	"fmt"
	"strings"

	"vmsim/vm"
)

// StatusMemory is the lines of /proc/PID/status that tell of memory.
// Linux: task_mem (fs/proc/task_mmu.c).
func (p Process) StatusMemory() string {
	st := &p.Space.Stats
	code := p.codePages()
	exe := min(code, st.Exec)
	var b strings.Builder
	line := func(name string, pages uint64) { fmt.Fprintf(&b, "%s:\t%8d kB\n", name, pages<<(vm.PageShift-10)) }
	line("VmPeak", st.Peak())
	line("VmSize", st.Total)
	line("VmLck", st.Locked)
	line("VmPin", 0)
	line("VmHWM", st.PeakResident())
	line("VmRSS", st.KnownResident())
	line("RssAnon", st.KnownRSS(vm.RSSAnon))
	line("RssFile", st.KnownRSS(vm.RSSFile))
	line("RssShmem", st.KnownRSS(vm.RSSShmem))
	line("VmData", st.Data)
	line("VmStk", st.Stack)
	line("VmExe", exe)
	line("VmLib", st.Exec-exe)
	line("VmPTE", p.Space.Table().Below())
	line("VmSwap", st.KnownRSS(vm.RSSSwap))
	line("HugetlbPages", st.Huge)
	return b.String()
}

// codePages is how many pages the program's own code takes.
func (p Process) codePages() uint64 {
	l := &p.Space.Layout
	return uint64(vm.Addr(vm.PageAlign(uint64(l.EndCode)))-l.StartCode.Floor()) >> vm.PageShift
}

// Statm is the text of /proc/PID/statm: pages mapped, resident, of files, code, 0, data with stack, 0.
// Linux: proc_pid_statm (fs/proc/array.c), task_statm (fs/proc/task_mmu.c).
func (p Process) Statm() string {
	st := &p.Space.Stats
	return fmt.Sprintf("%d %d %d %d 0 %d 0\n", st.Total, st.KnownResident(),
		st.KnownRSS(vm.RSSFile)+st.KnownRSS(vm.RSSShmem), p.codePages(), st.Data+st.Stack)
}
