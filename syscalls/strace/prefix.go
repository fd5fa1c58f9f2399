package strace

import "strings"

// A log that was quoted in a mail, or that a journal has kept, has the same beginning on every line.

// prefix is what comes before each line of a log.
type prefix uint8

const (
	noPrefix      prefix = iota
	quotePrefix          // "> "
	journalPrefix        // "Nov 28 14:51:37 host ident[12]: "
)

// prefixSample is how many lines decide.
const prefixSample = 50

// prefixOf is the prefix that all the lines have.
func prefixOf(sample []string) prefix {
	for _, p := range []prefix{quotePrefix, journalPrefix} {
		n := 0
		for _, line := range sample {
			if strings.TrimSpace(line) == "" {
				continue
			}
			if _, ok := p.cut(line); !ok {
				n = 0
				break
			}
			n++
		}
		if n > 0 {
			return p
		}
	}
	return noPrefix
}

// cut is the line without the prefix; ok is false where it does not have it.
func (p prefix) cut(line string) (rest string, ok bool) {
	switch p {
	case quotePrefix:
		if rest, ok = strings.CutPrefix(strings.TrimLeft(line, " "), ">"); ok {
			return strings.TrimPrefix(rest, " "), true
		}
		return line, false
	case journalPrefix:
		return cutJournal(line)
	}
	return line, true
}

// cutJournal takes "DATE HOST IDENT[PID]: " off the line.
func cutJournal(line string) (string, bool) {
	rest := line
	if len(rest) > 16 && rest[3] == ' ' && rest[9] == ':' && rest[12] == ':' && rest[15] == ' ' {
		rest = rest[16:]
	} else if word, after, ok := strings.Cut(rest, " "); ok && len(word) >= 19 && word[4] == '-' && word[10] == 'T' {
		rest = after
	} else {
		return line, false
	}
	_, rest, ok := strings.Cut(rest, " ")
	ident, rest, found := strings.Cut(rest, ": ")
	if !ok || !found || strings.ContainsAny(ident, "( ") {
		return line, false
	}
	return rest, true
}
