package strace

import (
	"io"
	"strings"

	"vmsim/syscalls/script"
)

// longestLine is the most that a line of a log may have.
const longestLine = 1 << 20

// blockSize is how much is read at a time.
const blockSize = 1 << 18

// lines gives the lines of a log one after the other. A line is a piece of the block that it was read in, so that the
// millions of lines of a long log cost no memory of their own.
type lines struct {
	r    io.Reader
	buf  []byte
	text string // what has been read and not been given
	err  error  // why there is no more
	read int64  // bytes so far
	no   int    // lines so far
	cut  bool   // the last line has no end
}

func newLines(r io.Reader) *lines { return &lines{r: r, buf: make([]byte, blockSize)} }

// next is the next line without its end. A line that is too long is passed over: long is true then. ok is false at the
// end, and where reading failed.
func (l *lines) next() (line string, long, ok bool) {
	for from := 0; ; {
		if i := strings.IndexByte(l.text[from:], '\n'); i >= 0 {
			line, l.text = l.text[:from+i], l.text[from+i+1:]
			l.no++
			return strings.TrimRight(line, "\r"), long, true
		}
		from = len(l.text)
		switch {
		case l.err != nil:
			line, l.text = l.text, ""
			if line == "" && !long {
				return "", false, false
			}
			l.no++
			l.cut = true
			return line, long, true
		case from > longestLine:
			l.text, from, long = "", 0, true
		}
		l.more()
	}
}

// more reads up to the next newline, or as much as a block holds.
func (l *lines) more() {
	n := 0
	if l.err == nil {
		n, l.err = script.ReadToNewline(l.r, l.buf)
	}
	l.read += int64(n)
	var b strings.Builder // one copy: the rest of the last block is short, and the block is not
	b.Grow(len(l.text) + n)
	b.WriteString(l.text)
	b.Write(l.buf[:n])
	l.text = b.String()
}
