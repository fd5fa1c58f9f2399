package syscalls

import (
	"vmsim/pagecache"
	"vmsim/vm"
)

// The calls on files, by number: how their registers are read.

func init() {
	register(openCalls)
	register(transferCalls)
	register(descriptorCalls)
	register(inodeCalls)
}

// pathIn reads the path at a after a call's other checks.
func (p *Process) pathIn(a uint64) pathSource {
	return func() (string, error) { return p.pathAt(at(a)) }
}

// number is a result that is a descriptor or a position.
func number[T int | int64](n T, err error) (uint64, error) { return uint64(n), err }

var openCalls = map[Number]handler{
	SysOpen: func(p *Process, a Args) (uint64, error) {
		p.enter(SysOpen)
		return number(p.openAt(AtCWD, p.pathIn(a[0]), OpenFlags(uint32(a[1])), uint32(a[2])))
	},
	SysOpenat: func(p *Process, a Args) (uint64, error) {
		p.enter(SysOpenat)
		return number(p.openAt(fdOf(a[0]), p.pathIn(a[1]), OpenFlags(uint32(a[2])), uint32(a[3])))
	},
	SysCreat: func(p *Process, a Args) (uint64, error) {
		p.enter(SysCreat)
		return number(p.openAt(AtCWD, p.pathIn(a[0]), OpenCreate|OpenWriteOnly|OpenTruncate, uint32(a[1])))
	},
	SysMemfdCreate: func(p *Process, a Args) (uint64, error) {
		p.enter(SysMemfdCreate)
		return number(p.memfd(p.memfdName(at(a[0])), MemfdFlags(uint32(a[1]))))
	},
	SysUnlink: func(p *Process, a Args) (uint64, error) {
		p.enter(SysUnlink)
		return none(p.unlinkAt(AtCWD, p.pathIn(a[0])))
	},
	SysUnlinkat: func(p *Process, a Args) (uint64, error) {
		p.enter(SysUnlinkat)
		return none(p.removeAt(fdOf(a[0]), p.pathIn(a[1]), AtFlags(uint32(a[2]))))
	},
	SysTruncate: func(p *Process, a Args) (uint64, error) {
		p.enter(SysTruncate)
		return none(p.truncatePath(p.pathIn(a[0]), int64(a[1])))
	},
	SysSwapon: func(p *Process, a Args) (uint64, error) {
		p.enter(SysSwapon)
		return none(p.swapon(p.pathIn(a[0]), SwapFlags(uint32(a[1]))))
	},
	SysSwapoff: func(p *Process, a Args) (uint64, error) {
		p.enter(SysSwapoff)
		return none(p.swapoff(p.pathIn(a[0])))
	},
	SysStat:  statCall(SysStat, follow),
	SysLstat: statCall(SysLstat, noFollow),
	SysNewfstatat: func(p *Process, a Args) (uint64, error) {
		p.enter(SysNewfstatat)
		s, err := p.statPath(fdOf(a[0]), at(a[1]), AtFlags(uint32(a[3])))
		return p.putStat(at(a[2]), s, err)
	},
	SysStatx: func(p *Process, a Args) (uint64, error) {
		return none(p.Statx(fdOf(a[0]), at(a[1]), AtFlags(uint32(a[2])), StatMask(uint32(a[3])), at(a[4])))
	},
}

func statCall(nr Number, f following) handler {
	return func(p *Process, a Args) (uint64, error) {
		p.enter(nr)
		s, err := p.statAt(AtCWD, p.pathIn(a[0]), f)
		return p.putStat(at(a[1]), s, err)
	}
}

var transferCalls = map[Number]handler{
	SysRead:    func(p *Process, a Args) (uint64, error) { return p.Read(fdOf(a[0]), at(a[1]), a[2]) },
	SysWrite:   func(p *Process, a Args) (uint64, error) { return p.Write(fdOf(a[0]), at(a[1]), a[2]) },
	SysPread64: func(p *Process, a Args) (uint64, error) { return p.Pread64(fdOf(a[0]), at(a[1]), a[2], int64(a[3])) },
	SysPwrite64: func(p *Process, a Args) (uint64,
		error) {
		return p.Pwrite64(fdOf(a[0]), at(a[1]), a[2], int64(a[3]))
	},
	SysReadv:  func(p *Process, a Args) (uint64, error) { return p.Readv(fdOf(a[0]), at(a[1]), uint32(a[2])) },
	SysWritev: func(p *Process, a Args) (uint64, error) { return p.Writev(fdOf(a[0]), at(a[1]), uint32(a[2])) },
	SysPreadv: func(p *Process, a Args) (uint64, error) {
		return p.Preadv(fdOf(a[0]), at(a[1]), uint32(a[2]), int64(a[3]))
	},
	SysPwritev: func(p *Process, a Args) (uint64, error) {
		return p.Pwritev(fdOf(a[0]), at(a[1]), uint32(a[2]), int64(a[3]))
	},
	SysPreadv2: func(p *Process, a Args) (uint64, error) {
		return p.Preadv2(fdOf(a[0]), at(a[1]), uint32(a[2]), int64(a[3]), TransferFlags(uint32(a[5])))
	},
	SysPwritev2: func(p *Process, a Args) (uint64, error) {
		return p.Pwritev2(fdOf(a[0]), at(a[1]), uint32(a[2]), int64(a[3]), TransferFlags(uint32(a[5])))
	},
	SysSendfile: func(p *Process, a Args) (uint64, error) {
		return p.sendfileAt(fdOf(a[0]), fdOf(a[1]), at(a[2]), a[3])
	},
	SysCopyFileRange: func(p *Process, a Args) (uint64, error) {
		return p.copyFileRangeAt(fdOf(a[0]), at(a[1]), fdOf(a[2]), at(a[3]), a[4], uint32(a[5]))
	},
	SysSplice: func(p *Process, a Args) (uint64, error) {
		return p.spliceAt(fdOf(a[0]), at(a[1]), fdOf(a[2]), at(a[3]), a[4], spliceFlags(uint32(a[5])))
	},
	SysTee: func(p *Process, a Args) (uint64, error) {
		return p.Tee(fdOf(a[0]), fdOf(a[1]), a[2], spliceFlags(uint32(a[3])))
	},
	SysVmsplice: func(p *Process, a Args) (uint64, error) {
		return p.Vmsplice(fdOf(a[0]), at(a[1]), uint32(a[2]), spliceFlags(uint32(a[3])))
	},
}

var descriptorCalls = map[Number]handler{
	SysPipe: func(p *Process, a Args) (uint64, error) {
		p.enter(SysPipe)
		return none(p.pipeAt(at(a[0]), 0))
	},
	SysPipe2: func(p *Process, a Args) (uint64, error) {
		p.enter(SysPipe2)
		return none(p.pipeAt(at(a[0]), OpenFlags(uint32(a[1]))))
	},
	SysSocketpair: func(p *Process, a Args) (uint64, error) {
		return none(p.socketpairAt(int32(a[0]), socketType(uint32(a[1])), int32(a[2]), at(a[3])))
	},
	SysSendto: func(p *Process, a Args) (uint64, error) {
		return p.Sendto(fdOf(a[0]), at(a[1]), a[2], MessageFlags(uint32(a[3])), at(a[4]), int32(a[5]))
	},
	SysRecvfrom: func(p *Process, a Args) (uint64, error) {
		return p.Recvfrom(fdOf(a[0]), at(a[1]), a[2], MessageFlags(uint32(a[3])), at(a[4]), at(a[5]))
	},
	SysShutdown: func(p *Process, a Args) (uint64, error) { return none(p.Shutdown(fdOf(a[0]), int32(a[1]))) },
	SysIoctl: func(p *Process, a Args) (uint64, error) {
		return p.Ioctl(fdOf(a[0]), Request(uint32(a[1])), at(a[2]))
	},
	SysUserfaultfd: func(p *Process, a Args) (uint64, error) {
		return number(p.Userfaultfd(OpenFlags(uint32(a[0]))))
	},
	SysClose: func(p *Process, a Args) (uint64, error) { return none(p.Close(fdOf(a[0]))) },
	SysDup:   func(p *Process, a Args) (uint64, error) { return number(p.Dup(fdOf(a[0]))) },
	SysDup2:  func(p *Process, a Args) (uint64, error) { return number(p.Dup2(fdOf(a[0]), fdOf(a[1]))) },
	SysDup3: func(p *Process, a Args) (uint64, error) {
		return number(p.Dup3(fdOf(a[0]), fdOf(a[1]), OpenFlags(uint32(a[2]))))
	},
	SysFcntl: func(p *Process, a Args) (uint64, error) { return p.Fcntl(fdOf(a[0]), FcntlCommand(uint32(a[1])), a[2]) },
	SysLseek: func(p *Process, a Args) (uint64, error) {
		return number(p.Lseek(fdOf(a[0]), int64(a[1]), Whence(uint32(a[2]))))
	},
	SysFstat: func(p *Process, a Args) (uint64, error) {
		s, err := p.Fstat(fdOf(a[0]))
		return p.putStat(at(a[1]), s, err)
	},
}

var inodeCalls = map[Number]handler{
	SysFtruncate: func(p *Process, a Args) (uint64, error) { return none(p.Ftruncate(fdOf(a[0]), int64(a[1]))) },
	SysFallocate: func(p *Process, a Args) (uint64, error) {
		return none(p.Fallocate(fdOf(a[0]), uint32(a[1]), int64(a[2]), int64(a[3])))
	},
	SysFsync:     func(p *Process, a Args) (uint64, error) { return none(p.Fsync(fdOf(a[0]))) },
	SysFdatasync: func(p *Process, a Args) (uint64, error) { return none(p.Fdatasync(fdOf(a[0]))) },
	SysSync: func(p *Process, _ Args) (uint64, error) {
		p.Sync()
		return 0, nil
	},
	SysSyncfs: func(p *Process, a Args) (uint64, error) { return none(p.Syncfs(fdOf(a[0]))) },
	SysSyncFileRange: func(p *Process, a Args) (uint64, error) {
		return none(p.SyncFileRange(fdOf(a[0]), int64(a[1]), int64(a[2]), RangeFlags(uint32(a[3]))))
	},
	SysReadahead: func(p *Process, a Args) (uint64, error) { return none(p.Readahead(fdOf(a[0]), int64(a[1]), a[2])) },
	SysFadvise64: func(p *Process, a Args) (uint64, error) {
		return none(p.Fadvise64(fdOf(a[0]), int64(a[1]), int64(a[2]), pagecache.FileAdvice(uint32(a[3]))))
	},
	SysCachestat: func(p *Process, a Args) (uint64, error) {
		return none(p.Cachestat(fdOf(a[0]), vm.Addr(a[1]), vm.Addr(a[2]), uint32(a[3])))
	},
}
