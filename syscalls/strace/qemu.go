package strace

import (
	"slices"
	"strings"
)

// qemu -strace prints a call before it makes it and the answer when it has it, without a word of whose it is. What
// other threads and processes print goes in between, and all threads have their process's number:
//
//	12 futex(0x4000,FUTEX_WAIT,3,NULL,NULL,0)12 madvise(0x5000,4096,MADV_DONTNEED) = 0
//	12 exit(0)
//	 = 0

// begunCall is a call without its answer.
type begunCall struct {
	text  string // with its process's number
	name  string
	alone bool // its line has nothing else
}

// isQEMU reports whether only qemu prints such a line.
func isQEMU(s string) bool {
	return strings.Contains(s, ") = -1 errno=") || strings.Contains(s, ") = 0x00000")
}

// qemu takes in a line of qemu's.
func (im *importer) qemu(s string, fn func(*line)) {
	rest := strings.TrimSpace(s)
	for {
		end := endOfQEMU(rest)
		if end < 0 {
			break
		}
		c := begunCall{text: rest[:end], name: callName(rest), alone: end == len(rest)}
		rest = rest[end:]
		switch {
		case strings.HasPrefix(rest, " = "):
			im.answered(c, rest, fn)
			return
		case c.name == "exit" || c.name == "exit_group":
			im.whole(c, " = ?", fn)
		default:
			c.text = strings.Clone(c.text)
			im.begun = append(im.begun, c)
		}
		if rest == "" {
			return
		}
	}
	i := im.waiting(rest)
	switch {
	case strings.HasPrefix(rest, "= ") && i >= 0:
		c := im.begun[i]
		im.begun = slices.Delete(im.begun, i, i+1)
		if c.alone {
			im.count(Talk, "the answer of a call of another line", 1, rest)
		}
		im.whole(c, " "+rest, fn)
	case strings.HasPrefix(rest, "= "):
		im.count(Talk, "the answer of a call of another line", 1, rest)
	case slices.ContainsFunc(im.begun, func(c begunCall) bool { return shows[c.name] }) && callName(rest) == "":
		if !strings.HasPrefix(s, rest) {
			im.begun[len(im.begun)-1].alone = true // the rest of a line that begins with a call
			return
		}
		im.count(Talk, "what the program has written to the terminal", 1, rest)
	default:
		im.l.parse(rest)
		fn(&im.l)
	}
}

// callName is the name of the call that a line begins with, after the process's number.
func callName(s string) string {
	at := strings.IndexByte(s, '(')
	if at < 0 {
		return ""
	}
	pid, name, ok := strings.Cut(s[:at], " ")
	if !ok || !isDecimal(pid) || !isCallName(name) {
		return ""
	}
	return name
}

// endOfQEMU is where the call ends that the text begins with, -1 where it begins with none.
func endOfQEMU(s string) int {
	if callName(s) == "" {
		return -1
	}
	at := strings.IndexByte(s, '(') + 1
	if end := closingParen(s[at:]); end >= 0 {
		return at + end + 1
	}
	return -1
}

// answered takes in a call that an answer follows, of which the child's and the parent's may be another's.
func (im *importer) answered(c begunCall, result string, fn func(*line)) {
	zero := strings.HasPrefix(result, " = 0") && firstWord(result[3:]) == "0"
	switch i := im.waiting(result[1:]); {
	case forking[c.name] && zero: // a child goes on, perhaps of an earlier call
		im.begun = append(im.begun, begunCall{strings.Clone(c.text), c.name, true})
	case c.name == "execve" && !strings.HasPrefix(result, " = -"):
		if !zero && i >= 0 {
			other := im.begun[i]
			im.begun = slices.Delete(im.begun, i, i+1)
			im.whole(other, result, fn)
		}
		im.whole(c, " = 0", fn)
	default:
		im.whole(c, result, fn)
	}
}

// waiting is the call that an answer belongs to: a process's number to one that makes processes. It is -1 where no call
// waits for it.
func (im *importer) waiting(result string) int {
	answer := answerOf(strings.TrimPrefix(result, "= "))
	made := answer.good() && answer.value > 1 && answer.value < 1<<22
	for i, c := range im.begun {
		if forking[c.name] == made && (made || answer.errno != 0 || !forking[c.name]) {
			return i
		}
	}
	if made && len(im.begun) > 0 {
		return 0
	}
	return -1
}

// whole takes in a call with its answer.
func (im *importer) whole(c begunCall, result string, fn func(*line)) {
	pid, call, _ := strings.Cut(c.text, " ")
	if head, args, ok := strings.Cut(call, "{"); ok && c.name == "execve" {
		args = strings.TrimSuffix(args, ")")
		call = head + "[" + strings.TrimSuffix(strings.TrimSuffix(args, "}"), ",NULL") + "], NULL)"
	}
	ended := im.threads[pid]
	if c.name == "exit" && len(ended) > 0 { // one of the threads: which it is does not matter
		pid = ended[len(ended)-1]
		im.threads[c.text[:strings.IndexByte(c.text, ' ')]] = ended[:len(ended)-1]
	}
	im.l.parse(pid + " " + call + result)
	if got := answerOf(im.l.result); forking[c.name] && got.good() && strings.Contains(call, "CLONE_THREAD") {
		im.threads[strings.Clone(pid)] = append(im.threads[pid], got.text)
	}
	fn(&im.l)
}

// giveUpBegun accounts for calls that the log has no answer of.
func (im *importer) giveUpBegun() {
	for _, c := range im.begun {
		if c.alone {
			im.count(Outside, noAnswer, 1, c.text)
		}
	}
	im.begun = nil
}
