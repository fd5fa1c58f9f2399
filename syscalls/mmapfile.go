package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// maxFileSize is the largest offset that a file can have.
const maxFileSize = 1<<63 - 1

// beyond reports whether the range reaches past the offset most.
// Linux: file_mmap_ok (mm/mmap.c).
func (m *mapping) beyond(most uint64) bool {
	return m.n > most || uint64(m.index) > (most-m.n)>>vm.PageShift
}

// mmapFile checks the flags against how the file is open.
func (p *Process) mmapFile(m *mapping) error {
	most := uint64(maxFileSize)
	if m.file.Traits().Has(vm.Device) {
		most = 1<<64 - 1
	}
	if m.beyond(most) {
		return p.refuse(syscall.EOVERFLOW, "the range lies beyond the largest offset that a file can have")
	}
	mode := m.file.Mode
	switch m.flags & MapType {
	case MapShared, MapSharedValidate:
		if m.flags&MapType == MapShared {
			m.flags &= legacyMapMask
		}
		known := legacyMapMask
		if m.file.Traits().Has(vm.KnowsSync) {
			known |= MapSync
		}
		if m.flags&^known != 0 {
			return p.refuse(syscall.EOPNOTSUPP, "MAP_SHARED_VALIDATE, and a flag that this file does not know")
		}
		if m.prot&vm.ProtWrite != 0 && mode&pagecache.ModeWrite == 0 && !p.errs(profile.SharedWithoutRight) {
			return p.refuse(syscall.EACCES, "a shared, writable mapping of a file that is not open for writing")
		}
		if m.prot&vm.ProtWrite != 0 && m.file.Mapping.Swapfile {
			return p.refuse(pagecache.ETXTBSY, inUseAsSwap)
		}
		m.area |= vm.Shared | vm.MayShare
		if mode&pagecache.ModeWrite == 0 && !p.errs(profile.SharedWithoutRight) {
			m.area &^= vm.MayWrite | vm.Shared
		}
	case MapPrivate:
	default:
		return p.refuse(syscall.EINVAL, neitherType)
	}
	switch {
	case mode&pagecache.ModeRead == 0:
		return p.refuse(syscall.EACCES, "the file is not open for reading")
	case m.area.Has(vm.Exec) && p.noExec(m.file):
		return p.refuse(syscall.EPERM, "nothing on the file systems of pipes and sockets may be executed")
	case m.file.Traits().Has(vm.Unmappable):
		return p.refuse(syscall.ENODEV, "the device has no mmap operation")
	case m.area.Has(vm.GrowsDown):
		return p.refuse(syscall.EINVAL, "MAP_GROWSDOWN of a file")
	}
	return p.mmapSeals(m)
}

// mmapSeals checks a memfd's seals for a shared mapping.
// Linux: check_write_seal (mm/memfd.c).
func (p *Process) mmapSeals(m *mapping) error {
	if m.file.Mapping.Seals&(pagecache.SealWrite|pagecache.SealFutureWrite) == 0 || !m.area.Has(vm.Shared) {
		return nil
	}
	if m.area.Has(vm.Write) {
		return p.refuse(syscall.EPERM, "the file is sealed against writing")
	}
	m.area &^= vm.MayWrite
	return nil
}

// noExec reports whether the file lies where nothing may be executed: a userfaultfd does, a pidfd, and since 7.1 pipes
// and sockets.
// Linux: path_noexec (fs/exec.c).
func (p *Process) noExec(f *pagecache.File) bool {
	switch {
	case f == nil:
		return false
	case f.Userfaults() != nil:
		return p.follows(profile.UserfaultsWithoutExec)
	case f.Mapping.Pidfd():
		return f.Mapping.Regular()
	}
	return f.Stream() && p.follows(profile.PipesWithoutExec)
}
