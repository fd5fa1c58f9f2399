package run

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"syscall"

	"vmsim/fault"
	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/vm"
)

// replay is a Machine that gives every statement of a recording the recorded answer: what a runner makes of it must
// then be the recording again.
type replay struct {
	prog  *script.Program
	run   *Runner // set once it exists
	procs map[int]*replayed
	conf  Config
	files []script.FileSpec
	did   []string // directives and images
}

// replayed is a process of a replay.
type replayed struct {
	m            *replay
	maps         []string
	minor, major uint64
	mem          bytesAt // what has been poked or will be read back
}

func (m *replay) Setup(c Config) error {
	m.conf = c
	p := &replayed{m: m, mem: bytesAt{}}
	if c.Layout != nil {
		for _, a := range c.Layout.Areas {
			p.maps = append(p.maps, a.String())
		}
	}
	m.procs = map[int]*replayed{1: p}
	return nil
}

func (m *replay) AddFile(f script.FileSpec) error { m.files = append(m.files, f); return nil }
func (m *replay) Directive(d script.Directive) error {
	m.did = append(m.did, d.String())
	return nil
}
func (m *replay) Check() error { return nil }
func (m *replay) Exec(pid int, l script.Layout) error {
	m.did = append(m.did, l.String())
	m.procs[pid].maps = nil
	for _, a := range l.Areas {
		m.procs[pid].maps = append(m.procs[pid].maps, a.String())
	}
	return nil
}

func (m *replay) Process(pid int) (syscalls.Caller, bool) {
	p, ok := m.procs[pid]
	return p, ok
}

// step is the statement that runs now, and applies its observations.
func (p *replayed) step() *step {
	s := p.m.run.cur
	p.minor += s.hold.faults[0]
	p.major += s.hold.faults[1]
	for _, l := range s.hold.maps {
		if line := l[2:]; l[0] == '-' {
			p.maps = slices.DeleteFunc(p.maps, func(m string) bool { return m == line })
		} else {
			p.maps = append(p.maps, line)
		}
	}
	slices.SortFunc(p.maps, func(a, b string) int {
		if startLess(a, b) {
			return -1
		}
		return 1
	})
	return s
}

func (p *replayed) signal(s *step, a vm.Addr) error {
	if s.hold.signal == "" {
		return nil
	}
	out := &fault.Signal{Number: fault.SIGSEGV, Code: fault.SegvMapErr, Addr: a}
	if strings.HasPrefix(s.hold.signal, "SIGBUS") {
		out.Number, out.Code = fault.SIGBUS, fault.BusAdrErr
	} else if strings.Contains(s.hold.signal, "SEGV_ACCERR") {
		out.Code = fault.SegvAccErr
	}
	return out
}

func (p *replayed) Call(nr syscalls.Number, args syscalls.Args) (uint64, error) {
	s := p.step()
	if s.hold.want == nil {
		return 0, nil
	}
	if n := s.hold.want.Errno; n != 0 {
		return 0, n
	}
	ret, err := p.m.run.value(&s.hold.value)
	if err != nil {
		return 0, err
	}
	if nr == syscalls.SysFork || nr == syscalls.SysVfork || nr == syscalls.SysClone {
		p.m.procs[int(ret)] = &replayed{m: p.m, maps: slices.Clone(p.maps), mem: bytesAt{}}
	}
	if data, err := hex.DecodeString(s.hold.data); err == nil {
		_ = p.Poke(vm.Addr(args[1]), data)
	}
	for i, c := range s.hold.vec {
		p.mem[vm.Addr(args[2])+vm.Addr(i)] = byte(c - '0')
	}
	return ret, nil
}

func (p *replayed) Load(a vm.Addr) (byte, error) {
	s := p.step()
	v, _ := p.m.run.value(&s.value)
	return byte(v), p.signal(s, a)
}

func (p *replayed) Store(a vm.Addr, b byte) error { return p.signal(p.step(), a) }

func (p *replayed) Touch(a vm.Addr, kind script.TouchKind) error { return p.signal(p.step(), a) }

func (p *replayed) Peek(a vm.Addr, buf []byte) error {
	if p.m.run.cur.hold.data == "" && p.m.run.cur.hold.vec == "" || strings.HasPrefix(p.m.run.cur.hold.data, "sha1") {
		return syscall.EFAULT
	}
	return p.mem.Peek(a, buf)
}

func (p *replayed) Poke(a vm.Addr, buf []byte) error { return p.mem.Poke(a, buf) }

func (p *replayed) Maps() string {
	var b strings.Builder
	for _, l := range p.maps {
		words := strings.SplitN(l, " ", 4)
		fmt.Fprintf(&b, "%s 00:00 0 ", strings.Join(words[:3], " "))
		if len(words) == 4 {
			b.WriteString(strings.Repeat(" ", 20) + words[3])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func (p *replayed) Faults() (uint64, uint64) { return p.minor, p.major }

// replayRun is a runner over a replay of the program.
func replayRun(prog *script.Program, opts Options) (*Runner, *replay, error) {
	m := &replay{prog: prog}
	r, err := NewRunner(prog, m, opts)
	if err == nil {
		m.run = r
	}
	return r, m, err
}
