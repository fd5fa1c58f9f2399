package strace

import (
	"strconv"
	"strings"
)

// proc is the process of that number in the log; a new number is a child that some fork has made, or the process that has
// had no number as long as it was alone.
func (im *importer) proc(logPID string) *logProc {
	if p := im.procs[logPID]; p != nil && !(logPID == "" && p.ended) {
		return p
	}
	p := im.procs[""]
	switch {
	case logPID == "" && p != nil:
		p = im.survivor()
	case p != nil && !p.numbered && !im.attached[logPID]:
		p.numbered = true
	case len(im.births) > 0:
		p = im.births[0]
		im.births = im.births[1:]
		p.numbered = true
	default:
		p = im.newProc(nil)
		p.numbered = logPID != ""
	}
	im.procs[logPID] = p
	return p
}

// survivor is the process that is left when lines have no number again.
func (im *importer) survivor() *logProc {
	for _, p := range im.order {
		if !p.ended {
			return p
		}
	}
	return im.order[0]
}

// newProc is a new process, a copy of its parent where it has one.
func (im *importer) newProc(parent *logProc) *logProc {
	p := &logProc{pid: len(im.order) + 1, fds: map[int]*logOpen{}, cloexec: map[int]bool{}, seg: &segment{}}
	if parent != nil {
		for fd, o := range parent.fds {
			p.fds[fd], p.cloexec[fd] = o, parent.cloexec[fd]
		}
		p.cwd, p.seg = parent.cwd, parent.seg
	}
	im.order = append(im.order, p)
	return p
}

// forking are the calls that make a process.
var forking = map[string]bool{"fork": true, "vfork": true, "clone": true, "clone3": true}

// unfinished keeps the first half of a call. A fork takes effect at once: its child runs before the second half.
func (im *importer) unfinished(p *logProc, l straceLine) {
	p.pending = l
	switch {
	case forking[l.name]:
		child := im.newProc(p)
		im.births = append(im.births, child)
		p.born = im.emit(p, im.forkText(l), strconv.Itoa(child.pid))
		child.shares = strings.Contains(l.args, "CLONE_VM") || l.name == "vfork"
	case l.name == "exit_group" || l.name == "exit":
		im.emit(p, l.name+"("+l.args+")", "?")
	}
}

// resumed joins the halves of a call.
func (im *importer) resumed(p *logProc, l straceLine, line string) {
	first := p.pending
	p.pending = straceLine{}
	if first.name != l.name {
		im.skip(line, "resumes a call that did not begin in the log")
		return
	}
	whole := straceLine{pid: l.pid, name: l.name}
	whole.finish(first.args + separator(first.args, l.args) + l.args)
	if whole.kind != lineCall {
		im.skip(line, "not understood")
		return
	}
	if p.born != nil {
		im.reborn(p, whole)
		return
	}
	if whole.name == "exit_group" || whole.name == "exit" {
		return
	}
	im.call(p, whole)
}

// separator is what belongs between two halves of the arguments: strace cuts after a comma's space.
func separator(first, rest string) string {
	if strings.HasSuffix(first, ",") && !strings.HasPrefix(rest, ")") {
		return " "
	}
	return ""
}

// reborn ends a fork whose child may have run already.
func (im *importer) reborn(p *logProc, l straceLine) {
	b := p.born
	p.born = nil
	if n, err := strconv.Atoi(firstWord(l.result)); err == nil && n > 0 {
		im.proc(strconv.Itoa(n)) // if it has not been seen yet, this is it
		return
	}
	b.result = resultText(l.result)
	if len(im.births) > 0 {
		im.births = im.births[:len(im.births)-1]
		if last := im.order[len(im.order)-1]; strconv.Itoa(last.pid) != "1" {
			im.order = im.order[:len(im.order)-1]
		}
	}
}

func firstWord(s string) string {
	w, _, _ := strings.Cut(s, " ")
	return w
}
