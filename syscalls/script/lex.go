package script

import (
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
	text     string // a string's decoded bytes; else the text itself
	val      uint64
	num      Num // for tokNumber and tokChar
	from, to int
	why      string // for tokBad
}

// twoBytes are the operators of two characters.
var twoBytes = []string{"==", "!=", "<=", ">=", "<<", ">>", "..", "=>"}

// lex splits a line into tokens, the last of which is tokEnd. A comment is the end. It never fails: what is no token
// becomes a tokBad that the parser complains about if it needs to read it.
func lex(line string) (toks []token, comment string) {
	i := 0
	for {
		for i < len(line) && (line[i] == ' ' || line[i] == '\t' || line[i] == '\r') {
			i++
		}
		if i == len(line) {
			return append(toks, token{kind: tokEnd, from: i, to: i}), ""
		}
		if line[i] == '#' {
			return append(toks, token{kind: tokEnd, from: i, to: i}), strings.TrimRight(line[i:], " \t\r")
		}
		t := lexOne(line, i)
		toks = append(toks, t)
		i = t.to
	}
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
	for _, op := range twoBytes {
		if strings.HasPrefix(line[i:], op) {
			return token{kind: tokPunct, text: op, from: i, to: i + 2}
		}
	}
	return token{kind: tokPunct, text: line[i : i+1], from: i, to: i + 1}
}

func isLetter(c byte) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isWord(c byte) bool   { return isLetter(c) || isDigit(c) }

func lexName(line string, i int) token {
	j := i
	for j < len(line) && isWord(line[j]) {
		j++
	}
	return token{kind: tokName, text: line[i:j], from: i, to: j}
}

func lexNumber(line string, i int) token {
	j := i
	for j < len(line) && isWord(line[j]) {
		j++
	}
	t := token{kind: tokNumber, text: line[i:j], from: i, to: j}
	num, why := parseNumber(t.text)
	if why != "" {
		t.kind, t.why = tokBad, why
	}
	t.num, t.val = num, num.Value()
	return t
}

// lexQuoted reads a C string or character.
func lexQuoted(line string, i int, kind tokenKind) token {
	quote := line[i]
	var b strings.Builder
	for j := i + 1; j < len(line); {
		switch c := line[j]; c {
		case quote:
			return finishQuoted(token{kind: kind, text: b.String(), from: i, to: j + 1})
		case '\\':
			ch, n := unescape(line[j:])
			if n == 0 {
				return token{kind: tokBad, why: "this escape is not C's", from: j, to: len(line)}
			}
			b.WriteByte(ch)
			j += n
		default:
			b.WriteByte(c)
			j++
		}
	}
	return token{kind: tokBad, why: "the closing " + string(quote) + " is missing", from: i, to: len(line)}
}

func finishQuoted(t token) token {
	if t.kind == tokString {
		return t
	}
	if len(t.text) != 1 {
		return token{kind: tokBad, why: "a character is one byte between quotes", from: t.from, to: t.to}
	}
	t.val = uint64(t.text[0])
	t.num = Num{Val: t.val, Base: 'c'}
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
