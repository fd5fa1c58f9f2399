package strace

import (
	"slices"
	"strconv"
	"strings"
	"syscall"

	"vmsim/syscalls/script"
)

// answer is what a call has returned.
type answer struct {
	text  string // as the language has it
	value uint64 // 0 for an error, and where the log does not know it
	errno syscall.Errno
}

// good reports whether the call has succeeded, as far as the log says.
func (a answer) good() bool { return a.errno == 0 && a.text != "?" }

// answerOf is a result as a tracer prints it: 3, 0x7f…, -1 ENOENT (…), -1 errno=2 (…), -2, ?.
func answerOf(s string) answer {
	w := firstWord(s)
	switch {
	case w == "-1":
		name := firstWord(strings.TrimLeft(s[2:], " "))
		if n, ok := strings.CutPrefix(name, "errno="); ok {
			if v, err := strconv.Atoi(n); err == nil && v > 0 && v < 4096 {
				return failed(syscall.Errno(v))
			}
		}
		if n, ok := script.ErrnoOf(name); ok {
			return failed(n)
		}
		if name == "" {
			return failed(syscall.EPERM)
		}
		return answer{text: "?"}
	case strings.HasPrefix(w, "-"):
		if n, err := strconv.ParseInt(w, 10, 64); err == nil && n > -4096 {
			return failed(syscall.Errno(-n)) // -X raw
		}
		return answer{text: "?"}
	case strings.HasPrefix(w, "0x"):
		if v, err := strconv.ParseUint(w[2:], 16, 64); err == nil {
			return answer{text: trimZeros(w), value: v}
		}
	case w != "" && isDigit(w[0]):
		if v, err := strconv.ParseUint(w, 10, 64); err == nil {
			return answer{text: w, value: v}
		}
	}
	return answer{text: "?"}
}

func failed(n syscall.Errno) answer { return answer{text: script.FormatErrno(n), errno: n} }

// trimZeros takes the zeros off that some tracers put before an address.
func trimZeros(w string) string {
	if len(w) > 3 && w[2] == '0' {
		return "0x" + strings.TrimLeft(w[3:len(w)-1], "0") + w[len(w)-1:]
	}
	return w
}

// call takes in a whole call; lines is how many lines of the log it was.
func (im *importer) call(t *task, l *line, lines int) {
	if l.counterpart() && im.writing {
		im.report.Compat++
	}
	got := answerOf(l.result)
	im.args = splitArgs(im.args, l.args)
	args := im.args
	if im.callOfTask(t, l, args, got, lines) {
		return
	}
	im.settleDescriptors(t, l, args, got)
	im.annotated(t, l)
	im.existed(t, l, args, got)
	why := im.beyond(t, l, args, got)
	args = im.absolutePaths(t, l, args)
	places := im.places(l, args)
	im.note(t, l, args, got)
	im.track(t, l, args, got)
	if opening[l.name] {
		places = im.places(l, args)
	}
	for i, p := range places {
		args[i] = script.Quote(p)
	}
	switch {
	case !im.writing:
	case why != "":
		im.outside(t, l, args, got, why, lines)
	default:
		im.count(Ran, "", lines, "")
		im.statement(t, l, args, got)
	}
	if l.name == "exit_group" {
		for _, o := range t.group.tasks {
			o.ended = true
		}
	}
	t.ended = t.ended || l.name == "exit"
}

// callOfTask takes in a call that begins a program or a process, or that is left out because of the state of its task.
// It reports whether the call was one.
func (im *importer) callOfTask(t *task, l *line, args []string, got answer, lines int) bool {
	switch {
	case t.ended:
		im.count(Outside, "after the end of its process", lines, l.name)
	case strings.HasSuffix(l.result, "(INJECTED)"):
		im.count(Outside, "the tracer has answered it in the kernel's place", lines, l.name)
		im.leaveOut(t, l)
	case strings.Contains(l.result, "ERESTART"):
		im.count(Outside, "interrupted; it is called again", lines, l.name)
	case l.name == "execve" || l.name == "execveat":
		im.exec(t, l, args, got, lines)
	case forking[l.name]:
		im.fork(t, l, got, lines)
	default:
		return false
	}
	return true
}

// places are the names in the program of the files that the arguments name, where they have got others in the log.
func (im *importer) places(l *line, args []string) (out map[int]string) {
	if len(im.moved) == 0 && !im.linked {
		return nil
	}
	kinds, _ := script.Params(l.name)
	for i, k := range kinds {
		if k != script.PathParam || i >= len(args) || !strings.HasPrefix(args[i], `"`) {
			continue
		}
		path := unquoted(args[i])
		if f := im.names[path]; f != nil && f.path != path {
			if out == nil {
				out = map[int]string{}
			}
			out[i] = f.path
		}
	}
	return out
}

// Why calls of the language cannot be in the program even with the log's answer: the model would perform them.
const (
	otherOption   = "an option of prctl that says nothing about memory"
	otherProcess  = "on a process that the log does not show"
	unseenBuffers = "on buffers that the log does not show"
	otherName     = "removes one of the names of a file that has several"
	noDirectory   = "of a directory that has been removed"
	partOfName    = "fails on a name of which the log shows a part"
)

var leftOut = map[string]bool{otherOption: true, otherName: true, otherProcess: true, noDirectory: true,
	partOfName: true, unseenBuffers: true}

// memoryOptions begin the names of those options of prctl that say something about memory.
var memoryOptions = []string{"PR_SET_VMA", "PR_SET_THP", "PR_GET_THP", "PR_SET_MDWE", "PR_GET_MDWE",
	"PR_SET_MEMORY_MERGE", "PR_GET_MEMORY_MERGE", "PR_SET_MM"}

// memoryNumbers are their numbers, as strace -X raw prints them.
var memoryNumbers = []uint64{0x53564d41, 41, 42, 65, 66, 67, 68, 35}

// ofMemory reports whether an option of prctl says something about memory.
func ofMemory(option string) bool {
	if isNumeric(option) {
		return slices.Contains(memoryNumbers, constant(option))
	}
	return slices.ContainsFunc(memoryOptions, func(p string) bool { return strings.HasPrefix(option, p) })
}

// remark writes a line of the log into the program as a comment.
func (im *importer) remark(t *task, text string) {
	im.sink.write("# " + strings.ReplaceAll(script.Visible(im.who(t)+text), "\n", " "))
}

// leaveOut writes a call into the program as a comment.
func (im *importer) leaveOut(t *task, l *line) {
	if im.writing {
		im.remark(t, l.name+"("+l.args+") = "+l.result)
	}
}

// outside writes a call that takes the log's answer.
func (im *importer) outside(t *task, l *line, args []string, got answer, why string, lines int) {
	if !im.writing {
		return
	}
	im.count(Outside, why, lines, l.name+"("+l.args)
	if leftOut[why] {
		im.leaveOut(t, l)
		return
	}
	if _, known := script.Params(l.name); known && !script.Outside(l.name) {
		im.statement(t, l, args, got)
		return
	}
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = curtailed(a)
	}
	im.emit(t, l.name+"("+strings.Join(out, ", ")+")", got.text)
}

// curtailed is an argument of a call outside the model without what is too long to read.
func curtailed(a string) string {
	if len(a) <= 4096 {
		return a
	}
	switch a[0] {
	case '"':
		return `"…"`
	case '[':
		return "[...]"
	case '{':
		return "{...}"
	}
	return a[:64] + "…"
}

// NoCall begins the reason of a call that the model does not have; the call's name follows.
const NoCall = "the model has no "

// outsideCall is the reason for a call that the model does not have.
func outsideCall(name string) string { return NoCall + name }

// beyond is why a call is outside the model; empty for one that runs.
func (im *importer) beyond(t *task, l *line, args []string, got answer) string {
	if script.Outside(l.name) {
		return outsideCall(l.name)
	}
	if l.name == "prctl" && len(args) > 0 && !ofMemory(args[0]) {
		return otherOption
	}
	if pidCalls[l.name] && len(args) > 0 && args[0] != "0" && im.tasks[args[0]] == nil {
		return otherProcess
	}
	if strings.HasPrefix(l.name, "process_vm_") && len(args) > remoteBuffers && isNumeric(args[remoteBuffers]) {
		return unseenBuffers
	}
	kinds, _ := script.Params(l.name)
	for i, k := range kinds {
		if i >= len(args) {
			break
		}
		switch k {
		case script.FDParam:
			if o := im.fd(t, args[i]); o != nil && o.file.other && (l.name != "mmap" || !anonymous(args)) {
				return "on something outside the model: a pipe, a socket, a terminal, a directory, a device"
			}
		case script.PathParam:
			if why := im.misnamed(t, l, args, i, got); why != "" {
				return why
			}
			if l.name != "memfd_create" && strings.HasPrefix(args[i], `"`) && !im.reaches(t, l, args, i, got) {
				return "of a path outside the model: a directory, a device, a file that the program does not use"
			}
		}
	}
	return ""
}

// misnamed is why a call on a path would do in the model what it has not done in the log; empty where it would not.
func (im *importer) misnamed(t *task, l *line, args []string, i int, got answer) string {
	switch {
	case strings.HasPrefix(l.name, "unlink") && im.shared(t, l, args, i):
		return otherName
	case got.errno == 0:
		return ""
	case strings.HasSuffix(args[i], "..."):
		return partOfName
	case got.errno == syscall.ENOENT && opening[l.name]:
		if im.directories[t.absolute(im.dirOf(t, l.name, args), unquoted(args[i]))] {
			return noDirectory
		}
	}
	return ""
}

func anonymous(args []string) bool {
	return len(args) > 3 && constant(args[3])&mapAnonymous != 0
}

// reaches reports whether the path of a call leads to a file of the program.
func (im *importer) reaches(t *task, l *line, args []string, i int, got answer) bool {
	if got.errno == syscall.ENOENT {
		return true
	}
	path := t.absolute(im.dirOf(t, l.name, args), unquoted(args[i]))
	f := im.names[path]
	if opening[l.name] {
		if unnamed(args) {
			return got.good() && !script.OutsidePath(path)
		}
		file := !im.directories[path] && (f == nil || !f.other)
		return got.good() && file && !directory(args) && !script.OutsidePath(path)
	}
	return f != nil && !f.other
}

// shared reports whether the path of a call leads to a file that has other names too.
func (im *importer) shared(t *task, l *line, args []string, i int) bool {
	f := im.names[t.absolute(im.dirOf(t, l.name, args), unquoted(args[i]))]
	return f != nil && f.names > 0
}

// opening are the calls that open a file by its path.
var opening = words(`
	open openat openat2 creat`)

// directory reports whether an open is of what is no file with content.
func directory(args []string) bool {
	return slices.ContainsFunc(args, func(a string) bool {
		raw := strings.HasPrefix(a, "0x") && constant(a) < 1<<32 && constant(a)&(oDirectory|oPath) != 0
		return raw || strings.Contains(a, "O_DIRECTORY") || strings.Contains(a, "O_PATH")
	})
}

// unnamed reports whether an open makes a file without a name in the directory that it names.
func unnamed(args []string) bool {
	return slices.ContainsFunc(args, func(a string) bool { return strings.Contains(a, "O_TMPFILE") })
}

// annotated takes the paths of descriptors from what -y has added.
func (im *importer) annotated(t *task, l *line) {
	for _, n := range l.notes {
		if n.fd == "AT_FDCWD" {
			im.learnDir(t, n.path)
			continue
		}
		o := im.fd(t, n.fd)
		if o == nil || im.writing || !strings.HasPrefix(o.file.path, "/unseen/") || !strings.HasPrefix(n.path, "/") {
			continue
		}
		o.file.path = strings.Clone(n.path)
		if !script.OutsidePath(n.path) && !strings.Contains(n.path, "<") {
			o.file.other = false
		}
	}
}

// dirOf is the directory that a call's relative path begins in; empty for the working directory.
func (im *importer) dirOf(t *task, call string, args []string) string {
	if len(args) == 0 || !atCalls[call] {
		return ""
	}
	if o := im.fd(t, args[0]); o != nil {
		return o.file.path
	}
	return ""
}

// atCalls are the calls whose first argument is the directory that their path begins in.
var atCalls = words(`
	openat openat2 newfstatat statx unlinkat mkdirat faccessat faccessat2 readlinkat fchmodat fchownat
	renameat renameat2 linkat utimensat mknodat`)

// absolutePaths writes the paths of a call from the root on: in a program there is no directory to stand in. A path
// that the log does not show gets a name.
func (im *importer) absolutePaths(t *task, l *line, args []string) []string {
	kinds, known := script.Params(l.name)
	if !known || script.Outside(l.name) || l.name == "memfd_create" {
		return args
	}
	dir := ""
	for i, k := range kinds {
		if k != script.PathParam || i >= len(args) {
			continue
		}
		a := args[i]
		switch {
		case isNumeric(a) && a != "NULL", strings.HasPrefix(a, `"`) && strings.HasSuffix(a, "..."):
			im.hidden++
			args[i] = script.Quote("/unknown/" + strconv.Itoa(im.hidden))
			continue
		case !strings.HasPrefix(a, `"`) || a == `""`:
			continue
		}
		name := unquoted(a)
		if atCalls[l.name] && i > 0 {
			dir = im.dirOf(t, l.name, args[i-1:])
		}
		path := t.absolute(dir, name)
		if atCalls[l.name] && i > 0 {
			args[i-1] = "AT_FDCWD"
		}
		if path != name {
			args[i] = script.Quote(path)
		}
	}
	return args
}
