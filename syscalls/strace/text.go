package strace

import "strings"

// What strace prints of a call has strings, structures, comments and annotations within one another.

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

// opensComment reports whether a comment begins in s, outside of strings, and does not end there.
func opensComment(s string) bool {
	if !strings.Contains(s, "/*") {
		return false
	}
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			i = endOfString(s, i)
		case '/':
			end := endOfComment(s, i)
			if end == i && strings.HasPrefix(s[i:], "/*") {
				return true
			}
			i = end
		}
	}
	return false
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
		case s[j] == '>' && s[j-1] != '-': // -> is between a socket's ends
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

// plain is s without comments and without what -y has added, which goes to l.notes.
func (l *line) plain(s string) string {
	if strings.IndexByte(s, '<') < 0 && strings.IndexByte(s, '*') < 0 {
		return s
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
				path := strings.TrimSuffix(strings.TrimSuffix(s[i+1:j+1], "(deleted)"), ">")
				l.notes = append(l.notes, note{lastWord(b.String()), path})
				i = j
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func lastWord(s string) string {
	i := len(s)
	for i > 0 && isWord(s[i-1]) {
		i--
	}
	return s[i:]
}

// splitArgs appends the parts of s to out: it is cut at the commas that are in no parentheses and no string.
func splitArgs(out []string, s string) []string {
	out = out[:0]
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
