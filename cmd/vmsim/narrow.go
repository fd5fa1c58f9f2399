package main

import (
	"io"
	"strings"
	"unicode/utf8"
)

// fullLine is the length from which on a line was broken because it was full, and not because its text ends there.
const fullLine = 70

// narrow fits text that was written for 80 columns into fewer: it joins the lines of a paragraph and breaks them anew.
// Rows of tables stay as they are.
type narrow struct {
	to      io.Writer
	columns int
	text    string // the paragraph so far
	margin  string // before its first line
	hang    int    // how far its other lines are indented
	last    int    // the length of its last line
	err     error
}

// Write takes whole lines.
func (n *narrow) Write(p []byte) (int, error) {
	for line := range strings.Lines(string(p)) {
		n.line(strings.TrimRight(line, "\n"))
	}
	return len(p), n.err
}

func (n *narrow) line(line string) {
	body := strings.TrimLeft(line, " ")
	indent := len(line) - len(body)
	first, _, _ := strings.Cut(body, " ")
	full := n.last+1+utf8.RuneCountInString(first) > fullLine
	table := strings.Contains(body, "  ")
	if n.text != "" && body != "" && indent == n.hang && full && !table {
		n.text += " " + body
		n.last = utf8.RuneCountInString(line)
		return
	}
	n.end()
	number, rest, numbered := strings.Cut(body, "  ")
	switch {
	case numbered && strings.Trim(number, "0123456789") == "" && !strings.Contains(rest, "  "):
		n.margin, n.text = line[:indent]+number+"  ", rest
	case body == "" || table:
		n.put(line)
		return
	default:
		n.margin, n.text = line[:indent], body
	}
	n.hang, n.last = len(n.margin), utf8.RuneCountInString(line)
}

// end prints the paragraph.
func (n *narrow) end() {
	if n.text == "" {
		return
	}
	for i, l := range wrap(n.text, max(n.columns-n.hang, 20)) {
		if i > 0 {
			n.margin = strings.Repeat(" ", n.hang)
		}
		n.put(n.margin + l)
	}
	n.text = ""
}

func (n *narrow) put(line string) {
	if _, err := io.WriteString(n.to, line+"\n"); err != nil && n.err == nil {
		n.err = err
	}
}
