package strace

import (
	"bufio"
	"errors"
	"io"
)

// longestLine is the most that a line of a log may have.
const longestLine = 1 << 20

var errLongLine = errors.New("line too long")

// lines gives the lines of a log one after the other.
type lines struct {
	in *bufio.Reader
}

func newLines(r io.Reader) *lines { return &lines{bufio.NewReaderSize(r, longestLine)} }

// next is the next line with its newline, if it has one. A line that is too long is passed over and gives errLongLine.
func (l *lines) next() (string, error) {
	line, err := l.in.ReadSlice('\n')
	if err != bufio.ErrBufferFull {
		return string(line), err
	}
	for err == bufio.ErrBufferFull {
		_, err = l.in.ReadSlice('\n')
	}
	if err == nil || err == io.EOF {
		err = errLongLine
	}
	return "", err
}
