package syscalls

func init() {
	register(processCalls)
	register(limitCalls)
	register(segmentCalls)
}

// born is the number of a child that a call has made.
func born(c *Process, err error) (uint64, error) {
	if err != nil {
		return 0, err
	}
	return uint64(c.PID), nil
}

var processCalls = map[Number]handler{
	SysFork:  func(p *Process, _ Args) (uint64, error) { return born(p.Fork()) },
	SysVfork: func(p *Process, _ Args) (uint64, error) { return born(p.Vfork()) },
	SysClone: func(p *Process, a Args) (uint64, error) {
		return born(p.Clone(CloneFlags(uint32(a[0])), at(a[1]), Tids{at(a[2]), at(a[3])}))
	},
	SysExecve: func(p *Process, a Args) (uint64, error) {
		p.enter(SysExecve)
		return none(p.execve(p.pathIn(a[0]), at(a[1]), at(a[2])))
	},
	SysWait4: func(p *Process, a Args) (uint64, error) {
		return p.wait4At(int32(a[0]), at(a[1]), waitFlags(uint32(a[2])), at(a[3]))
	},
	SysWaitid: func(p *Process, a Args) (uint64, error) {
		return none(p.waitidAt(idType(uint32(a[0])), int32(a[1]), at(a[2]), waitFlags(uint32(a[3])), at(a[4])))
	},
	SysSigaltstack: func(p *Process, a Args) (uint64, error) { return none(p.sigaltstackAt(at(a[0]), at(a[1]))) },
	SysExit: func(p *Process, a Args) (uint64, error) {
		p.endsWith(a[0])
		p.ExitThread()
		return 0, nil
	},
	SysExitGroup: func(p *Process, a Args) (uint64, error) {
		p.endsWith(a[0])
		p.Exit()
		return 0, nil
	},
}

var limitCalls = map[Number]handler{
	SysGetrlimit: func(p *Process, a Args) (uint64, error) { return none(p.getrlimit(Resource(a[0]), at(a[1]))) },
	SysSetrlimit: func(p *Process, a Args) (uint64, error) { return none(p.setrlimit(Resource(a[0]), at(a[1]))) },
	SysPrlimit64: func(p *Process, a Args) (uint64, error) {
		return none(p.prlimit64(int(int32(a[0])), Resource(a[1]), at(a[2]), at(a[3])))
	},
	SysPersonality: func(p *Process, a Args) (uint64, error) {
		return uint64(p.SetPersonality(Personality(a[0]))), nil
	},
	SysPrctl:     func(p *Process, a Args) (uint64, error) { return p.Prctl(Option(a[0]), a[1], a[2], a[3], a[4]) },
	SysPkeyAlloc: func(p *Process, a Args) (uint64, error) { n, err := p.PkeyAlloc(a[0], a[1]); return uint64(n), err },
	SysPidfdOpen: func(p *Process, a Args) (uint64,
		error) {
		return number(p.PidfdOpen(int(int32(a[0])), uint32(a[1])))
	},
	SysProcessMadvise: func(p *Process, a Args) (uint64, error) {
		return p.ProcessMadvise(fdOf(a[0]), at(a[1]), uint32(a[2]), Advice(a[3]), uint32(a[4]))
	},
	SysProcessVmReadv: func(p *Process, a Args) (uint64, error) {
		return p.ProcessVMReadv(int(int32(a[0])), at(a[1]), uint32(a[2]), at(a[3]), a[4], a[5])
	},
	SysProcessVmWritev: func(p *Process, a Args) (uint64, error) {
		return p.ProcessVMWritev(int(int32(a[0])), at(a[1]), uint32(a[2]), at(a[3]), a[4], a[5])
	},
	SysPkeyFree: func(p *Process, a Args) (uint64, error) { return none(p.PkeyFree(fdOf(a[0]))) },
}

var segmentCalls = map[Number]handler{
	SysShmget: func(p *Process, a Args) (uint64, error) {
		id, err := p.Shmget(int32(a[0]), a[1], SegmentFlags(uint32(a[2])))
		return uint64(id), err
	},
	SysShmat: func(p *Process, a Args) (uint64, error) {
		x, err := p.Shmat(fdOf(a[0]), at(a[1]), AttachFlags(uint32(a[2])))
		return uint64(x), err
	},
	SysShmdt: func(p *Process, a Args) (uint64, error) { return none(p.Shmdt(at(a[0]))) },
	SysShmctl: func(p *Process, a Args) (uint64, error) {
		n, err := p.Shmctl(fdOf(a[0]), SegmentCommand(fdOf(a[1])), at(a[2]))
		return uint64(n), err
	},
}
