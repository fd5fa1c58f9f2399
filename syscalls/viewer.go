package syscalls

import (
	"vmsim/syscalls/procfs"
	"vmsim/vm"
)

// Viewer is a Caller whose process can be looked at through /proc, in the kernel's own formats.
type Viewer interface {
	// ProcFile is the text of /proc/PID/name: maps, smaps, smaps_rollup, statm, or the memory lines of status. The
	// error is ENOENT for another name.
	ProcFile(name string) (string, error)
	// Pagemap fills out with the entries of /proc/PID/pagemap from page first on.
	Pagemap(first vm.VPN, out []procfs.PagemapEntry) error
	// PageFlags fills out with the flags in /proc/kpageflags of the frames that the pages from first on show; 0 where
	// they show none.
	PageFlags(first vm.VPN, out []procfs.PageFlags) error
}

// Proc is the process as /proc shows it.
func (p *Process) Proc() procfs.Process {
	return procfs.Process{Machine: &p.kernel.Proc, Space: p.Space, MayHuge: p.mm.mayHuge(p.kernel.config.Profile)}
}

// ProcFile is the text of a file of /proc/PID.
func (p *Process) ProcFile(name string) (string, error) { return p.Proc().File(name) }

// Maps is the text of /proc/PID/maps.
func (p *Process) Maps() string { return p.Proc().Maps() }

// Pagemap fills out with entries of /proc/PID/pagemap.
func (p *Process) Pagemap(first vm.VPN, out []procfs.PagemapEntry) error {
	p.Proc().Pagemap(first, out)
	return nil
}

// PageFlags fills out with the flags in /proc/kpageflags of the frames that the process's pages map.
func (p *Process) PageFlags(first vm.VPN, out []procfs.PageFlags) error {
	p.Proc().PageFlags(first, out)
	return nil
}
