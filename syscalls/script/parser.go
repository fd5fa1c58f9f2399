package script

import (
	"slices"
	"strings"
)

// Parser reads a program line by line, as a prompt does; it remembers the names that have been bound.
type Parser struct {
	file   string
	line   int
	bound  map[string]bool
	order  []string
	last   *Op    // what notes belong to
	at     int    // position of last in the program
	asks   []Term // questions that wait for the statement that they are about
	filled int64  // bytes of the .file lines so far
	// inComment is between "/*" and "*/".
	inComment bool
	// One line's cursor and tokens are the next one's: reading a program is half of running it.
	cursor cursor
	stocks stocks
}

// NewParser is a parser at the start of the program called file.
func NewParser(file string) *Parser {
	return &Parser{file: file, bound: map[string]bool{StackPointer: true}}
}

// Bind makes names known that were bound elsewhere.
func (p *Parser) Bind(names ...string) {
	for _, n := range names {
		if !p.bound[n] {
			p.bound[n] = true
			p.order = append(p.order, n)
		}
	}
}

// Names are the bound names, in the order in which they came.
func (p *Parser) Names() []string { return append([]string(nil), p.order...) }

// Line reads the next line. A nil Op means that the line was an observation, or an area of a layout, of the Op before
// it, which must then still be where Line has put it. The error is an *Error.
func (p *Parser) Line(text string) (*Op, error) {
	op := new(Op)
	if ok, err := p.read(op, text); !ok {
		return nil, err
	}
	return op, nil
}

// Append reads a line and adds it to the program.
func (p *Parser) Append(prog *Program, text string) error {
	n := len(prog.Ops)
	if n == cap(prog.Ops) {
		prog.Ops = slices.Grow(prog.Ops, n+16) // twice as many: append would copy a long program five times as often
		if p.last != nil {
			p.last = &prog.Ops[p.at] // it has moved
		}
	}
	prog.Ops = prog.Ops[:n+1]
	ok, err := p.read(&prog.Ops[n], text)
	switch {
	case !ok:
		prog.Ops[n] = Op{}
		prog.Ops = prog.Ops[:n]
	case prog.Ops[n].Do != nil:
		p.at = n
	}
	return err
}

// read reads the next line into op; ok is false where it is not an operation of its own. The error is an *Error.
func (p *Parser) read(op *Op, text string) (ok bool, err error) {
	p.line++
	op.Line = p.line
	ok, e := p.parseLine(op, text)
	if e != nil {
		e.File, e.Line, e.Text = p.file, p.line, text
		return false, e
	}
	if ok && op.Do != nil {
		p.last = op
	}
	return ok, nil
}

func (p *Parser) parseLine(op *Op, text string) (ok bool, err *Error) {
	if p.line > maxLines {
		return false, &Error{Col: 1, What: "the program has over 4 million lines"}
	}
	if len(text) > MaxLine {
		return false, &Error{Col: 1, What: "the line is over 1 MiB long"}
	}
	if i := strings.IndexByte(text, 0); i >= 0 {
		return false, &Error{Col: i + 1, What: "a byte 0 in the text", Cause: "this is a binary file, no program"}
	}
	if p.line == 1 {
		text = strings.TrimPrefix(text, "\ufeff") // some editors begin a file with a byte order mark
	}
	text = p.uncomment(text)
	trimmed := strings.TrimSpace(text)
	if trimmed == "" || trimmed[0] == '#' {
		op.Comment = trimmed
		return true, nil
	}
	if trimmed[0] == '?' {
		return false, p.question(trimmed)
	}
	if text[0] == ' ' || text[0] == '\t' {
		if done, err := p.indented(text); done || err != nil {
			return false, err
		}
	}
	err = p.statement(op, text)
	return err == nil, err
}

// indented gives an observation or an area to the operation above it; done is false where the line is neither.
func (p *Parser) indented(text string) (done bool, err *Error) {
	if p.last != nil {
		if l, ok := p.last.Do.(*Layout); ok && !IsNote(text) {
			return true, l.layoutLine(stripComment(text))
		}
	}
	if !IsNote(text) {
		return false, nil
	}
	n, err := parseNote(stripComment(text))
	if err != nil {
		return true, err
	}
	if p.last == nil {
		return true, &Error{Col: 1, What: "an observation with no statement before it"}
	}
	n.Line = p.line
	p.last.Notes = append(p.last.Notes, n)
	return true, nil
}

// stripComment drops a comment after an observation or an area: a word that begins with #.
func stripComment(text string) string {
	if !strings.Contains(text, "#") {
		return text
	}
	words := strings.Fields(text)
	for i, w := range words {
		if i > 0 && w[0] == '#' {
			words = words[:i]
			break
		}
	}
	return "    " + strings.Join(words, " ")
}

func (p *Parser) statement(op *Op, text string) *Error {
	c := p.lex(text)
	op.Comment = c.comment
	if err := c.process(op); err != nil {
		return err
	}
	var err *Error
	if c.is(".") {
		op.Do, err = c.directive()
	} else {
		op.Do, err = c.statement()
	}
	if err == nil && !c.atEnd() {
		err = c.notOver()
	}
	if err != nil {
		return err
	}
	p.bindFrom(op.Do)
	op.Asks, p.asks = p.asks, nil
	return nil
}

// lex readies the cursor for a line.
func (p *Parser) lex(text string) *cursor {
	c := &p.cursor
	c.line, c.parser = text, p
	c.i, c.depth, c.terms, c.inCall, c.inArg = 0, 0, 0, "", 0
	c.toks, c.comment = lex(c.toks[:0], text)
	return c
}

// question reads  ? COUNTER : it belongs to the statement after it.
func (p *Parser) question(text string) *Error {
	c := p.lex(text[1:])
	t, err := c.term()
	if err == nil && !c.atEnd() {
		err = c.wrong("the question is over here")
	}
	if err != nil {
		err.Type = "? minflt"
		return err
	}
	p.asks = append(p.asks, t)
	return nil
}

func (p *Parser) bindFrom(do Action) {
	switch a := do.(type) {
	case *Call:
		if a.Bind != "" {
			p.Bind(a.Bind)
		}
	case *Let:
		p.Bind(a.Name)
	}
}

// MaxPID bounds a process number, so that a wrong one cannot make a table of processes enormous.
const MaxPID = 1 << 16

// process reads  [2]  or  [pid 2]  or  child:  at the start of a line.
func (c *cursor) process(op *Op) *Error {
	if t := c.peek(); t.kind == tokName && c.peekAt(1).kind == tokPunct && c.peekAt(1).text == ":" {
		if !c.bound(t.text) {
			e := c.unknownName(t)
			if e.Near == "" {
				e.Cause = "a process has the name that its birth has bound, as in  " + t.text + " = fork()"
			}
			return e
		}
		op.Owner = t.text
		c.i += 2
		return nil
	}
	if !c.take("[") {
		return nil
	}
	if c.isName("pid") {
		c.next()
	}
	t := c.next()
	if t.kind != tokNumber || t.num.Value() == 0 || t.num.Value() > MaxPID {
		e := c.errorAt(t, "a process is a number from 1 on, in the order of birth")
		e.Type = "[2] …"
		return e
	}
	op.PID = int(t.num.Value())
	return c.want("]", "after the process")
}
