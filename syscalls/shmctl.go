package syscalls

import (
	"encoding/binary"
	"syscall"

	"vmsim/vm"
)

// SegmentCommand is what shmctl is to do.
// Linux: IPC_*, SHM_* (include/uapi/linux/ipc.h, include/uapi/linux/shm.h).
type SegmentCommand int

// The commands.
const (
	SegmentRemove  SegmentCommand = 0
	SegmentSet     SegmentCommand = 1
	SegmentStat    SegmentCommand = 2
	SegmentLimits  SegmentCommand = 3
	SegmentLock    SegmentCommand = 11
	SegmentUnlock  SegmentCommand = 12
	SegmentStatAt  SegmentCommand = 13 // by index
	SegmentUse     SegmentCommand = 14
	SegmentStatAny SegmentCommand = 15 // by index, whatever the mode
)

// Shmctl asks about a segment, or changes it.
// Linux: ksys_shmctl (ipc/shm.c).
func (p *Process) Shmctl(id int, c SegmentCommand, buf vm.Addr) (int, error) {
	p.enter(SysShmctl)
	if c < 0 || id < 0 {
		return -1, p.refuseFor(syscall.EINVAL, cause{c < 0, "the command is negative"}, cause{true,
			"the number is negative"})
	}
	switch c {
	case SegmentLimits, SegmentUse:
		return p.segmentsTell(c, buf)
	case SegmentStat, SegmentStatAt, SegmentStatAny:
		return p.segmentStat(id, c, buf)
	case SegmentSet, SegmentRemove, SegmentLock, SegmentUnlock:
		return 0, p.segmentChange(id, c, buf)
	}
	return -1, p.refuse(syscall.EINVAL, "an unknown command")
}

// highest is the highest index in use, 0 where there is none.
func (t *segments) highest() (most int) {
	t.reap()
	for i := range t.byIndex {
		most = max(most, i)
	}
	return most
}

// segmentsTell gives what holds for all segments.
// Linux: shmctl_ipc_info, shmctl_shm_info (ipc/shm.c).
func (p *Process) segmentsTell(c SegmentCommand, buf vm.Addr) (int, error) {
	t := &p.kernel.segments
	words := []uint64{maxSegmentSize, leastSegmentSize, maxSegments4K, maxSegments4K, maxSegmentSize, 0, 0, 0, 0}
	if c == SegmentUse {
		t.reap()
		var pages, resident uint64
		for _, s := range t.byIndex {
			pages += s.pages()
			resident += s.mapping.Cached()
		}
		words = []uint64{uint64(len(t.byIndex)), pages, resident, 0, 0, 0}
	}
	return t.highest(), p.putBytes(buf, littleEndian(words))
}

func littleEndian(words []uint64) (b []byte) {
	for _, w := range words {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return b
}

// segmentStat gives what is known of one segment.
// Linux: shmctl_stat (ipc/shm.c).
func (p *Process) segmentStat(id int, c SegmentCommand, buf vm.Addr) (int, error) {
	t := &p.kernel.segments
	s := t.find(id)
	if c != SegmentStat {
		s = t.byIndex[id%segmentTurn]
	}
	switch {
	case s == nil:
		return -1, p.refuse(syscall.EINVAL, "no segment has that number")
	case c != SegmentStatAny && !p.mayUse(s, 0o444):
		return -1, p.refuse(syscall.EACCES, "the segment's mode forbids it")
	}
	turn := uint64(s.id / segmentTurn)
	words := []uint64{uint64(uint32(s.key)), 0, uint64(s.mode) << 32, turn, 0, 0,
		s.size, 0, 0, 0, 0, uint64(s.attached()), 0, 0}
	if err := p.putBytes(buf, littleEndian(words)); err != nil || c == SegmentStat {
		return 0, err
	}
	return s.id, nil
}

// segmentBytes is the size of what IPC_SET reads.
// Linux: struct shmid64_ds (include/uapi/asm-generic/shmbuf.h).
const segmentBytes = 112

// segmentChange changes one segment.
// Linux: shmctl_down, shmctl_do_lock (ipc/shm.c).
func (p *Process) segmentChange(id int, c SegmentCommand, buf vm.Addr) error {
	var in [segmentBytes]byte
	if c == SegmentSet && !p.copyIn(buf, in[:]) {
		return p.refuse(syscall.EFAULT, "the attributes are not readable")
	}
	s := p.kernel.segments.find(id)
	if s == nil {
		return p.refuse(syscall.EINVAL, "no segment has that number")
	}
	switch c {
	case SegmentSet:
		const modeAt = 20
		s.mode = s.mode&^0o777 | binary.LittleEndian.Uint32(in[modeAt:])&0o777
	case SegmentRemove:
		p.removeSegment(s)
	case SegmentUnlock:
		if s.mode&segmentLocked != 0 {
			s.mode &^= segmentLocked
			s.mapping.ClearUnevictable()
		}
	case SegmentLock:
		l := p.limits.vm
		switch {
		case !l.MayLockAll && l.MemLock == 0:
			return p.refuse(syscall.EPERM, "RLIMIT_MEMLOCK is 0")
		case !l.MayLockAll && s.mode&segmentLocked == 0 &&
			p.kernel.segments.locked()+s.pages() > l.MemLock>>vm.PageShift:
			return p.refuse(syscall.ENOMEM, "more memory would be locked than RLIMIT_MEMLOCK allows")
		}
		s.mode |= segmentLocked
		s.mapping.SetUnevictable()
	}
	return nil
}

// locked is how many pages the locked segments have. They count together, beside what each process has locked.
// Linux: user_shm_lock (mm/mlock.c).
func (t *segments) locked() (pages uint64) {
	t.reap()
	for _, s := range t.byIndex {
		if s.mode&segmentLocked != 0 {
			pages += s.pages()
		}
	}
	return pages
}

// removeSegment takes the segment's key away; the segment goes with the last area that shows it.
// Linux: do_shm_rmid (ipc/shm.c).
func (p *Process) removeSegment(s *sharedSegment) {
	s.key = 0
	if s.mode&segmentRemoved == 0 {
		s.mode |= segmentRemoved
		s.file.Put()
	}
	p.kernel.segments.reap()
}
