package strace

import (
	"strconv"
	"strings"

	"vmsim/syscalls/script"
)

// answer is what a call has returned.
type answer struct {
	text  string // as the language has it
	value uint64 // 0 for an error, and where the log does not know it
}

func answerOf(result string) answer {
	text := resultText(result)
	value, _ := strconv.ParseUint(strings.TrimPrefix(firstWord(text), "0x"), base(text), 64)
	return answer{text, value}
}

// good reports whether the call has succeeded, as far as the log says.
func (a answer) good() bool { return !strings.HasPrefix(a.text, "-1 ") && a.text != "?" }

// call takes in a whole call.
func (im *importer) call(p *logProc, l straceLine) {
	args := splitArgs(l.args)
	got := answerOf(l.result)
	if strings.Contains(l.result, "ERESTART") {
		im.skip(l.name+"("+l.args+")", "interrupted; it is called again")
		return
	}
	switch {
	case l.name == "execve" || l.name == "execveat":
		im.exec(p, l, args, got)
		return
	case forking[l.name]:
		im.fork(p, l, got)
		return
	}
	p.seg.fresh = false
	im.knowAnnotated(p, l)
	im.learn(p, l, args, got)
	p.seg.note(l.name, args, got)
	im.statement(p, l, args, got)
}

func base(result string) int {
	if strings.HasPrefix(result, "0x") {
		return 16
	}
	return 10
}

// resultText is a result as the language has it.
func resultText(s string) string {
	w := firstWord(s)
	switch {
	case w == "-1":
		_, rest, _ := strings.Cut(s, " ")
		name := firstWord(rest)
		if n, ok := script.ErrnoOf(name); ok {
			return script.FormatErrno(n)
		}
		return "?"
	case strings.HasPrefix(w, "-"):
		if n, err := strconv.ParseInt(w, 10, 64); err == nil && n > -4096 {
			return script.FormatErrno(errnoFrom(-n)) // -X raw
		}
		return "?"
	case w == "" || !isDigit(w[0]):
		return "?"
	}
	return w
}

// knowAnnotated learns paths of descriptors from what -y has added.
func (im *importer) knowAnnotated(p *logProc, l straceLine) {
	for _, n := range l.notes {
		fdText, path, _ := strings.Cut(n, "\x00")
		if fdText == "AT_FDCWD" {
			p.cwd = path
			continue
		}
		fd, err := strconv.Atoi(fdText)
		if err != nil || p.fds[fd] != nil {
			continue
		}
		f := im.file(path)
		if !strings.HasPrefix(path, "/") || script.OutsidePath(path) {
			f.other = true
		}
		p.fds[fd] = &logOpen{file: f}
	}
}

// exec starts a new image in the process.
func (im *importer) exec(p *logProc, l straceLine, args []string, got answer) {
	if !got.good() || len(args) == 0 {
		im.emit(p, l.name+"("+strings.Join(args, ", ")+")", resultText(l.result))
		return
	}
	exe := script.Unquote(args[0])
	if l.name == "execveat" && len(args) > 1 {
		exe = script.Unquote(args[1])
	}
	p.seg = &segment{exe: p.absolute("", exe), fresh: true}
	for fd, closes := range p.cloexec {
		if closes {
			delete(p.fds, fd)
			delete(p.cloexec, fd)
		}
	}
	first := len(im.body) == 0
	if !first {
		im.emit(p, l.name+"("+strings.Join(args, ", ")+")", "0")
	}
	p.shares = false
	im.body = append(im.body, &bodyLine{pid: p.pid, seg: p.seg, from: im.line})
	if first {
		im.emit(p, l.name+"("+strings.Join(args, ", ")+")", "0")
	}
}

// fork is a call that makes a process, in one line.
func (im *importer) fork(p *logProc, l straceLine, got answer) {
	if !got.good() {
		im.emit(p, im.forkText(l), got.text)
		return
	}
	if known := im.procs[firstWord(got.text)]; known != nil && known.born == nil {
		// The child's lines came before its parent's: it has been taken for a process of its own already.
		im.emit(p, im.forkText(l), strconv.Itoa(known.pid))
		return
	}
	child := im.newProc(p)
	im.procs[firstWord(got.text)] = child
	im.emit(p, im.forkText(l), strconv.Itoa(child.pid))
}

// forkText is a fork as the language has it: clone's arguments by position, clone3 as the clone that it stands for.
func (im *importer) forkText(l straceLine) string {
	if l.name == "fork" || l.name == "vfork" {
		return l.name + "()"
	}
	text, _ := stripAnnotations(l.args)
	named := map[string]string{}
	for _, a := range splitArgs(strings.Trim(cloneFields(text), "{}")) {
		if k, v, ok := strings.Cut(a, "="); ok {
			named[k] = v
		}
	}
	flags := named["flags"]
	if sig := named["exit_signal"]; sig != "" && sig != "0" {
		flags += "|" + sig
	}
	if flags == "" {
		return "fork()"
	}
	// The child's stack is the harness's affair, and thread storage is no memory of ours.
	return "clone(" + strings.TrimPrefix(flags, "0|") + ")"
}

// cloneFields is the structure of clone3, or clone's own arguments.
func cloneFields(args string) string {
	if !strings.HasPrefix(args, "{") {
		return args
	}
	for _, a := range splitArgs(args) {
		s, _, _ := strings.Cut(a, "=>")
		return strings.TrimSpace(s)
	}
	return args
}
