//go:build linux && amd64

package host

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"vmsim/vm"
)

// puppet is a process that is held at a breakpoint. All of its methods run on the machine's thread.
type puppet struct {
	w      *watch
	tid    int // the kernel's number
	base   syscall.PtraceRegs
	regs   syscall.PtraceRegs
	usage  syscall.Rusage
	status syscall.WaitStatus
	born   [2]int64 // fault counts at its first breakpoint
	mem    int      // descriptors of its files in /proc; -1 for none
	maps   int
	files  map[string]int // descriptors of further ones, by name
	gone   bool
	owner  *puppet        // the process that owns its memory, where that is another one: see limits
	zombie bool           // it has exited, unreported: it is the first of threads that still run
	sent   syscall.Signal // SIGPIPE or SIGXFSZ, which its last call has sent it
	waits  bool           // its children that have ended are left to it to wait for
	moved  vm.Addr        // how far its instructions lie from where those of the first program are
	inFork bool           // it has called vfork: it is suspended until the child has exited
}

// stop is what a puppet came to a halt by.
type stop struct {
	signal syscall.Signal // SIGTRAP at a breakpoint, SIGSEGV or SIGBUS after a bad access
	event  int            // of PTRACE_EVENT_*, 0 for none
	exited bool
}

// goneError is a puppet that ended unasked.
type goneError struct {
	tid    int
	status syscall.WaitStatus
	where  string
}

// Error says how it ended, and where it hung if that was why.
func (e *goneError) Error() string {
	how := fmt.Sprintf("exited with status %d", e.status.ExitStatus())
	if e.status.Signaled() {
		how = fmt.Sprintf("was killed by signal %d (%v)", e.status.Signal(), e.status.Signal())
	}
	text := fmt.Sprintf("the puppet (process %d) %s", e.tid, how)
	if e.where != "" {
		text += "; it had not answered for " + hangLimit.String() + " and was ended: " + e.where
	}
	return text
}

// run lets the puppet go on with the registers in p.regs until it stops again. step is how: cont or step.
func (p *puppet) run(how func(int) error) (stop, error) {
	if p.gone {
		return stop{}, fmt.Errorf("process %d has ended", p.tid)
	}
	err := setRegs(p.tid, &p.regs)
	if p.owner != nil && errors.Is(err, syscall.ESRCH) {
		return p.await() // the OOM killer has ended it: what the harness wrote for it found no room
	}
	if err != nil {
		return stop{}, fmt.Errorf("PTRACE_SETREGS of process %d: %w", p.tid, err)
	}
	return p.resume(how)
}

// resume continues it without changes. Signals that have nothing to do with an access are swallowed on the way.
func (p *puppet) resume(how func(int) error) (stop, error) {
	for again := 0; ; {
		if err := how(p.tid); err != nil {
			return stop{}, fmt.Errorf("the puppet (process %d) cannot go on: %w", p.tid, err)
		}
		s, err := p.await()
		if err != nil || s.exited || s.event != 0 {
			return s, err
		}
		switch s.signal {
		case syscall.SIGSEGV, syscall.SIGBUS:
			if again++; again > mostUntold || p.toldWhy() {
				return s, nil
			}
		case syscall.SIGTRAP, syscall.SIGILL, syscall.SIGFPE:
			return s, nil
		case syscall.SIGPIPE, syscall.SIGXFSZ:
			p.sent = s.signal
		}
	}
}

// mostUntold is how often an instruction runs again after a signal that does not say why it came.
const mostUntold = 100

// toldWhy reports whether the signal that the puppet has stopped by says which access was answered with it. One that
// another process has sent does not; nor does any when the kernel had no memory for what it was to say: it is empty
// then, as if a process had sent it. Either way the instruction may run again: a bad access counts no fault.
// Linux: __send_signal_locked, collect_signal (kernel/signal.c).
func (p *puppet) toldWhy() bool {
	var info sigInfo
	return getSigInfo(p.tid, &info) != nil || info.Code > 0
}

// await waits for the next stop. The watch ends a puppet that takes too long, so the wait is bounded.
func (p *puppet) await() (stop, error) {
	p.w.begin(p.tid)
	err := wait(p.tid, &p.status, &p.usage)
	p.w.end()
	if err != nil {
		p.gone = true
		return stop{}, fmt.Errorf("waiting for process %d: %w", p.tid, err)
	}
	return p.stopped(), nil
}

// stopped is what the status says that was waited for last: a stop, or the end.
func (p *puppet) stopped() stop {
	if p.status.Exited() || p.status.Signaled() {
		p.gone = true
		return stop{exited: true}
	}
	return stop{signal: p.status.StopSignal(), event: int(p.status >> 16)}
}

// died is the error for an unexpected end.
func (p *puppet) died() error { return &goneError{p.tid, p.status, p.w.found(p.tid)} }

// toBreakpoint sets the registers for an instruction and runs it. ok is false where it was answered by a
// signal, or stopped by an event.
func (p *puppet) toBreakpoint(code vm.Addr) (s stop, err error) {
	p.regs.Rip = uint64(p.at(code))
	p.regs.Orig_rax = ^uint64(0) // nothing to restart
	s, err = p.run(cont)
	if err == nil && s.exited {
		err = p.died()
	}
	return s, err
}

// open opens its files in /proc: for its memory, and for its areas.
func (p *puppet) open() (err error) {
	p.close()
	dir := fmt.Sprintf("/proc/%d/", p.tid)
	if p.maps, err = syscall.Open(dir+"maps", syscall.O_RDONLY|syscall.O_CLOEXEC, 0); err != nil {
		return fmt.Errorf("%smaps: %w", dir, err)
	}
	if p.mem, err = syscall.Open(dir+"mem", syscall.O_RDWR|syscall.O_CLOEXEC, 0); err != nil {
		return fmt.Errorf("%smem: %w", dir, err)
	}
	return nil
}

func (p *puppet) close() {
	for _, fd := range []*int{&p.mem, &p.maps} {
		if *fd >= 0 {
			_ = syscall.Close(*fd)
		}
		*fd = -1
	}
	for _, fd := range p.files {
		_ = syscall.Close(fd)
	}
	p.files = nil
}

// settle takes the state at its first breakpoint as the one that every statement starts from.
func (p *puppet) settle() error {
	if err := getRegs(p.tid, &p.base); err != nil {
		return err
	}
	p.born = [2]int64{p.usage.Minflt, p.usage.Majflt}
	return p.open()
}

// kill ends it and takes its remains away.
func (p *puppet) kill() {
	if !p.gone {
		p.gone = true
		_ = syscall.Kill(p.tid, syscall.SIGKILL)
		for {
			err := wait(p.tid, &p.status, nil)
			if err != nil || p.status.Exited() || p.status.Signaled() {
				break
			}
		}
	}
	p.reaped()
	p.close()
	p.dropOwner()
}

// dropOwner ends the process that owns its memory, where that is another one.
func (p *puppet) dropOwner() {
	if p.owner != nil {
		p.owner.kill()
		p.owner = nil
	}
}

// whereItHangs is what /proc says about a process that does not answer.
func whereItHangs(tid int) string {
	var parts []string
	for _, name := range []string{"wchan", "syscall"} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", tid, name))
		if s := strings.TrimSpace(string(text)); err == nil && s != "" && s != "0" {
			parts = append(parts, name+" "+s)
		}
	}
	if len(parts) == 0 {
		return "nothing is known of where it was"
	}
	return "it was in " + strings.Join(parts, ", ")
}
