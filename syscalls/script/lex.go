package script

import (
	"slices"
	"strings"
)

type tokenKind uint8

const (
	tokEnd tokenKind = iota
	tokName
	tokNumber
	tokString
	tokChar
	tokPunct
	tokBad
)

// token is a word of a line. from and to are byte offsets in it.
type token struct {
	kind     tokenKind
	from, to int32
	text     string // a string's decoded bytes, what is wrong with a tokBad; else the text itself
	num      Num    // for tokNumber and tokChar
}

// twoBytes are the operators of two characters.
var twoBytes = []string{"==", "!=", "<=", ">=", "<<", ">>", "..", "=>"}

// lex appends the tokens of a line, the last of which is tokEnd. A comment is the end. It never fails: what is no token
// becomes a tokBad that the parser complains about if it needs to read it. A line has at most maxLine bytes.
func lex(toks []token, line string) (out []token, comment string) {
	i := 0
	for {
		for i < len(line) && (line[i] == ' ' || line[i] == '\t' || line[i] == '\r') {
			i++
		}
		if i == len(line) {
			return append(toks, newToken(tokEnd, "", i, i)), ""
		}
		if line[i] == '#' {
			return append(toks, newToken(tokEnd, "", i, i)), strings.TrimRight(line[i:], " \t\r")
		}
		t := lexOne(line, i)
		toks = append(toks, t)
		i = int(t.to)
	}
}

func newToken(kind tokenKind, text string, from, to int) token {
	return token{kind: kind, text: text, from: int32(from), to: int32(to)}
}

func lexOne(line string, i int) token {
	switch c := line[i]; {
	case isLetter(c):
		return lexName(line, i)
	case isDigit(c):
		return lexNumber(line, i)
	case c == '"':
		return lexQuoted(line, i, tokString)
	case c == '\'':
		return lexQuoted(line, i, tokChar)
	}
	n := 1
	if i+1 < len(line) && strings.IndexByte("=<>.", line[i+1]) >= 0 && slices.Contains(twoBytes, line[i:i+2]) {
		n = 2
	}
	return newToken(tokPunct, line[i:i+n], i, i+n)
}

func isLetter(c byte) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isWord(c byte) bool   { return isLetter(c) || isDigit(c) }

func lexName(line string, i int) token {
	j := i
	for j < len(line) && isWord(line[j]) {
		j++
	}
	return newToken(tokName, line[i:j], i, j)
}

func lexNumber(line string, i int) token {
	j := i
	for j < len(line) && isWord(line[j]) {
		j++
	}
	num, why := parseNumber(line[i:j])
	if why != "" {
		return newToken(tokBad, why, i, j)
	}
	t := newToken(tokNumber, line[i:j], i, j)
	t.num = num
	return t
}

// lexQuoted reads a C string or character.
func lexQuoted(line string, i int, kind tokenKind) token {
	quote := line[i]
	var b strings.Builder
	for j := i + 1; j < len(line); {
		switch c := line[j]; c {
		case quote:
			return finishQuoted(newToken(kind, b.String(), i, j+1))
		case '\\':
			ch, n := unescape(line[j:])
			if n == 0 {
				return newToken(tokBad, "this escape is not C's", j, len(line))
			}
			b.WriteByte(ch)
			j += n
		default:
			b.WriteByte(c)
			j++
		}
	}
	return newToken(tokBad, "the closing "+string(quote)+" is missing", i, len(line))
}

func finishQuoted(t token) token {
	if t.kind == tokString {
		return t
	}
	if len(t.text) != 1 {
		return newToken(tokBad, "a character is one byte between quotes", int(t.from), int(t.to))
	}
	t.num = Num{Val: uint64(t.text[0]), Base: 'c'}
	return t
}

// simpleEscapes are the letters after a backslash that stand for one byte.
const simpleEscapes = `nrtabvfe0\"'?`

// unescape decodes the escape that s begins with; n is 0 where there is none.
func unescape(s string) (c byte, n int) {
	if len(s) < 2 {
		return 0, 0
	}
	switch c := s[1]; {
	case c >= '0' && c <= '7':
		return unescapeDigits(s[1:], 8, 3)
	case c == 'x':
		c, n := unescapeDigits(s[2:], 16, 2)
		if n > 0 {
			n++
		}
		return c, n
	}
	k := strings.IndexByte(simpleEscapes, s[1])
	if k < 0 {
		return 0, 0
	}
	return "\n\r\t\a\b\v\f\x1b\x00\\\"'?"[k], 2
}

// unescapeDigits reads up to max digits; n counts the backslash too.
func unescapeDigits(s string, base, max int) (c byte, n int) {
	v := 0
	for n < max && n < len(s) {
		d := hexDigit(s[n])
		if d < 0 || d >= base {
			break
		}
		v, n = v*base+d, n+1
	}
	if n == 0 || v > 255 {
		return 0, 0
	}
	return byte(v), n + 1
}

func hexDigit(c byte) int {
	switch {
	case isDigit(c):
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// quote prints bytes as a C string, octal escapes as short as they can be, as strace does.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		b.WriteString(escapeByte(s, i, '"'))
	}
	b.WriteByte('"')
	return b.String()
}

func escapeByte(s string, i int, quote byte) string {
	c := s[i]
	switch {
	case c == quote || c == '\\':
		return `\` + string(c)
	case c == '\n':
		return `\n`
	case c == '\r':
		return `\r`
	case c == '\t':
		return `\t`
	case c == '\v':
		return `\v`
	case c == '\f':
		return `\f`
	case c >= ' ' && c < 127:
		return string(c)
	}
	digits := formatUint(uint64(c), 8)
	if i+1 < len(s) && isDigit(s[i+1]) {
		digits = strings.Repeat("0", 3-len(digits)) + digits // else the digit after it would belong to it
	}
	return `\` + digits
}
