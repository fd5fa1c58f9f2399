package syscalls

func init() {
	register(pathCalls)
	register(pathAtCalls)
}

// pathCalls are the calls on names whose paths begin at the working directory.
var pathCalls = map[Number]handler{
	SysRename: func(p *Process, a Args) (uint64, error) {
		p.enter(SysRename)
		return none(p.renameAt(AtCWD, p.pathIn(a[0]), AtCWD, p.pathIn(a[1]), 0))
	},
	SysLink: func(p *Process, a Args) (uint64, error) {
		p.enter(SysLink)
		return none(p.linkAt(AtCWD, p.pathIn(a[0]), AtCWD, p.pathIn(a[1]), 0))
	},
	SysSymlink: func(p *Process, a Args) (uint64, error) {
		p.enter(SysSymlink)
		return none(p.symlinkAt(p.pathIn(a[0]), AtCWD, p.pathIn(a[1])))
	},
	SysReadlink: func(p *Process, a Args) (uint64, error) {
		p.enter(SysReadlink)
		return p.readlinkAt(AtCWD, p.pathIn(a[0]), at(a[1]), int32(a[2]))
	},
	SysMkdir: func(p *Process, a Args) (uint64, error) {
		p.enter(SysMkdir)
		return none(p.makeDirAt(AtCWD, p.pathIn(a[0]), uint32(a[1])))
	},
	SysRmdir: func(p *Process, a Args) (uint64, error) {
		p.enter(SysRmdir)
		return none(p.removeDir(AtCWD, p.pathIn(a[0])))
	},
	SysChdir: func(p *Process, a Args) (uint64, error) {
		p.enter(SysChdir)
		return none(p.changeDir(p.pathIn(a[0])))
	},
	SysFchdir: func(p *Process, a Args) (uint64, error) {
		p.enter(SysFchdir)
		return none(p.changeDirTo(fdOf(a[0])))
	},
	SysGetcwd: func(p *Process, a Args) (uint64, error) {
		p.enter(SysGetcwd)
		return p.getcwd(at(a[0]), a[1])
	},
	SysChmod: func(p *Process, a Args) (uint64, error) {
		p.enter(SysChmod)
		return none(p.chmodAt(AtCWD, p.pathIn(a[0]), uint32(a[1])))
	},
	SysFchmod: func(p *Process, a Args) (uint64, error) {
		p.enter(SysFchmod)
		return none(p.chmodOpen(fdOf(a[0]), uint32(a[1])))
	},
	SysAccess: func(p *Process, a Args) (uint64, error) {
		p.enter(SysAccess)
		return none(p.accessAt(AtCWD, p.pathIn(a[0]), uint32(a[1]), 0))
	},
}

// pathAtCalls are the same with directories to begin at.
var pathAtCalls = map[Number]handler{
	SysRenameat: func(p *Process, a Args) (uint64, error) {
		p.enter(SysRenameat)
		return none(p.renameAt(fdOf(a[0]), p.pathIn(a[1]), fdOf(a[2]), p.pathIn(a[3]), 0))
	},
	SysRenameat2: func(p *Process, a Args) (uint64, error) {
		p.enter(SysRenameat2)
		return none(p.renameAt(fdOf(a[0]), p.pathIn(a[1]), fdOf(a[2]), p.pathIn(a[3]), renameFlags(uint32(a[4]))))
	},
	SysLinkat: func(p *Process, a Args) (uint64, error) {
		p.enter(SysLinkat)
		return none(p.linkAt(fdOf(a[0]), p.pathIn(a[1]), fdOf(a[2]), p.pathIn(a[3]), AtFlags(uint32(a[4]))))
	},
	SysSymlinkat: func(p *Process, a Args) (uint64, error) {
		p.enter(SysSymlinkat)
		return none(p.symlinkAt(p.pathIn(a[0]), fdOf(a[1]), p.pathIn(a[2])))
	},
	SysReadlinkat: func(p *Process, a Args) (uint64, error) {
		p.enter(SysReadlinkat)
		return p.readlinkAt(fdOf(a[0]), p.pathIn(a[1]), at(a[2]), int32(a[3]))
	},
	SysMkdirat: func(p *Process, a Args) (uint64, error) {
		p.enter(SysMkdirat)
		return none(p.makeDirAt(fdOf(a[0]), p.pathIn(a[1]), uint32(a[2])))
	},
	SysFchmodat: func(p *Process, a Args) (uint64, error) {
		p.enter(SysFchmodat)
		return none(p.chmodAt(fdOf(a[0]), p.pathIn(a[1]), uint32(a[2])))
	},
	SysFaccessat: func(p *Process, a Args) (uint64, error) {
		p.enter(SysFaccessat)
		return none(p.accessAt(fdOf(a[0]), p.pathIn(a[1]), uint32(a[2]), 0))
	},
	SysFaccessat2: func(p *Process, a Args) (uint64, error) {
		p.enter(SysFaccessat2)
		return none(p.accessAt(fdOf(a[0]), p.pathIn(a[1]), uint32(a[2]), AtFlags(uint32(a[3]))))
	},
}
