package script

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// The limits of the text: what is beyond them is a mistake or an attack, and is refused before it costs memory.
const (
	MaxLine    = 1 << 20 // bytes in a line
	maxProgram = 1 << 28 // bytes in a program
	maxLines   = 1 << 22 // in a program
	maxDepth   = 100     // parentheses within parentheses
	maxTerms   = 5000    // values in one line
)

// cursor reads the tokens of one line.
type cursor struct {
	line    string
	toks    []token
	i       int
	depth   int
	terms   int
	comment string
	parser  *Parser // who knows the bound names; nil accepts any
	inCall  string  // whose argument is being read, and which
	inArg   int
	trial   bool // no error is shown to anyone: what does not read as an expression is text
}

func newCursor(line string) *cursor {
	toks, comment := lex(nil, line)
	return &cursor{line: line, toks: toks, comment: comment}
}

// bound reports whether a name may have a value.
func (c *cursor) bound(name string) bool { return c.parser == nil || c.parser.bound[name] }

// meant are the names that might have been meant.
func (c *cursor) meant() []string {
	names := FlagNames(c.inCall, c.inArg)
	if c.parser != nil {
		names = append(names, c.parser.order...)
	}
	return names
}

func (c *cursor) peek() *token { return &c.toks[c.i] }

func (c *cursor) peekAt(n int) *token {
	if c.i+n >= len(c.toks) {
		return &c.toks[len(c.toks)-1]
	}
	return &c.toks[c.i+n]
}

func (c *cursor) next() *token {
	t := &c.toks[c.i]
	if t.kind != tokEnd {
		c.i++
	}
	return t
}

// is reports whether the next token is that operator.
func (c *cursor) is(op string) bool {
	t := c.peek()
	return t.kind == tokPunct && t.text == op
}

// isName reports whether the next token is that word.
func (c *cursor) isName(word string) bool {
	t := c.peek()
	return t.kind == tokName && t.text == word
}

// take consumes the operator if it is next.
func (c *cursor) take(op string) bool {
	if !c.is(op) {
		return false
	}
	c.i++
	return true
}

func (c *cursor) want(op, where string) *Error {
	if c.take(op) {
		return nil
	}
	return c.wrong("expected " + op + " " + where)
}

func (c *cursor) atEnd() bool { return c.peek().kind == tokEnd }

// wrong is an error at the next token, which it quotes.
func (c *cursor) wrong(what string) *Error {
	t := c.peek()
	e := c.errorAt(t, what)
	switch t.kind {
	case tokBad:
		e.What = t.text
	case tokEnd:
		e.What += ", but the line ends"
	case tokPunct:
		if t.text[0] >= utf8.RuneSelf || t.text[0] < ' ' {
			e.What, e.Cause = "no statement has the character "+c.character(int(t.from)),
				"copied text often has other quotes, dashes and spaces than a program"
			break
		}
		e.What += ", not " + describe(t)
	default:
		e.What += ", not " + describe(t)
	}
	return e
}

// character is the whole character at a place in the line, or its byte where it is none.
func (c *cursor) character(at int) string {
	if r, n := utf8.DecodeRuneInString(c.line[at:]); n > 1 && unicode.IsPrint(r) {
		return string(r)
	}
	return fmt.Sprintf("0x%02x", c.line[at])
}

func describe(t *token) string {
	switch {
	case t.kind == tokString:
		return "a string"
	case t.kind == tokPunct && (t.text[0] < ' ' || t.text[0] > '~'):
		return fmt.Sprintf("the byte 0x%02x", t.text[0])
	case len(t.text) > 40:
		return t.text[:40] + "…"
	}
	return t.text
}

func (c *cursor) errorAt(t *token, what string) *Error {
	return &Error{Col: int(t.from) + 1, What: what}
}
