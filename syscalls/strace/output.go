package strace

import (
	"strings"

	"vmsim/syscalls/script"
)

// On a terminal a program's output mixes with the lines of its log. strace prints the arguments of a write, then the
// program's bytes appear, then strace goes on:
//
//	write(1, "hello\n", 6hello
//	)                  = 6

// mostShown is how many lines of output may come before the rest of their call.
const mostShown = 1000

// shows are the calls whose bytes a terminal shows.
var shows = words(`
	write writev`)

// holds reports whether the line at hand is the first part of a write that later lines go on with. It is kept then.
func (im *importer) holds(s string) bool {
	if !im.l.open || !shows[im.l.name] || im.cut {
		return false
	}
	im.writer, im.shown = strings.Clone(s), 1
	return true
}

// goesOn adds a line to the write that is held. It is true where the write is complete and s is the whole of it, and
// for a line that has nothing to do with it.
func (im *importer) goesOn(s *string) bool {
	im.l.parse(*s)
	switch im.l.kind {
	case lineCall, lineUnfinished, lineResumed, lineSignal, lineExit, lineFault:
		im.giveUpOutput()
		return true
	}
	if _, _, ends := cutResult(*s); ends || strings.HasSuffix(*s, "<unfinished ...>") {
		im.count(Talk, "what the program has written to the terminal", im.shown, "")
		*s, im.writer, im.shown = im.writer+*s, "", 0
		return true
	}
	if im.shown++; im.shown > mostShown {
		im.giveUpOutput()
	}
	return false
}

// giveUpOutput accounts for a write of which the log has no end.
func (im *importer) giveUpOutput() {
	if im.shown == 0 {
		return
	}
	im.count(Outside, noAnswer, 1, im.writer)
	if im.shown > 1 {
		im.count(Talk, "what the program has written to the terminal", im.shown-1, "")
	}
	im.writer, im.shown = "", 0
}

// noAnswer is why a call that has begun is not in the program.
const noAnswer = "its answer is not in the log"

// cutResult cuts a line at its last closing parenthesis with a result after it.
func cutResult(s string) (head, result string, ok bool) {
	for end := len(s); end > 0; {
		i := strings.LastIndexByte(s[:end], ')')
		if i < 0 {
			return s, "", false
		}
		if result, ok = strings.CutPrefix(strings.TrimLeft(s[i+1:], " "), "= "); ok {
			return s[:i], result, true
		}
		end = i
	}
	return s, "", false
}

// shown reads a write with the bytes that the terminal has shown between its last argument and the parenthesis.
func (l *line) shown(rest string) bool {
	head, result, ok := cutResult(rest)
	if tail, cut := strings.CutSuffix(rest, "<unfinished ...>"); cut && !ok {
		head, result, ok = tail, "?", true
	}
	at := lastArgument(head)
	if !ok || at < 0 {
		return false
	}
	result = stripTime(strings.TrimSpace(result))
	n := len(head[at:]) - len(strings.TrimLeft(head[at:], "0123456789"))
	if want := firstWord(result); strings.HasPrefix(head[at:at+n], want) && isDecimal(want) {
		n = len(want) // the digits after it are the program's
	}
	if n == 0 {
		return false
	}
	l.kind, l.args, l.result = lineCall, l.plain(head[:at+n]), l.plain(result)
	return true
}

// countsIn reports whether the last argument of a write is a number.
func countsIn(args string) bool {
	_, ok := script.Number(args[strings.LastIndexByte(args, ' ')+1:])
	return ok
}

// lastArgument is where the third argument of a write begins, -1 where it has none.
func lastArgument(s string) int {
	depth, commas := 0, 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			i = endOfString(s, i)
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		case '<':
			if j := annotationEnd(s, i); j > 0 {
				i = j
			}
		case ',':
			if depth == 0 {
				commas++
			}
			if commas == 2 {
				return min(i+2, len(s))
			}
		}
	}
	return -1
}
