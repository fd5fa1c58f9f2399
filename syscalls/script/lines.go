package script

import (
	"bytes"
	"errors"
	"io"
	"strings"
)

// lines gives the lines of a text one after the other. A line is a piece of the block that it was read in: most lines
// are so short that a string of its own would cost more than what is understood of it.
type lines struct {
	r    io.Reader // nil where text is all that there is
	text string    // what has been read and not been given
	err  error     // why there is no more
	buf  []byte
}

// blockSize is how much is read at a time.
const blockSize = 1 << 16

var errLongLine = errors.New("line too long")

// next is the next line, with its newline, and gives up at maxLine. At the end it is what is left, with io.EOF.
func (l *lines) next() (string, error) {
	for from := 0; ; {
		i := strings.IndexByte(l.text[from:], '\n')
		if end := from + i + 1; i >= 0 && end <= MaxLine+1 {
			line := l.text[:end]
			l.text = l.text[end:]
			return line, nil
		}
		switch from = len(l.text); {
		case from > MaxLine:
			return "", errLongLine
		case l.err != nil:
			line := l.text
			l.text = ""
			return line, l.err
		}
		l.more()
	}
}

// more reads up to the next newline, or as much as a block holds.
func (l *lines) more() {
	if l.buf == nil {
		l.buf = make([]byte, blockSize)
	}
	n, empty := 0, 0
	for n < len(l.buf) && l.err == nil && bytes.IndexByte(l.buf[:n], '\n') < 0 {
		k, err := l.r.Read(l.buf[n:])
		if k == 0 {
			empty++
		}
		if n, l.err = n+k, err; err == nil && empty == 100 {
			l.err = io.ErrNoProgress
		}
	}
	l.text += string(l.buf[:n])
}

// rest is all that has not been given.
func (l *lines) rest() io.Reader {
	if l.err != nil {
		return strings.NewReader(l.text)
	}
	return io.MultiReader(strings.NewReader(l.text), l.r)
}
