package script

// Expr reads an expression as it stands in a statement; it may use the names that are bound. The error is an *Error.
func (p *Parser) Expr(text string) (Expr, error) {
	c := p.lex(text)
	x, err := c.expr(0)
	if err == nil && !c.atEnd() {
		err = c.wrong("the expression is over here")
	}
	if err != nil {
		err.Text, err.Line = text, 1
		return nil, err
	}
	return x, nil
}

// Eval is what an expression is worth where names have the values that the function says.
func Eval(x Expr, names func(string) (uint64, bool)) (uint64, error) { return eval(x, names) }

// ByteOf is the value that an access stores or asserts, as an expression: a string of one byte is that byte.
func ByteOf(x Expr) Expr { return byteOf(x) }
