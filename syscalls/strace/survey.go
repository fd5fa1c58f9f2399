package strace

import (
	"math"
	"strconv"
	"strings"
)

// The first reading of a log finds what the later ones have to know beforehand: what comes before each line, how the
// calls end of which a line has only the first half, and what the processes are whose birth the log does not show.

// survey is what the first reading has found.
type survey struct {
	prefixes []prefix
	qemu     bool // the log is of qemu -strace
	ltrace   bool // calls of the kernel are marked, all others are of libraries
	ends     endings
	// early are children whose lines come before the call that has made them.
	early map[string]*birth
	// strangers are the processes whose birth the log does not show.
	strangers map[string]*stranger
	attached  map[string]bool // the tracer has announced them as children
	lines     int
	cwd       string          // where the first process is at the beginning, empty where the log does not tell
	moves     bool            // some process has gone elsewhere
	flagless  map[string]bool // children of calls whose flags are not in the log; true for those that call execve
}

// noEnd says that a call has no second half.
const noEnd = math.MinInt64

// birth is a child, and what has made it.
type birth struct{ parent, flags string }

// surveyor makes a survey.
type surveyor struct {
	*survey
	pending  map[string]pendingEnd // by process
	alive    map[string]bool
	first    string   // the process without a number, once it has one
	met      string   // the first stranger
	dead     []string // strangers that have ended with their whole process
	nameless bool
	args     []string
}

type pendingEnd struct {
	index int
	call  string
	args  string
}

// outcomes are the calls whose effect may come before their second half: what they give up others can have at once,
// and a child runs at once.
var outcomes = words(`
	munmap close exit exit_group fork vfork clone clone3 shmdt execve execveat`)

// forking are the calls that make a process or a thread.
var forking = words(`
	fork vfork clone clone3`)

func newSurveyor(found []prefix, qemu bool) *surveyor {
	return &surveyor{
		survey: &survey{
			prefixes: found, qemu: qemu, early: map[string]*birth{}, strangers: map[string]*stranger{},
			attached: map[string]bool{}, flagless: map[string]bool{},
		},
		pending: map[string]pendingEnd{}, alive: map[string]bool{},
	}
}

// look takes in a line.
func (v *surveyor) look(l *line) {
	v.lines++
	if l.pid != "" && l.pid == v.first {
		l.pid = "" // lines without a number came before it had one
	}
	switch l.kind {
	case lineOther, lineStack, lineMessage, lineRemark:
		return
	case lineSignal:
		v.signal(l.text)
		return
	}
	v.ltrace = v.ltrace || l.sys
	if v.survey.ofLibrary(l) {
		return
	}
	v.meet(l)
	switch l.kind {
	case lineUnfinished:
		v.outlives(l.pid)
		v.begins(l)
		if outcomes[l.name] {
			v.pending[strings.Clone(l.pid)] = pendingEnd{v.ends.add(), strings.Clone(l.name), strings.Clone(l.args)}
		}
	case lineResumed:
		v.answers(l)
		p, ok := v.pending[l.pid]
		if !ok || p.call != l.name {
			return
		}
		delete(v.pending, l.pid)
		whole := line{name: l.name}
		if whole.finish(p.args + separator(p.args, l.args) + l.args); whole.kind != lineCall {
			return
		}
		v.ends.set(p.index, endOf(whole.result))
		if forking[l.name] {
			v.born(l.pid, &whole, true)
		}
	case lineCall:
		v.outlives(l.pid)
		v.standing(l)
		v.begins(l)
		v.answers(l)
	case lineExit:
		v.over(l.pid)
		delete(v.alive, l.pid)
		delete(v.pending, l.pid)
	}
}

// ofLibrary reports whether a line is of a call of a library, in a log of ltrace's that has the kernel's calls as well.
func (v *survey) ofLibrary(l *line) bool {
	return (v.ltrace || l.library) && !l.sys &&
		(l.kind == lineCall || l.kind == lineUnfinished || l.kind == lineResumed)
}

// standing looks for the working directory. What the log shows before any process has changed it holds from the start.
func (v *surveyor) standing(l *line) {
	switch {
	case v.moves || v.cwd != "":
		return
	case l.name == "chdir" || l.name == "fchdir":
		v.moves = true
		return
	case l.name == "getcwd" && endOf(l.result) > 0:
		if v.args = splitArgs(v.args, l.args); len(v.args) > 0 {
			v.cwd = absoluteOnly(strings.Clone(unquoted(v.args[0])))
		}
	}
	for _, n := range l.notes {
		if n.fd == "AT_FDCWD" {
			v.cwd = absoluteOnly(strings.Clone(n.path))
		}
	}
}

func absoluteOnly(path string) string {
	if strings.HasPrefix(path, "/") {
		return path
	}
	return ""
}

// endOf is a result as ends has it.
func endOf(result string) int64 {
	got := answerOf(result)
	switch {
	case got.errno != 0:
		return -int64(got.errno)
	case got.text == "?":
		return noEnd
	}
	return int64(got.value)
}

// meet notes a process when its first line comes.
func (v *surveyor) meet(l *line) {
	if v.alive[l.pid] {
		return
	}
	pid := strings.Clone(l.pid)
	v.alive[pid] = true
	switch {
	case l.pid == "":
		v.nameless = true
		return
	case v.nameless && v.first == "" && !v.attached[l.pid]:
		v.first = pid
		delete(v.alive, l.pid)
		l.pid = ""
		return
	}
	if v.met == "" {
		v.met = pid
	}
	if v.strangers[pid] == nil {
		v.strangers[pid] = &stranger{}
	}
}

// born notes the child of a call that has succeeded: begun says that the log has the call's beginning on a line before.
func (v *surveyor) born(parent string, l *line, begun bool) {
	end := endOf(l.result)
	if end <= 0 {
		return
	}
	pid := strconv.FormatInt(end, 10)
	if l.name == "clone3" && !strings.Contains(l.args, "flags=") {
		v.flagless[pid] = false
	}
	if v.alive[pid] {
		if s := v.strangers[pid]; s != nil && !begun {
			v.early[pid] = &birth{strings.Clone(parent), strings.Clone(cloneFlags(l))}
		}
		delete(v.strangers, pid)
		return
	}
	v.alive[pid] = true
}

// separator is what belongs between two halves of the arguments: the tracer cuts after a comma's space.
func separator(first, rest string) string {
	if strings.HasSuffix(first, ",") && !strings.HasPrefix(rest, ")") {
		return " "
	}
	return ""
}

func firstWord(s string) string {
	w, _, _ := strings.Cut(s, " ")
	return w
}

// cloneFlags are the flags of the call as strace spells them, with the signal; empty for fork.
func cloneFlags(l *line) string {
	switch l.name {
	case "fork":
		return ""
	case "vfork":
		return vforkFlags
	}
	var flags, signal string
	args := splitArgs(nil, l.args)
	for _, a := range args {
		if strings.HasPrefix(a, "{") {
			body, _, _ := strings.Cut(a, "=>")
			args = splitArgs(nil, strings.Trim(strings.TrimSpace(body), "{}"))
			break
		}
	}
	for i, a := range args {
		name, value, ok := strings.Cut(a, "=")
		switch {
		case !ok && i == 0 && (l.name != "clone3" || !isNumeric(a)): // the address of clone3's says nothing
			flags = a
		case name == "flags":
			flags = value
		case name == "exit_signal" && value != "0":
			signal = "|" + value
		}
	}
	if flags == "NULL" {
		flags = ""
	}
	return strings.TrimPrefix(strings.TrimPrefix(flags, "0|")+signal, "|")
}
