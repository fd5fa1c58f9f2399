package main

import (
	"io"
	"strings"
	"unicode/utf8"
)

// wrapper breaks lines that are wider than the terminal between words; what goes on is indented.
type wrapper struct {
	w     io.Writer
	width func() int
}

// Write writes whole lines; one that is not finished is left as it is.
func (w *wrapper) Write(p []byte) (int, error) {
	width := w.width()
	var b strings.Builder
	for line := range strings.Lines(string(p)) {
		b.WriteString(breakLine(line, width))
	}
	if _, err := io.WriteString(w.w, b.String()); err != nil {
		return 0, err
	}
	return len(p), nil
}

// breakLine breaks one line. Words that are wider than the terminal stay whole.
func breakLine(line string, width int) string {
	if utf8.RuneCountInString(strings.TrimRight(line, "\n")) <= width || width < 20 {
		return line
	}
	indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
	var b strings.Builder
	at := 0
	for i, word := range strings.Split(strings.TrimLeft(line, " "), " ") {
		n := utf8.RuneCountInString(strings.TrimRight(word, "\n"))
		switch {
		case i == 0:
			b.WriteString(indent)
			at = len(indent)
		case at+1+n > width:
			b.WriteString("\n" + indent + "    ")
			at = len(indent) + 4
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += n
	}
	return b.String()
}
