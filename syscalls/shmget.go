package syscalls

import (
	"fmt"
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
)

// SegmentFlags are the flags of shmget. The lowest nine bits are the mode.
// Linux: IPC_*, SHM_* (include/uapi/linux/ipc.h, include/uapi/linux/shm.h).
type SegmentFlags uint64

// The flags.
const (
	SegmentCreate    SegmentFlags = 0o1000
	SegmentExclusive SegmentFlags = 0o2000
	SegmentHuge      SegmentFlags = 0o4000
	SegmentNoReserve SegmentFlags = 0o10000
)

// sharedSegment is a segment of System V shared memory.
// Linux: struct shmid_kernel (ipc/shm.c).
type sharedSegment struct {
	id      int
	key     int32
	size    uint64
	mode    uint32          // permissions, and destroyed or locked
	file    *pagecache.File // keeps the pages while the segment is not removed
	mapping *pagecache.Mapping
}

const (
	segmentRemoved = 0o1000 // goes with its last area
	segmentLocked  = 0o2000
)

// attached is how many areas show the segment.
func (s *sharedSegment) attached() int { return s.mapping.Areas().Len() }

// pages is how many pages the segment has.
func (s *sharedSegment) pages() uint64 { return (s.size + vm.PageMask) >> vm.PageShift }

// segments are those of the machine.
// Linux: struct ipc_ids (include/linux/ipc_namespace.h).
type segments struct {
	byIndex map[int]*sharedSegment
	next    int // where the search for a free index begins
	last    int // the index given out last
	turn    int // grows each time the indexes begin anew
}

const (
	leastSegmentSize  = 1
	maxSegmentSize    = 1<<64 - 1 - 1<<24
	maxSegments4K     = 4096 // Linux: kernel.shmmni
	segmentTurn       = 1 << 15
	leastSegmentCycle = 64 // Linux: ipc_min_cycle (ipc/util.c)
)

// reap frees removed segments that no area maps any more.
// Linux: shm_may_destroy (ipc/shm.c), asked by who detaches last.
func (t *segments) reap() {
	for i, s := range t.byIndex {
		if s.mode&segmentRemoved != 0 && s.attached() == 0 {
			delete(t.byIndex, i)
		}
	}
}

// find is the segment of that number, nil for none.
// Linux: shm_obtain_object_check (ipc/shm.c).
func (t *segments) find(id int) *sharedSegment {
	t.reap()
	if s := t.byIndex[id%segmentTurn]; s != nil && s.id == id {
		return s
	}
	return nil
}

// named is the segment of that key, nil for none.
func (t *segments) named(key int32) *sharedSegment {
	t.reap()
	for _, s := range t.byIndex {
		if s.key == key {
			return s
		}
	}
	return nil
}

// number allocates the next number: indexes are used in turn, so that an old number is not soon reused.
// Linux: ipc_idr_alloc (ipc/util.c).
func (t *segments) number() int {
	cycle := max(len(t.byIndex)*3/2, leastSegmentCycle)
	i := t.next
	for n := 0; n <= cycle; n++ {
		if i >= cycle {
			i = 0
		}
		if t.byIndex[i] == nil {
			break
		}
		i++
	}
	if i <= t.last {
		t.turn++
	}
	t.last, t.next = i, i+1
	return t.turn*segmentTurn + i
}

// Shmget finds the segment of a key, or makes one.
// Linux: ksys_shmget (ipc/shm.c).
func (p *Process) Shmget(key int32, size uint64, f SegmentFlags) (int, error) {
	p.enter(SysShmget)
	const private = 0
	if key == private {
		return p.newSegment(key, size, f)
	}
	s := p.kernel.segments.named(key)
	switch {
	case s == nil && f&SegmentCreate == 0:
		return -1, p.refuse(syscall.ENOENT, "no segment has that key")
	case s == nil:
		return p.newSegment(key, size, f)
	case f&(SegmentCreate|SegmentExclusive) == SegmentCreate|SegmentExclusive:
		return -1, p.refuse(syscall.EEXIST, "IPC_EXCL, and the segment exists")
	case size > s.size:
		return -1, p.refuse(syscall.EINVAL, "the segment is smaller than that")
	case !p.mayUse(s, uint32(f)):
		return -1, p.refuse(syscall.EACCES, "the segment's mode forbids it")
	}
	return s.id, nil
}

// mayUse reports whether the segment's mode grants its owner what is asked; root may do anything.
// Linux: ipcperms (ipc/util.c).
func (p *Process) mayUse(s *sharedSegment, asked uint32) bool {
	want := asked>>6 | asked>>3 | asked
	return want&^(s.mode>>6)&7 == 0 || p.kernel.capable(CapIPCOwner)
}

// newSegment makes a segment of zeros.
// Linux: newseg (ipc/shm.c).
func (p *Process) newSegment(key int32, size uint64, f SegmentFlags) (int, error) {
	k, pages := p.kernel, (size+vm.PageMask)>>vm.PageShift
	switch {
	case size < leastSegmentSize || size > maxSegmentSize:
		return -1, p.refuse(syscall.EINVAL, "no segment may have that size")
	case pages<<vm.PageShift < size:
		return -1, p.refuse(syscall.ENOSPC, "the size wraps around")
	case f&SegmentHuge != 0:
		return -1, p.refuse(p.hugeSegment(f), "the pool of huge pages is empty")
	case size > maxFileSize:
		return -1, p.refuse(syscall.EINVAL, "no file may have that size")
	}
	charged := f&SegmentNoReserve == 0 || k.Commit.Policy == vm.OvercommitNever
	if charged && k.Commit.Charge(pages) != nil {
		return -1, p.refuse(syscall.ENOMEM, k.Commit.Reason())
	}
	k.segments.reap()
	if len(k.segments.byIndex) >= maxSegments4K {
		return -1, p.refuse(syscall.ENOSPC, "there are kernel.shmmni segments")
	}
	s := &sharedSegment{id: k.segments.number(), key: key, size: size, mode: uint32(f) & 0o777}
	name := fmt.Sprintf("/SYSV%08x", uint32(key))
	s.mapping = k.Cache.NewSegment(name, uint64(s.id), int64(size))
	if charged {
		s.mapping.Deleted = func() { k.Commit.Return(pages) }
	}
	s.file = s.mapping.Open(name, pagecache.ModeRead|pagecache.ModeWrite)
	s.mapping.Linked(-1)
	k.segments.byIndex[s.id%segmentTurn] = s
	return s.id, nil
}

// hugeSegment is why a segment of huge pages cannot be made.
func (p *Process) hugeSegment(f SegmentFlags) syscall.Errno {
	if size := f >> 26 & 0x3f; size != 0 && size != 21 {
		return syscall.EINVAL
	}
	if !p.kernel.capable(CapIPCLock) {
		return syscall.EPERM
	}
	return syscall.ENOMEM
}
