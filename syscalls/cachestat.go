package syscalls

import (
	"encoding/binary"
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
)

// Cachestat counts the cached pages of a part of fd. rng is the address of offset and length, to the address for the
// result.
// Linux: sys_cachestat (mm/filemap.c).
func (p *Process) Cachestat(fd int, rng, to vm.Addr, flags uint32) error {
	p.enter(SysCachestat)
	d, err := p.descriptor(fd)
	if err != nil {
		return err
	}
	var in [16]byte
	switch {
	case !p.copyIn(rng, in[:]):
		return p.refuse(syscall.EFAULT, "the range is not readable")
	case d.file.Mode&pagecache.ModeWrite == 0 && !p.mayLookInto(d.file.Mapping):
		return p.refuse(syscall.EPERM, "the file is another user's, and the program may not write to it")
	case flags != 0:
		return p.refuse(syscall.EINVAL, "no such flag")
	}
	off, n := binary.LittleEndian.Uint64(in[:]), binary.LittleEndian.Uint64(in[8:])
	last := ^vm.PageIndex(0)
	if n != 0 {
		last = vm.PageIndex((off + n - 1) >> vm.PageShift)
	}
	return p.putBytes(to, cacheBytes(d.file.Mapping.CacheState(vm.PageIndex(off>>vm.PageShift), last)))
}

// cacheBytes is the result as struct cachestat in the program's memory.
func cacheBytes(s pagecache.CacheState) []byte {
	b := make([]byte, 0, 40)
	for _, w := range []uint64{s.Cached, s.Dirty, s.Writeback, s.Evicted, s.RecentlyEvicted} {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return b
}
