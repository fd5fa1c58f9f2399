package strace

import (
	"strconv"
	"strings"

	"vmsim/vm"
)

// A log that begins in the middle has processes and threads whose birth it does not show. Whether two of them share an
// address space and descriptors decides what their calls mean. This file finds it out by what they do.

// stranger is a process or a thread whose birth the log does not show.
type stranger struct {
	execs bool
	apart bool   // it is a process of its own: another waits for it, or outlives it
	tgid  string // as getpid or tgkill has it
	ends  bool   // it has called exit_group
	near  uint64 // an address among its mappings
}

// signal looks at a signal's text: a child that sends SIGCHLD is no thread.
func (v *surveyor) signal(text string) {
	if !strings.HasPrefix(text, "SIGCHLD ") {
		return
	}
	if _, rest, ok := strings.Cut(text, "si_pid="); ok {
		pid, _, _ := strings.Cut(rest, ",")
		v.parts(strings.TrimSuffix(pid, "}"))
	}
}

// parts notes that a stranger is a process of its own.
func (v *surveyor) parts(pid string) {
	if s := v.strangers[pid]; s != nil {
		s.apart = true
	}
}

// over notes the end of a task. Where exit_group has ended it, each thread of its process has ended with it.
func (v *surveyor) over(pid string) {
	if s := v.strangers[pid]; s != nil && s.ends {
		v.dead = append(v.dead, strings.Clone(pid))
	}
}

// outlives is called for each call that begins: its process is not one of those that have ended before it.
func (v *surveyor) outlives(pid string) {
	if len(v.dead) == 0 || v.strangers[pid] == nil {
		return
	}
	for _, dead := range v.dead {
		switch v.met {
		case pid:
			v.parts(dead)
		case dead:
			v.parts(pid)
		}
	}
	if pid == v.met {
		v.dead = v.dead[:0]
	}
}

// begins looks at the arguments of a call for what they say about its process.
func (v *surveyor) begins(l *line) {
	s := v.strangers[l.pid]
	if s == nil {
		return
	}
	switch l.name {
	case "exit_group":
		s.ends = true
	case "tgkill":
		if v.args = splitArgs(v.args, l.args); len(v.args) > 1 && v.args[1] == l.pid {
			s.tgid = strings.Clone(v.args[0])
		}
	case "munmap", "mprotect", "madvise":
		if v.args = splitArgs(v.args, l.args); len(v.args) > 1 {
			s.shows(constant(v.args[0]))
		}
	}
}

// telling are the calls of which the result says something about a process.
var telling = words(`
	fork vfork clone clone3 execve execveat wait4 waitpid getpid mmap mmap2`)

// answers looks at the result of a call for what it says about its process, or about another's.
func (v *surveyor) answers(l *line) {
	if !telling[l.name] {
		return
	}
	result := l.result
	if l.kind == lineResumed {
		whole := line{name: l.name}
		whole.finish(l.args)
		result = whole.result
	}
	end := endOf(result)
	switch l.name {
	case "fork", "vfork", "clone", "clone3":
		if l.kind == lineCall {
			v.born(l.pid, l, false)
		}
		return
	case "execve", "execveat":
		if _, ok := v.flagless[l.pid]; ok && end == 0 {
			v.flagless[l.pid] = true
		}
	case "wait4", "waitpid":
		if end > 0 {
			v.parts(strconv.FormatInt(end, 10))
		}
	}
	s := v.strangers[l.pid]
	if s == nil {
		return
	}
	switch l.name {
	case "execve", "execveat":
		s.execs = s.execs || end == 0
	case "getpid":
		s.tgid = strings.Clone(firstWord(result))
	case "mmap", "mmap2":
		if chosen := strings.HasPrefix(l.args, "NULL,"); end > 0 && chosen && s.near == 0 {
			s.near = uint64(end)
		} else if end > 0 {
			s.shows(uint64(end))
		}
	}
}

// shows notes an address of a stranger's mappings, if it lies where the kernel places them: the program itself, its
// heap and what it has asked for by address say nothing about where.
func (s *stranger) shows(address uint64) {
	if s.near == 0 && address >= lowestPlaced && address < uint64(vm.TaskSize) {
		s.near = address
	}
}

// Linux chooses where mappings end at random from 2^28 pages below the stack. Two spaces are further than this from
// each other in 31 of 32 cases, and the libraries and small mappings of one are not.
const (
	lowestPlaced = uint64(vm.TaskSize) - 1<<41
	farApart     = 1 << 34
)

// farFrom reports whether the mappings of two strangers lie too far from each other for one space.
func (s *stranger) farFrom(other *stranger) bool {
	return s.near != 0 && other.near != 0 && max(s.near, other.near)-min(s.near, other.near) > farApart
}

// home is the process whose thread a stranger is; empty where it is a process.
func (v *survey) home(pid, first string) string {
	s, f := v.strangers[pid], v.strangers[first]
	switch {
	case s == nil || pid == first || s.execs || s.apart:
		return ""
	case s.tgid == pid:
		return ""
	case s.tgid != "":
		return s.tgid
	case f != nil && s.farFrom(f):
		return ""
	}
	return first
}
