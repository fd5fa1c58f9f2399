package strace

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// task is the process or thread of a number in the log: one that is known, a child whose birth has no line yet, or a
// stranger. It is nil for one that has ended.
func (im *importer) task(pid string) *task {
	if t := im.tasks[pid]; t != nil {
		if pid == "" && t.ended {
			if other := im.survivor(); other != nil {
				im.tasks[""] = other
				return other
			}
		}
		if t.ended && t.begun {
			return t
		}
		return t
	}
	pid = strings.Clone(pid)
	nameless := im.tasks[""]
	switch {
	case pid == "" && len(im.order) > 0:
		t := im.survivor()
		if t == nil {
			t = im.order[0]
		}
		im.tasks[pid] = t
		return t
	case nameless != nil && !nameless.named && !im.attached[pid]:
		nameless.named = true
		im.tasks[pid] = nameless
		return nameless
	}
	if b := im.early[pid]; b != nil && !im.arrived[pid] && im.tasks[b.parent] != nil {
		t := im.child(im.tasks[b.parent], pid, b.flags)
		im.made(im.tasks[b.parent], forkText(b.flags, ""), strconv.Itoa(t.number), madeEarly)
		return t
	}
	if parent := im.awaiting(); parent != nil && im.strangers[pid] == nil {
		return im.child(parent, pid, cloneFlags(&parent.pending)) // the call's second half says another number, or none
	}
	return im.stranger(pid)
}

// awaiting is the only task that has begun a fork without an end.
func (im *importer) awaiting() *task {
	for _, t := range im.order {
		if t.begun && forking[t.pending.name] && !t.early && !t.ended {
			return t
		}
	}
	return nil
}

// survivor is the task that is left when lines have no number again.
func (im *importer) survivor() *task {
	for _, t := range im.order {
		if !t.ended {
			return t
		}
	}
	return nil
}

// stranger is a process or a thread whose birth the log does not show.
func (im *importer) stranger(pid string) *task {
	first := ""
	if len(im.order) > 0 {
		first = im.order[0].pid
	}
	if home := im.survey.home(pid, first); home != "" && len(im.order) > 0 {
		leader := im.tasks[home]
		if leader == nil {
			leader = im.leaders[home]
		}
		if leader != nil && !leader.ended {
			t := im.child(leader, pid, threadFlags)
			im.made(leader, forkText(threadFlags, ""), strconv.Itoa(t.number), madeThread)
			return t
		}
		im.leaders[home] = im.root(pid)
		return im.leaders[home]
	}
	return im.root(pid)
}

// threadFlags are those of a thread whose birth the log does not show.
const threadFlags = "CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|CLONE_SYSVSEM"

// root is a new process without a parent in the log.
func (im *importer) root(pid string) *task {
	var r *root
	if im.writing && im.nextRoot < len(im.roots) {
		r = im.roots[im.nextRoot]
		im.newImage("", false) // r has it
	} else {
		r = &root{pid: pid, initial: map[int]slot{}, image: im.newImage("", false)}
		im.roots = append(im.roots, r)
	}
	im.nextRoot++
	t := &task{number: im.nextRoot, pid: pid, named: pid != "", fds: &table{slots: map[int]slot{}, root: r}}
	t.space, t.dir, t.group = &space{image: r.image}, &workingDir{im.survey.cwd}, &group{}
	if s := im.leaders[pid]; s != nil && im.writing {
		t.space = s.space
	}
	im.enroll(t)
	return t
}

func (im *importer) enroll(t *task) {
	t.group.tasks = append(t.group.tasks, t)
	im.order = append(im.order, t)
	im.tasks[t.pid] = t
}

// child is a new task that shares with its parent what the flags say.
func (im *importer) child(parent *task, pid, flags string) *task {
	im.born++
	t := &task{number: len(im.roots) + im.born, pid: pid, named: true}
	bits := cloneBits(flags)
	t.fds, t.space, t.dir, t.group = parent.fds, parent.space, parent.dir, parent.group
	if bits&cloneFiles == 0 {
		t.fds = parent.fds.copy()
	}
	if bits&cloneVM == 0 {
		t.space = parent.space.copy()
	}
	if bits&cloneFS == 0 {
		t.dir = &workingDir{parent.dir.path}
	}
	if bits&cloneThread == 0 {
		t.group = &group{}
	}
	im.forget()
	im.enroll(t)
	return t
}

// forget drops tasks that have ended, now and then: a long log has many.
func (im *importer) forget() {
	if len(im.order) < 64 || len(im.order)&(len(im.order)-1) != 0 {
		return
	}
	im.order = slices.DeleteFunc(im.order, func(t *task) bool {
		if t.ended && im.tasks[t.pid] == t && t != im.tasks[""] && !t.begun {
			delete(im.tasks, t.pid)
			return true
		}
		return false
	})
}

// unfinished takes in the first half of a call. What gives something up, and what makes a child, takes effect at once.
func (im *importer) unfinished(t *task, l *line) {
	im.abandon(t)
	t.pending, t.begun, t.early = *l, true, false
	t.pending.notes = slices.Clone(l.notes)
	t.pending.args = strings.Clone(l.args)
	if !outcomes[l.name] {
		return
	}
	t.end = im.ends.at(im.nextEnd)
	im.nextEnd++
	ends := l.name == "exit" || l.name == "exit_group"
	if t.end < 0 && !ends || t.ended {
		return
	}
	whole := line{pid: l.pid, name: l.name}
	result := strconv.FormatInt(t.end, 10)
	if ends {
		result = "?"
	}
	if whole.finish(strings.TrimSuffix(strings.TrimRight(l.args, " "), ",") + ") = " + result); whole.kind == lineCall {
		t.early = true
		im.call(t, &whole, 1)
		t.fate = im.account.last
	}
}

// resumed joins the halves of a call.
func (im *importer) resumed(t *task, l *line) {
	if !t.begun || t.pending.name != l.name {
		im.latecomer(t, l)
		return
	}
	first, early := t.pending, t.early
	t.pending, t.begun, t.early = line{}, false, false
	whole := line{pid: l.pid, name: l.name}
	whole.finish(first.args + separator(first.args, l.args) + l.args)
	switch {
	case whole.kind != lineCall:
		im.count(NotUnderstood, noForm, 2, l.name+"("+first.args)
	case early:
		im.released(t, im.tasks[strconv.FormatInt(t.end, 10)], &whole)
		im.count(t.fate.fate, t.fate.why, 1, "")
	case t.ended:
		im.count(Outside, "cut off by the end of the process", 2, l.name)
	default:
		im.call(t, &whole, 2)
	}
}

// abandon accounts for the first half of a call that gets no second.
func (im *importer) abandon(t *task) {
	if t.begun && !t.early {
		im.count(Outside, noAnswer, 1, t.pending.name+"("+t.pending.args)
	}
	t.begun = false
}

// latecomer is the second half of a call whose first is not in the log.
func (im *importer) latecomer(t *task, l *line) {
	whole := line{pid: l.pid, name: l.name}
	if unseen := unseenArgs[l.name]; unseen != "" {
		if whole.finish(l.args); whole.kind == lineCall && answerOf(whole.result).good() {
			whole.args = unseen
			im.call(t, &whole, 1)
			return
		}
		if _, result, ok := strings.Cut(l.args, "= "); ok && firstWord(result) == "0" {
			whole.kind, whole.args, whole.result = lineCall, unseen, "0"
			im.call(t, &whole, 1)
			return
		}
	}
	im.count(Outside, "resumes a call that did not begin in the log", 1, l.name)
}

// unknownProgram is the file of an image whose name the log does not show.
const unknownProgram = "/unknown/program"

// unseenArgs are the arguments of calls that begin a program before the log does.
var unseenArgs = map[string]string{
	"execve":   `"` + unknownProgram + `", NULL, NULL`,
	"execveat": `AT_FDCWD, "` + unknownProgram + `", NULL, NULL, 0`,
}

// executed is the path of the file that a call executes. execveat begins at a directory, or means the open file itself.
func (im *importer) executed(t *task, l *line, args []string) string {
	name, dir := unquoted(args[0]), ""
	if l.name == "execveat" && len(args) > 1 {
		if name = unquoted(args[1]); !strings.HasPrefix(name, "/") {
			if o := im.fd(t, args[0]); o != nil {
				dir = o.file.path
			}
		}
	}
	exe := t.absolute(dir, name)
	if strings.ContainsAny(exe, "*#\"\n") || im.directories[exe] || exe == unknownDir {
		return unknownProgram // a line of areas cannot have such a name: a comment may begin in it
	}
	return exe
}

// exec starts a new image in the process.
func (im *importer) exec(t *task, l *line, args []string, got answer, lines int) {
	if !got.good() || len(args) == 0 {
		im.outside(t, l, args, got, outsideCall(l.name), lines)
		return
	}
	exe := strings.Clone(im.executed(t, l, args))
	first := t.space.image
	begins := first == t.fds.root.image && t.space.known == nil
	if im.writing {
		begins = begins && first.known
	} else {
		begins = begins && len(first.points) == 0 && first.top == 0
	}
	if begins {
		first.exe, first.known = exe, true
		im.outside(t, l, args, got, outsideCall(l.name), lines)
		t.space.known = spans{}
		return
	}
	im.outside(t, l, args, got, outsideCall(l.name), lines)
	t.space = &space{image: im.newImage(exe, true), known: spans{}}
	t.fds = t.fds.copy()
	t.fds.closeMarked()
	im.alone(t)
	if im.writing {
		im.writeLayout(t)
	}
}

// unseenExec starts a new image that the log does not show: it has only some kinds of calls.
func (im *importer) unseenExec(t *task) {
	t.space = &space{image: im.newImage(unknownProgram, true), known: spans{}}
	t.fds = t.fds.copy()
	im.alone(t)
	if im.writing {
		im.account.madeFor(madeExec, im.no, "execve")
		im.writeLayout(t)
	}
}

// alone ends the other threads of a process, as execve does.
func (im *importer) alone(t *task) {
	for _, o := range t.group.tasks {
		if o != t && !o.ended {
			o.ended = true
		}
	}
	t.group = &group{tasks: []*task{t}}
}

// fork is a call that makes a process or a thread.
func (im *importer) fork(t *task, l *line, got answer, lines int) {
	flags := cloneFlags(l)
	if got.errno != 0 && (got.errno != syscall.EINVAL || !modelled(flags)) {
		im.count(Outside, "a fork that fails for a reason outside the model", lines, l.name+"("+l.args)
		im.leaveOut(t, l)
		return
	}
	if !got.good() || got.value == 0 {
		im.count(Ran, "", lines, "")
		im.emit(t, forkText(flags, l.args), got.text)
		return
	}
	pid := strconv.FormatUint(got.value, 10)
	if execs, ok := im.flagless[pid]; ok && !execs && l.name == "clone3" {
		flags = threadFlags
	}
	im.count(Ran, "", lines, "")
	if known := im.tasks[pid]; known != nil && im.early[pid] != nil && !im.arrived[pid] {
		im.arrived[pid] = true // it is in the program already
		return
	}
	child := im.child(t, pid, flags)
	im.emit(t, forkText(flags, l.args), strconv.Itoa(child.number))
	if !t.begun {
		im.released(t, child, l)
	}
}

// released starts a new image in the child of a vfork whose parent goes on, where the log shows neither its execve nor
// its end.
func (im *importer) released(parent, child *task, l *line) {
	if child != nil && !child.ended && child.space == parent.space && cloneBits(cloneFlags(l))&cloneVfork != 0 {
		im.unseenExec(child)
	}
}

// exited is the end of a process as the tracer tells it.
func (im *importer) exited(t *task, l *line) {
	before := t.ended
	t.ended = true
	if strings.Contains(l.text, "superseded by execve") {
		im.count(Talk, "the tracer's own words", 1, l.text)
		return
	}
	im.count(Ran, "", 1, "")
	if !before && slices.ContainsFunc(t.group.tasks, func(o *task) bool { return !o.ended }) {
		im.emit(t, "exit(0)", "?") // the process goes on
		return
	}
	im.emit(t, "+++ exited +++", "")
}

// signal makes an access of a SIGSEGV or SIGBUS that has an address.
func (im *importer) signal(t *task, l *line) {
	name := firstWord(l.text)
	code, addr := field(l.text, "si_code="), field(l.text, "si_addr=")
	if name != "SIGSEGV" && name != "SIGBUS" || strings.HasPrefix(code, "SI_") {
		im.count(Outside, "a signal that is no bad access", 1, l.text)
		return
	}
	if addr == "NULL" {
		addr = "0"
	}
	a, ok := parseAddr(addr)
	if !ok {
		im.count(Outside, "a signal without an address", 1, l.text)
		return
	}
	if addr = hex(a); a == 0 {
		addr = "NULL"
	}
	kind := "r"
	if code == "SEGV_ACCERR" {
		kind = "w" // a load of what may not be read is rarer
	}
	im.count(Ran, "", 1, "")
	im.emit(t, fmt.Sprintf("touch(%s, %s)", hex(a), kind), "",
		fmt.Sprintf("--- %s {si_code=%s, si_addr=%s} ---", name, code, addr))
}
