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
			return plain(strings.TrimRight(line, "\r")), long, true
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
			return plain(line), long, true
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

// typewriter are the quotation marks that a web page or a word processor makes of straight ones.
var typewriter = strings.NewReplacer("“", `"`, "”", `"`, "‘", "'", "’", "'")

// plain is a line without what terminals, web pages and editors add to it: escape sequences of colours, curly quotation
// marks, tabs before the answer. strace writes none of these, and strings in a log have them escaped.
func plain(line string) string {
	if strings.IndexByte(line, escape) >= 0 {
		line = withoutColours(line)
	}
	if strings.Contains(line, "\xe2\x80") {
		line = typewriter.Replace(line)
	}
	if strings.Contains(line, "\t=") {
		line = strings.ReplaceAll(line, "\t", " ")
	}
	return line
}

const escape = '\x1b'

// withoutColours takes out the sequences by which a terminal changes colours: ESC [ numbers and semicolons, a letter.
func withoutColours(line string) string {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(line, "\x1b[")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		after = strings.TrimLeft(after, "0123456789;")
		line = after[min(1, len(after)):]
	}
}
