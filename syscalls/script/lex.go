package script

import (
	"strconv"
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

// lex appends the tokens of a line, the last of which is tokEnd. A comment is the end. It never fails: what is no token
// becomes a tokBad that the parser complains about if it needs to read it. A line has at most maxLine bytes.
func lex(toks []token, line string) (out []token, comment string) {
	i := 0
	for {
		for i < len(line) && (line[i] == ' ' || line[i] == '\t' || line[i] == '\r') {
			i++
		}
		toks = append(toks, token{from: int32(i)})
		t := &toks[len(toks)-1]
		if i == len(line) || line[i] == '#' {
			t.end(tokEnd, "", i)
			return toks, strings.TrimRight(line[i:], " \t\r")
		}
		t.lex(line, i)
		i = int(t.to)
	}
}

// end says what the token is and where it ends.
func (t *token) end(kind tokenKind, text string, to int) {
	t.kind, t.text, t.to = kind, text, int32(to)
}

// lex is the token that begins at byte i of the line.
func (t *token) lex(line string, i int) {
	switch c := line[i]; {
	case isLetter(c):
		t.lexName(line, i)
	case isDigit(c):
		t.lexNumber(line, i)
	case c == '"':
		t.lexQuoted(line, i, tokString)
	case c == '\'':
		t.lexQuoted(line, i, tokChar)
	default:
		n := 1
		if i+1 < len(line) && isPair(c, line[i+1]) {
			n = 2
		}
		t.end(tokPunct, line[i:i+n], i+n)
	}
}

// isPair reports whether two characters are one operator: == != <= >= << >> .. =>
func isPair(a, b byte) bool {
	switch b {
	case '=':
		return a == '=' || a == '!' || a == '<' || a == '>'
	case '>':
		return a == '>' || a == '='
	case '<', '.':
		return a == b
	}
	return false
}

func isLetter(c byte) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isWord(c byte) bool   { return isLetter(c) || isDigit(c) }

// wordEnd is where the word that goes on at byte i ends.
func wordEnd(line string, i int) int {
	for i < len(line) && isWord(line[i]) {
		i++
	}
	return i
}

func (t *token) lexName(line string, i int) {
	j := wordEnd(line, i)
	t.end(tokName, line[i:j], j)
}

func (t *token) lexNumber(line string, i int) {
	j, v := i, uint64(0)
	for j < len(line) && isDigit(line[j]) {
		v = v*10 + uint64(line[j]-'0')
		j++
	}
	t.num = Num{Val: v, Base: 'd'} // most numbers are such: decimal, and not too long
	if end := wordEnd(line, j); end > j || j-i > 19 || line[i] == '0' && j > i+1 {
		j = end
		var why string
		if t.num, why = parseNumber(line[i:j]); why != "" {
			t.end(tokBad, why, j)
			return
		}
	}
	t.end(tokNumber, line[i:j], j)
}

// lexQuoted reads a C string or character.
func (t *token) lexQuoted(line string, i int, kind tokenKind) {
	quote := line[i]
	if n := strings.IndexByte(line[i+1:], quote); n >= 0 && strings.IndexByte(line[i+1:i+1+n], '\\') < 0 {
		t.end(kind, line[i+1:i+1+n], i+n+2)
		t.finishQuoted()
		return
	}
	t.lexEscaped(line, i, kind)
}

// lexEscaped reads one that has escapes, or no end.
func (t *token) lexEscaped(line string, i int, kind tokenKind) {
	quote := line[i]
	var b strings.Builder
	for j := i + 1; j < len(line); {
		switch c := line[j]; c {
		case quote:
			t.end(kind, b.String(), j+1)
			t.finishQuoted()
			return
		case '\\':
			ch, n := unescape(line[j:])
			if n == 0 {
				t.from = int32(j)
				t.end(tokBad, "this escape is not C's", len(line))
				return
			}
			b.WriteByte(ch)
			j += n
		default:
			b.WriteByte(c)
			j++
		}
	}
	t.end(tokBad, "the closing "+string(quote)+" is missing", len(line))
}

func (t *token) finishQuoted() {
	switch {
	case t.kind == tokString:
	case len(t.text) != 1:
		t.end(tokBad, "a character is one byte between single quotes; text is in double ones", int(t.to))
	default:
		t.num = Num{Val: uint64(t.text[0]), Base: 'c'}
	}
}

// simpleEscapes are the letters after a backslash that mean one byte.
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

// Quote prints bytes as a C string, octal escapes as short as they can be, as strace does.
func Quote(s string) string {
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
	letter := strings.IndexByte("\n\r\t\v\f", c)
	switch {
	case c == quote || c == '\\':
		return `\` + string(c)
	case letter >= 0:
		return `\` + "nrtvf"[letter:letter+1]
	case c >= ' ' && c < 127:
		return string(c)
	}
	digits := strconv.FormatUint(uint64(c), 8)
	if i+1 < len(s) && isDigit(s[i+1]) {
		digits = strings.Repeat("0", 3-len(digits)) + digits // else the digit after it would belong to it
	}
	return `\` + digits
}
