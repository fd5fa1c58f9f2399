package difftest

import (
	"encoding/binary"
	"fmt"
	"syscall"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
)

// prober is a process of the kernel's side that tries what it may.
type prober struct {
	syscalls.Caller
	err error // the first of the harness
}

// Where a prober puts what calls read: memory that is zero at first.
const (
	probeAt   = uint64(script.ScratchAddr)
	probePath = probeAt + vm.PageSize
)

// prober starts a process.
func (l *Lab) prober() (*prober, error) {
	if err := l.Kernel.Setup(run.Config{Settings: l.Settings}); err != nil {
		return nil, err
	}
	c, ok := l.Kernel.Process(1)
	if !ok {
		return nil, fmt.Errorf("the kernel's side has no process")
	}
	return &prober{Caller: c}, nil
}

// try makes a call; what it is refused with is 0 where it is not.
func (p *prober) try(nr syscalls.Number, args ...uint64) (value uint64, refused syscall.Errno) {
	var a syscalls.Args
	copy(a[:], args)
	value, err := p.Call(nr, a)
	if e, ok := err.(syscall.Errno); ok || err == nil {
		return value, e
	}
	if p.err == nil {
		p.err = err
	}
	return 0, 0
}

// put gives a call a string to read.
func (p *prober) put(text string) uint64 {
	if err := p.Poke(vm.Addr(probePath), []byte(text+"\x00")); err != nil && p.err == nil {
		p.err = err
	}
	return probePath
}

const (
	openWritable = 0o102 // O_RDWR|O_CREAT
	lowPage      = vm.PageSize
	oneByte      = 1
)

// capabilityProbes say of each capability whether the process lacks it, by what it is refused. They are tried in this
// order: each leaves the process able to try the next.
var capabilityProbes = []struct {
	setting string
	lacks   func(p *prober) bool
}{
	{"sys_rawio", func(p *prober) bool {
		_, refused := p.try(syscalls.SysMmap, 0, vm.PageSize, 0, mapPrivate|mapFixed|mapAnonymous, noFD, 0)
		return refused == syscall.EPERM
	}},
	{"sys_resource", func(p *prober) bool {
		const setMM, noPart = 35, 99 // a caller that may gets the error that the part does not exist
		_, refused := p.try(syscalls.SysPrctl, setMM, noPart, probeAt)
		return refused == syscall.EPERM
	}},
	{"dac_override", func(p *prober) bool {
		p.try(syscalls.SysOpen, p.put("/data/none"), openWritable, 0)
		_, refused := p.try(syscalls.SysOpen, p.put("/data/none"), openWritable)
		return refused == syscall.EACCES
	}},
	{"fsetid", (*prober).losesIdentity},
	{"sys_nice", func(p *prober) bool {
		child, _ := p.try(syscalls.SysFork)
		fd, _ := p.try(syscalls.SysPidfdOpen, child)
		const cold = 20
		_, refused := p.try(syscalls.SysProcessMadvise, fd, probeAt, 0, cold)
		return refused == syscall.EPERM
	}},
	{"ipc_lock", func(p *prober) bool {
		const memLock = 8
		if err := p.Poke(vm.Addr(probeAt), make([]byte, 16)); err != nil { // no memory at all may be locked
			p.err = err
		}
		p.try(syscalls.SysSetrlimit, memLock, probeAt)
		_, refused := p.try(syscalls.SysMlock, probeAt, oneByte)
		return refused == syscall.EPERM
	}},
}

// losesIdentity reports whether a write of the process's takes the set-user-ID from a file.
func (p *prober) losesIdentity() bool {
	const setUser, modeAt = 0o4000, 24
	fd, _ := p.try(syscalls.SysOpen, p.put("/data/setuser"), openWritable, setUser|0o600)
	p.try(syscalls.SysWrite, fd, probePath, oneByte)
	p.try(syscalls.SysFstat, fd, probeAt)
	var mode [4]byte
	if err := p.Peek(vm.Addr(probeAt+modeAt), mode[:]); err != nil {
		p.err = err
	}
	return binary.LittleEndian.Uint32(mode[:])&setUser == 0
}

// probeCapabilities finds out what the kernel's side may do: an ordinary user nothing of it, a container's root not
// all.
func (l *Lab) probeCapabilities() error {
	p, err := l.prober()
	if err != nil {
		return err
	}
	var off []script.Setting
	for _, c := range capabilityProbes {
		if c.lacks(p) {
			off = append(off, script.Setting{Name: c.setting, Value: "off"})
		}
	}
	_, asked := script.ValueOf(l.Settings, "user")
	switch {
	case len(off) < len(capabilityProbes):
	case asked:
		off = nil
	default:
		off = []script.Setting{{Name: "user", Value: "nobody"}}
	}
	l.Settings = append(l.Settings, off...)
	return p.err
}

// probeMinAddr finds out below which address the kernel's side may not map anything.
func (l *Lab) probeMinAddr() error {
	p, err := l.prober()
	if err != nil {
		return err
	}
	const most = 1 << 20
	for at := uint64(0); at <= most; at += vm.PageSize {
		if _, refused := p.try(syscalls.SysMmap, at, vm.PageSize, 0, mapPrivate|mapFixed|mapAnonymous, noFD,
			0); refused != syscall.EPERM {
			if at > 0 && vm.Addr(at) != syscalls.DefaultMinAddr && p.err == nil {
				l.knob("vm.mmap_min_addr", fmt.Sprint(at))
			}
			break
		}
	}
	return p.err
}
