package strace

import (
	"strings"
)

// lineKind is what a line of a strace log is.
type lineKind uint8

const (
	lineOther lineKind = iota
	lineCall
	lineUnfinished
	lineResumed
	lineSignal
	lineExit
	lineFault // perf trace's
)

// straceLine is a line taken apart.
type straceLine struct {
	kind   lineKind
	pid    string // as the log has it; empty where it has none
	name   string // of the call
	args   string // between the parentheses, without annotations of descriptors
	notes  []string
	result string // after the equals sign
	path   string // that the result's descriptor is annotated with
	text   string // of anything else
}

// parseStrace takes a line apart: process, times, call, arguments, result.
func parseStrace(line string) straceLine {
	var l straceLine
	line = strings.TrimRight(line, " \t\r\n")
	line = l.takePID(line)
	line = takeTimes(line)
	if l.pid == "" {
		line = takeTimes(l.takePID(line))
	}
	switch {
	case strings.HasPrefix(line, "--- "):
		l.kind, l.text = lineSignal, strings.TrimSuffix(strings.TrimPrefix(line, "--- "), " ---")
	case strings.HasPrefix(line, "+++ "):
		l.kind, l.text = lineExit, line
	case strings.HasPrefix(line, "<... "):
		l.resumed(line)
	case strings.Contains(line, "fault [") && strings.Contains(line, "] => "):
		l.kind, l.text = lineFault, line
	default:
		l.call(line)
	}
	return l
}

// takePID takes "[pid 12] " or "12 " off the line.
func (l *straceLine) takePID(line string) string {
	if rest, ok := strings.CutPrefix(line, "[pid "); ok {
		if pid, after, ok := strings.Cut(rest, "]"); ok && isDecimal(strings.TrimSpace(pid)) {
			l.pid = strings.TrimSpace(pid)
			return strings.TrimLeft(after, " ")
		}
	}
	digits, rest, ok := strings.Cut(line, " ")
	if ok && isDecimal(digits) {
		l.pid = digits
		return strings.TrimLeft(rest, " ")
	}
	return line
}

// takeTimes takes the stamps of -t, -tt, -ttt and -r off the line.
func takeTimes(line string) string {
	for {
		trimmed := strings.TrimLeft(line, " ")
		word, rest, ok := strings.Cut(trimmed, " ")
		if !ok || !isStamp(word) {
			return trimmed
		}
		line = rest
	}
}

func isStamp(word string) bool {
	return len(word) > 1 && isDigit(word[0]) && strings.Trim(word, "0123456789:.+") == "" && strings.ContainsAny(word, ":.")
}

// resumed reads  <... mmap resumed>) = 0x7f…
func (l *straceLine) resumed(line string) {
	rest := strings.TrimPrefix(line, "<... ")
	name, rest, ok := strings.Cut(rest, " resumed>")
	if !ok {
		l.text = line
		return
	}
	l.kind, l.name, l.args = lineResumed, name, strings.TrimLeft(rest, " ")
}

// call reads  mmap(NULL, 8192, …) = 0x7f… <0.000010>  or its unfinished first half.
func (l *straceLine) call(line string) {
	open := strings.IndexByte(line, '(')
	if open <= 0 || !isCallName(line[:open]) {
		l.text = line
		return
	}
	l.name = line[:open]
	rest := line[open+1:]
	if head, ok := strings.CutSuffix(rest, "<unfinished ...>"); ok {
		l.kind, l.args = lineUnfinished, strings.TrimRight(head, " ")
		return
	}
	l.finish(rest)
}

func isCallName(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isWord(s[i]) {
			return false
		}
	}
	return isLetter(s[0])
}

// finish reads arguments, closing parenthesis and result.
func (l *straceLine) finish(rest string) {
	end := closingParen(rest)
	if end < 0 {
		l.kind, l.text = lineOther, l.name+"("+rest
		return
	}
	after := strings.TrimLeft(rest[end+1:], " ")
	result, ok := strings.CutPrefix(after, "=")
	if !ok {
		l.kind, l.text = lineOther, l.name+"("+rest
		return
	}
	l.kind = lineCall
	l.args, l.notes = stripAnnotations(rest[:end])
	result, paths := stripAnnotations(strings.TrimSpace(result))
	l.result = stripTime(result)
	if len(paths) > 0 {
		_, l.path, _ = strings.Cut(paths[0], "\x00")
	}
}

// stripTime drops the time spent that -T adds.
func stripTime(s string) string {
	if i := strings.LastIndex(s, " <"); i >= 0 && strings.HasSuffix(s, ">") && strings.Trim(s[i+2:len(s)-1], "0123456789.") == "" {
		return strings.TrimRight(s[:i], " ")
	}
	return s
}

// closingParen is where the parenthesis that is open at the start of s closes.
func closingParen(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '"':
			i = endOfString(s, i)
		case '(', '[', '{':
			depth++
		case ']', '}':
			depth--
		case ')':
			if depth == 0 {
				return i
			}
			depth--
		case '/':
			i = endOfComment(s, i)
		case '<':
			if j := annotationEnd(s, i); j > 0 {
				i = j
			}
		}
	}
	return -1
}

// endOfString is the closing quote of the string that begins at i.
func endOfString(s string, i int) int {
	for i++; i < len(s); i++ {
		if s[i] == '\\' {
			i++
		} else if s[i] == '"' {
			return i
		}
	}
	return len(s)
}

func endOfComment(s string, i int) int {
	if !strings.HasPrefix(s[i:], "/*") {
		return i
	}
	if j := strings.Index(s[i:], "*/"); j >= 0 {
		return i + j + 1
	}
	return i
}

// annotationEnd is the end of what -y has put behind a descriptor, as in 3</etc/passwd>; 0 where there is none at i.
func annotationEnd(s string, i int) int {
	if i == 0 || !isWord(s[i-1]) || strings.HasPrefix(s[i:], "<<") {
		return 0
	}
	depth := 0
	for j := i; j < len(s); j++ {
		switch {
		case s[j] == '<':
			depth++
		case s[j] == '>' && s[j-1] != '-': // -> stands between a socket's ends
			depth--
		}
		if depth == 0 {
			if strings.HasPrefix(s[j+1:], "(deleted)") {
				j += len("(deleted)")
			}
			return j
		}
	}
	return 0
}

// stripAnnotations drops comments and what -y has added; each annotation is given as the descriptor, a zero byte and the
// text.
func stripAnnotations(s string) (out string, notes []string) {
	if !strings.ContainsAny(s, "<*") {
		return s, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			j := min(endOfString(s, i), len(s)-1)
			b.WriteString(s[i : j+1])
			i = j
			continue
		case '/':
			if j := endOfComment(s, i); j > i {
				trimmed := strings.TrimRight(b.String(), " ")
				b.Reset()
				b.WriteString(trimmed)
				i = j
				continue
			}
		case '<':
			if j := annotationEnd(s, i); j > 0 {
				notes = append(notes, lastWord(b.String())+"\x00"+strings.TrimSuffix(s[i+1:j+1], ">"))
				i = j
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String(), notes
}

func lastWord(s string) string {
	i := len(s)
	for i > 0 && isWord(s[i-1]) {
		i--
	}
	return s[i:]
}

// splitArgs splits at the commas that are in no parentheses and no string.
func splitArgs(s string) []string {
	var out []string
	depth, from := 0, 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			i = endOfString(s, i)
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case ',':
			if depth == 0 {
				out = append(out, strings.TrimSpace(s[from:i]))
				from = i + 1
			}
		}
	}
	if last := strings.TrimSpace(s[min(from, len(s)):]); last != "" || len(out) > 0 {
		out = append(out, last)
	}
	return out
}
