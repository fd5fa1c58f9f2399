package run

import (
	"encoding/binary"
	"errors"
	"fmt"
	"syscall"

	"vmsim/fault"
	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/vm"
)

// toy is a Machine of a few lines: memory without areas, except that page 0 is never there; files without content.
type toy struct {
	conf  Config
	procs []*toyProc
	files map[string]bool
	did   []string
}

type toyProc struct {
	m     *toy
	mem   bytesAt
	fds   map[uint64]string
	minor uint64
	next  vm.Addr
	calls []string
	gone  bool
}

func (m *toy) Setup(c Config) error {
	m.conf, m.files = c, map[string]bool{}
	m.procs = []*toyProc{m.proc(nil)}
	for _, f := range c.Files {
		if err := m.AddFile(f); err != nil {
			return err
		}
	}
	return nil
}

func (m *toy) proc(parent *toyProc) *toyProc {
	p := &toyProc{m: m, mem: bytesAt{}, fds: map[uint64]string{}, next: 0x7ffff7ff7000}
	if parent != nil {
		p.next = parent.next
		for a, b := range parent.mem {
			p.mem[a] = b
		}
		for fd, f := range parent.fds {
			p.fds[fd] = f
		}
	}
	return p
}

func (m *toy) AddFile(f script.FileSpec) error { m.files[f.Path] = true; return nil }
func (m *toy) Check() error                    { return nil }

func (m *toy) Directive(d script.Directive) error {
	if d.Name == "power_cut" {
		return errors.New("a toy has no power")
	}
	m.did = append(m.did, d.String())
	return nil
}

func (m *toy) Process(pid int) (syscalls.Caller, bool) {
	if pid > len(m.procs) || m.procs[pid-1].gone {
		return nil, false
	}
	return m.procs[pid-1], true
}

func (m *toy) Value(pid int, q Query) (uint64, error) {
	if q.Name == "calls" {
		return uint64(len(m.procs[pid-1].calls)), nil
	}
	return 0, fmt.Errorf("a toy does not count %s", q.Name)
}

func (m *toy) Observe(kind string, pid int) []string {
	if kind == "copy" {
		return []string{"to-user 4096"}
	}
	return nil
}

func (p *toyProc) Call(nr syscalls.Number, a syscalls.Args) (uint64, error) {
	p.calls = append(p.calls, formatCall(nr, a))
	switch nr {
	case syscalls.SysMmap:
		p.next -= vm.Addr(vm.PageAlign(a[1]))
		return uint64(p.next), nil
	case syscalls.SysOpenat:
		return p.open(p.str(vm.Addr(a[1])), a[2])
	case syscalls.SysClose:
		if _, ok := p.fds[a[0]]; !ok {
			return 0, syscall.Errno(9)
		}
		delete(p.fds, a[0])
		return 0, nil
	case syscalls.SysFork:
		p.m.procs = append(p.m.procs, p.m.proc(p))
		return uint64(len(p.m.procs)), nil
	case syscalls.SysPwrite64, syscalls.SysWrite:
		return a[2], nil
	case syscalls.SysPread64, syscalls.SysRead:
		for i := range a[2] {
			p.mem[vm.Addr(a[1]+i)] = byte(i)
		}
		return a[2], nil
	case syscalls.SysMincore:
		p.mem[vm.Addr(a[2])] = 1
		return 0, nil
	case syscalls.SysExitGroup:
		p.gone = true
		return 0, nil
	case syscalls.SysMunmap:
		return 0, syscall.Errno(22)
	}
	return 0, nil
}

func (p *toyProc) open(path string, flags uint64) (uint64, error) {
	if !p.m.files[path] && flags&0o100 == 0 {
		return 0, syscall.Errno(2)
	}
	fd := uint64(3)
	for p.fds[fd] != "" {
		fd++
	}
	p.fds[fd] = path
	return fd, nil
}

func (p *toyProc) str(a vm.Addr) (s string) {
	for ; p.mem[a] != 0; a++ {
		s += string(rune(p.mem[a]))
	}
	return s
}

func (p *toyProc) word(a vm.Addr) uint64 {
	var b [8]byte
	_ = p.Peek(a, b[:])
	return binary.LittleEndian.Uint64(b[:])
}

func (p *toyProc) Load(a vm.Addr) (byte, error) {
	if a < vm.PageSize {
		return 0, &fault.Signal{Number: fault.SIGSEGV, Code: fault.SegvMapErr, Addr: a}
	}
	p.minor++
	return p.mem[a], nil
}

func (p *toyProc) Store(a vm.Addr, b byte) error {
	_, err := p.Load(a)
	if err == nil {
		p.mem[a] = b
	}
	return err
}

func (p *toyProc) Peek(a vm.Addr, buf []byte) error { return p.mem.Peek(a, buf) }

func (p *toyProc) Poke(a vm.Addr, buf []byte) error { return p.mem.Poke(a, buf) }

// bytesAt is a memory that has all addresses.
type bytesAt map[vm.Addr]byte

func (m bytesAt) Peek(a vm.Addr, buf []byte) error {
	for i := range buf {
		buf[i] = m[a+vm.Addr(i)]
	}
	return nil
}

func (m bytesAt) Poke(a vm.Addr, buf []byte) error {
	for i, b := range buf {
		m[a+vm.Addr(i)] = b
	}
	return nil
}

func (p *toyProc) Maps() string {
	return fmt.Sprintf("%x-7ffff7ff7000 rw-p 00000000 00:00 0 \n", uint64(p.next))
}

func (p *toyProc) Faults() (uint64, uint64) { return p.minor, 0 }
