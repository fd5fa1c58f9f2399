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
	n := 0
	if l.err == nil {
		n, l.err = ReadToNewline(l.r, l.buf)
	}
	l.text += string(l.buf[:n])
}

// ReadToNewline reads until there is a newline in buf, buf is full, or the reader ends. What follows the newline may be
// in buf, too. So a line that is typed is given as soon as it is complete, and a file is read in large blocks. A reader
// that gives nothing a hundred times fails with io.ErrNoProgress.
func ReadToNewline(r io.Reader, buf []byte) (n int, err error) {
	for empty := 0; n < len(buf) && err == nil && bytes.IndexByte(buf[:n], '\n') < 0; {
		var k int
		if k, err = r.Read(buf[n:]); k == 0 {
			empty++
		}
		if n += k; err == nil && empty == 100 {
			err = io.ErrNoProgress
		}
	}
	return n, err
}

// rest is all that has not been given.
func (l *lines) rest() io.Reader {
	if l.err != nil {
		return strings.NewReader(l.text)
	}
	return io.MultiReader(strings.NewReader(l.text), l.r)
}
