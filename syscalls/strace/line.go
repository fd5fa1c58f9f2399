package strace

import "strings"

// lineKind is what a line of a log is.
type lineKind uint8

const (
	lineOther      lineKind = iota
	lineCall                // a whole call
	lineUnfinished          // the first half of one
	lineResumed             // its second half
	lineSignal
	lineExit
	lineFault   // perf trace's
	lineStack   // -k's
	lineMessage // the tracer's own
	lineRemark  // a comment, a fence, an ellipsis
)

// line is a line taken apart.
type line struct {
	kind    lineKind
	pid     string // as the log has it; empty where it has none
	name    string // of the call
	args    string // between the parentheses, without annotations of descriptors
	notes   []note
	result  string // after the equals sign
	path    string // that the result's descriptor is annotated with
	text    string // of anything else
	sys     bool   // named in ltrace's way
	library bool   // ltrace has said in which file it was called
	open    bool   // a call whose parenthesis does not close
}

// note is what -y has put behind a descriptor.
type note struct{ fd, path string }

// parse takes a line apart: process, times, call, arguments, result.
func (l *line) parse(s string) {
	*l = line{notes: l.notes[:0]}
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "strace: ") || strings.HasPrefix(s, "[ Process PID=") {
		l.kind, l.text = lineMessage, s
		return
	}
	if isPerf(s) {
		l.perf(s)
		return
	}
	whole := s
	s = l.head(s)
	switch {
	case s == "":
		l.kind = lineRemark
	case isLetter(s[0]) && calls(s):
		l.call(s)
	case isLibraryCall(s):
		l.call(s[strings.Index(s, "->")+2:])
		l.library = true
	case strings.HasPrefix(s, "--- "):
		l.kind, l.text = lineSignal, strings.TrimSuffix(s[4:], " ---")
	case strings.HasPrefix(s, "+++ "):
		l.kind, l.text = lineExit, s
	case strings.HasPrefix(s, "<... "):
		l.resumed(s)
	case strings.HasPrefix(s, "> "):
		l.kind, l.text = lineStack, s
	case isMessage(s):
		l.kind, l.text = lineMessage, s
	case isRemark(s):
		l.kind, l.text = lineRemark, s
	default:
		l.call(s)
	}
	if l.kind == lineOther && isFrame(whole) {
		l.kind, l.text = lineStack, whole
	}
}

// isFrame reports whether the line is a frame of a stack as perf trace prints it: "_dl_start (/usr/lib/ld.so)".
func isFrame(s string) bool {
	at := strings.LastIndex(s, " (")
	if at < 0 || !strings.HasSuffix(s, ")") || strings.Contains(s, " = ") {
		return false
	}
	in := s[at+2 : len(s)-1]
	return in == "inlined" || strings.HasPrefix(in, "/") || strings.HasPrefix(in, "[") && strings.HasSuffix(in, "]")
}

// head takes what comes before the call off the line: the process, the time, the instruction, the call's number.
func (l *line) head(s string) string {
	for {
		switch {
		case s == "":
			return s
		case s[0] == '[':
			rest, ok := l.bracket(s)
			if !ok {
				return s
			}
			s = rest
		case s[0] == '(' && strings.HasPrefix(s, "(+"):
			_, rest, ok := strings.Cut(s, ")")
			if !ok {
				return s
			}
			s = rest
		case isDigit(s[0]):
			word, rest, ok := strings.Cut(s, " ")
			if !ok {
				return s
			}
			bare, comm, named := strings.Cut(word, "<")
			switch {
			case isStamp(word):
			case l.pid == "" && isDecimal(word):
				l.pid = word
			case l.pid == "" && isDecimal(bare) && named && strings.HasSuffix(comm, ">"):
				l.pid = bare
			default:
				return s
			}
			s = rest
		default:
			return s
		}
		s = strings.TrimLeft(s, " ")
	}
}

// bracket takes "[pid 12] ", "[pid 12<comm>] ", "[00007f13054d3000] " or "[   9] " off the line.
func (l *line) bracket(s string) (string, bool) {
	inside, rest, ok := strings.Cut(s[1:], "]")
	if !ok || rest != "" && rest[0] != ' ' {
		return s, false
	}
	inside = strings.TrimPrefix(strings.TrimSpace(inside), "0x") // ltrace -i prints it
	if pid, ok := strings.CutPrefix(inside, "pid "); ok {
		pid, _, _ = strings.Cut(strings.TrimSpace(pid), "<")
		if !isDecimal(pid) {
			return s, false
		}
		l.pid = pid
		return rest, true
	}
	return rest, inside != "" && strings.Trim(inside, "0123456789abcdef?") == ""
}

func isStamp(word string) bool {
	return len(word) > 1 && strings.Trim(word, "0123456789:.+") == "" && strings.ContainsAny(word, ":.")
}

// isMessage reports whether the line is the tracer's own.
func isMessage(s string) bool {
	for _, p := range []string{"Process ", "Unknown syscall ", "% time", "------", "| ",
		"Summary of events:", "(msec)"} {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return isSummary(s) || strings.Contains(s, " events, ") && strings.HasSuffix(s, "%")
}

// isSummary reports whether the line is of the table of -c and -C: its columns, or numbers and the name of a call.
func isSummary(s string) bool {
	if strings.ContainsAny(s, "(=<\"") {
		return false
	}
	columns, numbers, names := 0, 0, 0
	for w := range strings.FieldsSeq(s) {
		switch {
		case summaryColumns[w]:
			columns++
		case strings.Trim(w, "0123456789.%") == "":
			numbers++
		case isCallName(w):
			names++
		default:
			return false
		}
	}
	return columns > 0 && names == 0 || numbers > 0 && names == 1
}

// summaryColumns are the words above the columns, and total, in the last row.
var summaryColumns = words(`
	% time seconds usecs/call calls errors syscall total min max avg stddev usecs cumulative wall name`)

// isRemark reports whether the line was written by a person who quotes a log.
func isRemark(s string) bool {
	for _, p := range []string{"#", "-- ", "```", "$ ", "/*", "//", "...", "[...", "…"} {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// resumed reads  <... mmap resumed>) = 0x7f…
func (l *line) resumed(s string) {
	name, rest, ok := strings.Cut(s[len("<... "):], " resumed>")
	if !ok {
		l.text = s
		return
	}
	l.kind, l.args = lineResumed, strings.TrimLeft(rest, " ")
	l.name = l.own(name)
}

// own is the name of a call as the kernel has it: ltrace writes SYS_mmap or mmap@SYS.
func (l *line) own(name string) string {
	if rest, ok := strings.CutPrefix(name, "SYS_"); ok {
		l.sys = true
		return numbered(rest)
	}
	if rest, ok := strings.CutSuffix(name, "@SYS"); ok {
		l.sys = true
		return rest
	}
	return unnamedCall(name)
}

// calls reports whether the line begins with the name of a call and a parenthesis.
func calls(s string) bool {
	open := strings.IndexByte(s, '(')
	return open > 0 && isCallName(s[:open])
}

// isLibraryCall reports whether the line is a call of a library with the file that calls, as ltrace has it:
// "ls->malloc(".
func isLibraryCall(s string) bool {
	from, call, ok := strings.Cut(s, "->")
	return ok && !strings.ContainsAny(from, " (\"=<") && calls(call)
}

// call reads  mmap(NULL, 8192, …) = 0x7f… <0.000010>  or its unfinished first half.
func (l *line) call(s string) {
	open := strings.IndexByte(s, '(')
	if open <= 0 || !isCallName(s[:open]) {
		l.text = s
		return
	}
	l.name = l.own(s[:open])
	rest := s[open+1:]
	if head, ok := unfinished(rest); ok {
		l.kind, l.args = lineUnfinished, strings.TrimRight(head, " ")
		return
	}
	l.finish(rest)
}

// unfinished is the arguments of a call of which the line has no more than them.
func unfinished(rest string) (head string, ok bool) {
	if !strings.HasSuffix(rest, "...>") {
		return "", false
	}
	for _, end := range []string{"<unfinished ...>", "<detached ...>", "<no return ...>"} {
		if head, ok = strings.CutSuffix(rest, end); ok {
			return head, true
		}
	}
	return "", false
}

func isCallName(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isWord(s[i]) && s[i] != '@' {
			return false
		}
	}
	return s != "" && isLetter(s[0])
}

// finish reads arguments, closing parenthesis and result.
func (l *line) finish(rest string) {
	end := closingParen(rest)
	if end < 0 {
		if shows[l.name] && l.shown(rest) {
			return
		}
		l.kind, l.text, l.open = lineOther, l.name+"("+rest, true
		return
	}
	args := strings.TrimSuffix(rest[:end], " <unfinished ...>")
	after := strings.TrimLeft(rest[end+1:], " ")
	result, ok := strings.CutPrefix(after, "=")
	if shows[l.name] && (!ok && after != "" || !countsIn(args)) && l.shown(rest) {
		return
	}
	if !ok && after != "" {
		l.kind, l.text = lineOther, l.name+"("+rest
		return
	}
	if !ok {
		result = "?"
	}
	l.kind = lineCall
	l.args = l.plain(args)
	result = strings.TrimSpace(result)
	at := len(l.notes)
	l.result = stripTime(l.plain(result))
	if len(l.notes) > at {
		l.path = l.notes[at].path
		l.notes = l.notes[:at]
	}
}

// stripTime drops the time spent that -T adds.
func stripTime(s string) string {
	if !strings.HasSuffix(s, ">") {
		return s
	}
	if i := strings.LastIndex(s, " <"); i >= 0 && strings.Trim(s[i+2:len(s)-1], "0123456789.") == "" {
		return strings.TrimRight(s[:i], " ")
	}
	return s
}
