//go:build linux && amd64

package host

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"syscall"

	"vmsim/syscalls"
	"vmsim/syscalls/binfmt"
	"vmsim/syscalls/script"
	"vmsim/vm/profile"
)

// changesMore are the calls whose effect outlives execve: a process that made one of them is not used again.
var changesMore = map[syscalls.Number]bool{
	syscalls.SysSetrlimit: true, syscalls.SysPrlimit64: true, syscalls.SysPersonality: true, syscalls.SysPrctl: true,
	syscalls.SysChdir: true, syscalls.SysFchdir: true, syscalls.SysSigaltstack: true,
	syscalls.SysShmget: true, syscalls.SysRtSigaction: true, syscalls.SysRtSigprocmask: true,
}

// spare takes the first process of the last program out of the machine, where it can serve again: execve gives it a new
// address space, which is much faster than a new process.
func (m *Machine) spare(l layout, owner int) *puppet {
	if len(m.procs) < 2 || m.tree == nil || m.tree.layout != l || m.tree.owner != owner {
		return nil
	}
	c := m.procs[1]
	if c.p.gone || c.p.inFork || c.spoilt || m.sharing || c.p.owner != nil {
		return nil
	}
	m.procs[1] = nil
	return c.p
}

// first is the first process of a program: the spare one with a fresh image, else a new one.
func (m *Machine) first(spare *puppet) (*Process, error) {
	if spare != nil {
		if m.renew(spare) == nil {
			spare.lowerStack()
			return &Process{m: m, p: spare, number: 1, version: 1}, nil
		}
		spare.kill()
	}
	return m.spawn()
}

// renew closes the process's descriptors and executes its image anew. What is in the way (a program may have
// unmapped anything) is an error, and no more is made of it.
func (m *Machine) renew(p *puppet) error {
	if err := p.waitForAll(); err != nil {
		return err
	}
	if err := p.closeInherited(); err != nil {
		return err
	}
	if err := p.exec(m.imagePath()); err != nil {
		return err
	}
	return p.settle()
}

// closeInherited closes all descriptors but the standard ones: those of the last program, and those that the caller
// started this process has left open in it.
func (p *puppet) closeInherited() error {
	_, err := p.ask(sysCloseRange, 3, 1<<32-1, 0, 0)
	return err
}

const sysCloseRange = 436

// imagePath is what a puppet calls its image.
func (m *Machine) imagePath() string {
	if m.tree.shared {
		return m.tree.path(imageName)
	}
	return imageName
}

// spawn starts the first process. It executes its image twice: the limits and signal handling that it shall start with
// are set in between, and the second image knows nothing of how.
func (m *Machine) spawn() (*Process, error) {
	tid, err := m.start()
	if err != nil && m.tree.top != "" && !m.tree.shared {
		// An ordinary user may not everywhere have namespaces of his own.
		m.tree.shared = true
		tid, err = m.start()
	}
	m.paths.shared = m.tree.shared
	if err != nil {
		return nil, err
	}
	p := &puppet{w: m.watch, tid: tid, mem: -1, maps: -1, waits: !m.limiting()}
	if err := p.prepare(m.imagePath(), m.join); err != nil {
		p.kill()
		return nil, err
	}
	p.lowerStack()
	return &Process{m: m, p: p, number: 1, version: 1}, nil
}

// start executes the image in a new process, which stops at its first instruction. Its root is the tree, and segments
// of shared memory are the program's own: they are numbered from 0, and go with its last process. Until the process is
// under ptrace, with PTRACE_O_EXITKILL, the signal for its parent's death ends it with this one: the parent is the
// machine's thread, which is kept.
func (m *Machine) start() (tid int, err error) {
	t := m.tree
	attr := &syscall.ProcAttr{
		Dir: "/", Env: []string{}, Files: []uintptr{m.null.Fd(), m.null.Fd(), m.null.Fd()},
		Sys: &syscall.SysProcAttr{Ptrace: true, Setpgid: true, Pdeathsig: syscall.SIGKILL},
	}
	switch {
	case t.shared:
		attr.Dir = t.dir
	case t.top != "":
		// The user stays who he is. What the namespace grants ends with execve.
		attr.Sys.Chroot = t.dir
		attr.Sys.Cloneflags = syscall.CLONE_NEWIPC | syscall.CLONE_NEWUSER
		attr.Sys.UidMappings = sameID(os.Geteuid())
		attr.Sys.GidMappings = sameID(os.Getegid())
	default:
		attr.Sys.Chroot = t.dir
		attr.Sys.Cloneflags = syscall.CLONE_NEWIPC
	}
	if t.owner != os.Geteuid() {
		id := uint32(t.owner)
		attr.Sys.Credential = &syscall.Credential{Uid: id, Gid: id}
	}
	return syscall.ForkExec(m.imagePath(), []string{imageName}, attr)
}

// sameID lets a user or group be known by its own number in a namespace.
func sameID(id int) []syscall.SysProcIDMap {
	return []syscall.SysProcIDMap{{ContainerID: id, HostID: id, Size: 1}}
}

// stackLimit is the one that most systems have.
const stackLimit = 8 << 20

// usualMask is what new files' modes lack, whatever mask this process has.
const usualMask = 0o022

// join puts a process into the group of those that are counted, where there is one.
func (m *Machine) join(tid int) error {
	if m.limiting() {
		return os.WriteFile(m.limits.aside+"/cgroup.procs", fmt.Append(nil, tid), 0)
	}
	if m.counters == nil {
		return nil
	}
	return m.counters.group.put(tid)
}

// prepare brings a new process to its first breakpoint. join is called before it gets the memory that it keeps.
func (p *puppet) prepare(path string, join func(tid int) error) error {
	if s, err := p.await(); err != nil || s.exited {
		return errors.Join(err, fmt.Errorf("it did not stop at its first instruction: %#x", p.status))
	}
	if err := syscall.PtraceSetOptions(p.tid, followed); err != nil {
		return fmt.Errorf("PTRACE_SETOPTIONS: %w", err)
	}
	if err := p.settle(); err != nil {
		return err
	}
	if _, err := p.ask(syscall.SYS_PRCTL, syscall.PR_SET_PDEATHSIG, 0, 0, 0); err != nil { // it has done its work
		return err
	}
	if err := p.limitStack(stackLimit); err != nil {
		return fmt.Errorf("stack limit: %w", err)
	}
	if err := p.expectChildren(); err != nil {
		return err
	}
	if _, err := p.ask(syscall.SYS_UMASK, usualMask, 0, 0, 0); err != nil {
		return err
	}
	if err := p.disableHugePages(); err != nil {
		return err
	}
	if err := p.closeInherited(); err != nil {
		return err
	}
	if err := join(p.tid); err != nil {
		return err
	}
	if err := p.exec(path); err != nil {
		return err
	}
	return p.settle()
}

// Where prepare puts things: the image that will be replaced has nothing else to lose.
const (
	atAction = int64(script.ScratchAddr)
	atArgv   = atAction + 64
	atEnvp   = atArgv + 8
	atName   = atAction + 128
	atPath   = atAction + 256
)

// limitStack sets the puppet's stack limit, as far as its hard limit allows. It does so itself: another user could not.
func (p *puppet) limitStack(bytes uint64) error {
	var now syscall.Rlimit // of this process, whose limits the puppet has
	if err := syscall.Getrlimit(syscall.RLIMIT_STACK, &now); err != nil {
		return err
	}
	limit := binary.LittleEndian.AppendUint64(nil, min(bytes, now.Max))
	if _, err := syscall.Pwrite(p.mem, binary.LittleEndian.AppendUint64(limit, now.Max), atAction); err != nil {
		return err
	}
	rax, err := p.ask(syscall.SYS_SETRLIMIT, syscall.RLIMIT_STACK, uint64(atAction), 0, 0)
	if err == nil && rax != 0 {
		err = syscall.Errno(-rax)
	}
	return err
}

// expectChildren blocks SIGCHLD, so that no child's end stops the puppet. Under a limit it ignores the signal: then the
// kernel releases children as they end, and they take no memory of the group's.
func (p *puppet) expectChildren() error {
	if p.waits {
		const sigBlock = 0
		mask := binary.LittleEndian.AppendUint64(nil, 1<<(syscall.SIGCHLD-1))
		return p.setSignal(mask, syscall.SYS_RT_SIGPROCMASK, sigBlock)
	}
	action := make([]byte, 32)
	action[0] = 1 // SIG_IGN
	return p.setSignal(action, syscall.SYS_RT_SIGACTION, uint64(syscall.SIGCHLD))
}

// setSignal performs a call about signals that reads what.
func (p *puppet) setSignal(what []byte, nr uintptr, first uint64) error {
	if _, err := syscall.Pwrite(p.mem, what, atAction); err != nil {
		return err
	}
	rax, err := p.ask(nr, first, uint64(atAction), 0, 8)
	if err == nil && rax != 0 {
		err = syscall.Errno(-rax)
	}
	return err
}

// disableHugePages disables huge pages where the kernel gives them without being asked: where it can, with the
// exception of advised areas. The model has no huge pages.
func (p *puppet) disableHugePages() error {
	if hugePages() != profile.HugeAlways.String() {
		return nil
	}
	const setDisable, exceptAdvised = 41, 2
	rax, err := p.ask(syscall.SYS_PRCTL, setDisable, 1, exceptAdvised, 0)
	if err == nil && rax != 0 {
		rax, err = p.ask(syscall.SYS_PRCTL, setDisable, 1, 0, 0)
	}
	if err == nil && rax != 0 {
		err = fmt.Errorf("PR_SET_THP_DISABLE: %w", syscall.Errno(-rax))
	}
	return err
}

// exec puts a fresh image in the place of the one it has, and brings it to its breakpoint.
func (p *puppet) exec(path string) error {
	words := binary.LittleEndian.AppendUint64(nil, uint64(atName))
	words = append(words, make([]byte, 8)...) // the end of the arguments, and an environment of nothing
	for _, put := range []struct {
		at   int64
		what []byte
	}{{atArgv, words}, {atEnvp, words[8:]}, {atName, []byte(imageName + "\x00")}, {atPath, []byte(path + "\x00")}} {
		if _, err := syscall.Pwrite(p.mem, put.what, put.at); err != nil {
			return err
		}
	}
	if _, err := p.ask(syscall.SYS_EXECVE, uint64(atPath), uint64(atArgv), uint64(atEnvp), 0); err != nil {
		return err
	}
	if err := getRegs(p.tid, &p.regs); err != nil {
		return err
	}
	if p.regs.Rip != uint64(p.at(binfmt.StubEntry)) {
		return fmt.Errorf("execve %s: %w", path, syscall.Errno(-p.regs.Rax))
	}
	s, err := p.resume(cont)
	if err == nil && s.exited {
		err = p.died()
	}
	return err
}

// ask makes the puppet perform a call that is not the program's.
func (p *puppet) ask(nr uintptr, args ...uint64) (uint64, error) {
	p.regs = p.base
	p.regs.Rax = uint64(nr)
	p.regs.Rdi, p.regs.Rsi, p.regs.Rdx, p.regs.R10 = args[0], args[1], args[2], args[3]
	s, err := p.toBreakpoint(binfmt.StubSyscall)
	if err == nil && (s.signal != syscall.SIGTRAP || s.event != 0) {
		err = fmt.Errorf("the puppet got %v", s.signal)
	}
	if err == nil {
		err = getRegs(p.tid, &p.regs)
	}
	return p.regs.Rax, err
}

// sharedMemory are the calls on segments that outlive processes.
var sharedMemory = map[syscalls.Number]bool{
	syscalls.SysShmget: true, syscalls.SysShmat: true, syscalls.SysShmdt: true, syscalls.SysShmctl: true,
}
