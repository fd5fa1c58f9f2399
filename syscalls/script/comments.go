package script

import "strings"

// uncomment turns C's comments into the language's own: "// text" becomes "# text", and so does the text between "/*"
// and "*/" at the end of a line, over several lines too. A comment in the middle of a line becomes blanks, so columns
// stay. A comment begins at the start of the line, or after a blank, a comma or a parenthesis: a path may have two
// slashes.
func (p *Parser) uncomment(text string) string {
	if !p.inComment && !strings.Contains(text, "//") && !strings.Contains(text, "/*") {
		return text
	}
	b, said, quote := []byte(text), "", byte(0)
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case p.inComment:
			said, i = p.skip(b, i)
		case quote != 0 && c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote, said = c, ""
		case c == '#':
			return string(b)
		case opens(b, i, '/'):
			return string(b[:i]) + "#" + string(b[i+2:])
		case opens(b, i, '*'):
			p.inComment = true
			b[i], b[i+1] = ' ', ' '
			i++
		case c != ' ' && c != '\t':
			said = ""
		}
	}
	line := strings.TrimRight(string(b), " \t")
	switch {
	case said == "":
		return line
	case line == "":
		return "# " + said
	}
	return line + "  # " + said
}

// end is the error of a program that ends in the middle of a comment.
func (p *Parser) end() error {
	if !p.inComment {
		return nil
	}
	return &Error{File: p.file, Line: p.line, Col: 1, What: "a comment that begins with /* is not closed", Type: "*/"}
}

// opens reports whether a comment begins at byte i: a slash, followed by this byte, not behind a word.
func opens(b []byte, i int, second byte) bool {
	return b[i] == '/' && i+1 < len(b) && b[i+1] == second && (i == 0 || strings.IndexByte(" \t(,", b[i-1]) >= 0)
}

// skip blanks a comment from byte i on, up to its end or that of the line. It returns what the comment says, and the
// last byte of it.
func (p *Parser) skip(b []byte, i int) (said string, last int) {
	text, _, closed := strings.Cut(string(b[i:]), "*/")
	last = i + len(text) - 1
	if closed {
		p.inComment = false
		last += len("*/")
	}
	for j := i; j <= last; j++ {
		b[j] = ' '
	}
	return strings.Trim(text, "* \t\r"), last
}
