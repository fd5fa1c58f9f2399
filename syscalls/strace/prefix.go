package strace

import "strings"

// A log that was quoted in a mail, or that a journal has kept, has the same beginning on every line.

// prefix is what comes before each line of a log.
type prefix uint8

const (
	quotePrefix   prefix = iota // "> "
	barPrefix                   // "| ", or "app-1  | " of a set of containers
	journalPrefix               // "Nov 28 14:51:37 host ident[12]: ", with the time in any of a journal's forms
	stampPrefix                 // "Nov 28 14:51:37 " or "2026-11-28T14:51:37.123Z "
	numberPrefix                // "12:" of grep -n, or "  12 " where the lines are numbered
	prefixes
)

// prefixSample is how many lines decide, and mostPrefixes how many there may be, one before the other.
const (
	prefixSample = 50
	mostPrefixes = 3
)

// prefixesOf are the prefixes that all the lines have, the first one first.
func prefixesOf(sample []string) (found []prefix) {
	rest := make([]string, 0, len(sample))
	for _, line := range sample {
		if strings.TrimSpace(line) != "" && !isMark(line) {
			rest = append(rest, line)
		}
	}
	for p := prefix(0); p < prefixes && len(found) < mostPrefixes; p++ {
		if p.all(rest) {
			for i, line := range rest {
				rest[i], _ = p.cut(line)
			}
			found = append(found, p)
			p-- // a quotation may be quoted again
		}
	}
	var l line
	for _, line := range rest {
		if l.parse(line); l.kind != lineOther {
			return found
		}
	}
	return nil
}

// isMark reports whether a line is one that a journal has among its own: "-- Boot 0123 --".
func isMark(line string) bool { return strings.HasPrefix(line, "-- ") }

// all reports whether all the lines have the prefix.
func (p prefix) all(lines []string) bool {
	for i, line := range lines {
		if _, ok := p.cut(line); !ok {
			return false
		}
		if p == numberPrefix && i > 0 {
			// The numbers of processes come before calls as well.
			if number, colon := lineNumber(line); !colon && !follows(lines[i-1], number) {
				return false
			}
		}
	}
	return len(lines) > 1 || len(lines) == 1 && p != numberPrefix
}

// cutPrefixes is the line without the prefixes that it has.
func cutPrefixes(found []prefix, line string) string {
	for _, p := range found {
		line, _ = p.cut(line)
	}
	return line
}

// cut is the line without the prefix; ok is false where it does not have it.
func (p prefix) cut(line string) (rest string, ok bool) {
	switch p {
	case quotePrefix:
		if rest, ok = strings.CutPrefix(strings.TrimLeft(line, " "), ">"); ok {
			return strings.TrimPrefix(rest, " "), true
		}
	case barPrefix:
		for _, bar := range []string{"|", "│"} {
			if before, rest, ok := strings.Cut(line, bar); ok && !strings.ContainsAny(before, `("=<`) {
				return strings.TrimPrefix(rest, " "), true
			}
		}
	case journalPrefix:
		return cutJournal(line)
	case stampPrefix:
		return cutStamp(line)
	case numberPrefix:
		if number, _ := lineNumber(line); number != "" {
			return strings.TrimLeft(line, " ")[len(number)+1:], true
		}
	}
	return line, false
}

// cutJournal takes "DATE HOST IDENT[PID]: " off the line.
func cutJournal(line string) (string, bool) {
	head, rest, ok := strings.Cut(line, ": ")
	if !ok || head == "" || strings.ContainsAny(head, `("=`) || len(strings.Fields(head)) < 3 || isLower(head[0]) {
		return line, false
	}
	return rest, true
}

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }

// cutStamp takes "Nov 28 14:51:37 " or "2026-11-28T14:51:37 " off the line.
func cutStamp(line string) (string, bool) {
	if len(line) > 15 && line[3] == ' ' && line[6] == ' ' && line[9] == ':' && line[12] == ':' {
		_, rest, ok := strings.Cut(line[7:], " ")
		return rest, ok
	}
	word, rest, ok := strings.Cut(line, " ")
	if ok && len(word) >= 19 && word[4] == '-' && word[7] == '-' && word[10] == 'T' {
		return rest, true
	}
	return line, false
}

// lineNumber is the number that a line begins with, and whether a colon follows it.
func lineNumber(line string) (number string, colon bool) {
	line = strings.TrimLeft(line, " ")
	end := len(line) - len(strings.TrimLeft(line, "0123456789"))
	if end == 0 || end == len(line) {
		return "", false
	}
	switch rest := line[end+1:]; line[end] {
	case ':':
		if len(rest) > 2 && rest[2] == ':' {
			return "", false // a time of day
		}
		return line[:end], true
	case ' ', '\t':
		return line[:end], false
	}
	return "", false
}

// follows reports whether number is one more than that of the line before.
func follows(before, number string) bool {
	last, _ := lineNumber(before)
	return decimal(number) == decimal(last)+1
}

func decimal(digits string) (n int) {
	for i := range digits {
		n = n*10 + int(digits[i]-'0')
	}
	return n
}
