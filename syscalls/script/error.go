package script

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Error is what is wrong with a program's text, where, probably why, and what to type instead.
type Error struct {
	File  string // as the caller named it; may be empty
	Line  int    // from 1
	Col   int    // in bytes, from 1
	Text  string // the whole line
	What  string // what is wrong
	Cause string // the probable cause; may be empty
	Near  string // the nearest known name; may be empty
	Type  string // what to type; may be empty
}

// Error is the message with the line and a caret under the place.
func (e *Error) Error() string {
	var b strings.Builder
	name := e.File
	if name == "" {
		name = "line"
	}
	fmt.Fprintf(&b, "%s:%d:%d: %s", name, e.Line, e.Col, e.What)
	if e.Text != "" {
		text, at := window(e.Text, e.Col-1)
		fmt.Fprintf(&b, "\n    %s\n    %s^", text, strings.Repeat(" ", at))
	}
	for _, part := range [][2]string{{"cause: ", e.Cause}, {"did you mean ", e.Near}, {"type: ", e.Type}} {
		if part[1] == "" {
			continue
		}
		b.WriteString("\n  " + part[0] + part[1])
		if part[1] == e.Near {
			b.WriteByte('?')
		}
	}
	return b.String()
}

// Short is the message in one line.
func (e *Error) Short() string {
	if e.Near != "" {
		return e.What + "; did you mean " + e.Near + "?"
	}
	return e.What
}

// windowWidth is how much of a long line an error shows, so that it fits a terminal of 80 columns.
const windowWidth = 72

// window cuts a line around the byte at, and makes every byte one visible column.
func window(text string, at int) (string, int) {
	at = max(0, min(at, len(text)))
	from := 0
	if at > windowWidth-12 {
		from = at - windowWidth/2
	}
	to := min(len(text), from+windowWidth)
	for from > 0 && from < at && !utf8.RuneStart(text[from]) {
		from++
	}
	cut := strings.ToValidUTF8(text[from:to], "?")
	column := utf8.RuneCountInString(strings.ToValidUTF8(text[from:at], "?"))
	return strings.Map(visible, cut), column
}

func visible(r rune) rune {
	if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
		return '?'
	}
	return r
}

// Nearest is the known word that a mistyped one is closest to, two letters away at most; empty where none is that near.
func Nearest(word string, known []string) string {
	limit := 3
	if len(word) <= 4 {
		limit = 2 // two letters of four may be any word
	}
	best, bestDist := "", limit
	for _, k := range known {
		d := editDistance(word, k, limit)
		if d >= len(word) || d > bestDist || d == bestDist && commonPrefix(word, k) <= commonPrefix(word, best) {
			continue
		}
		if d < limit {
			best, bestDist = k, d
		}
	}
	return best
}

func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// editDistance is how many letters must be changed, added, dropped or swapped to get b from a; limit or more if that
// many.
func editDistance(a, b string, limit int) int {
	if diff := len(a) - len(b); diff >= limit || -diff >= limit || len(a) > 64 {
		return limit
	}
	a, b = strings.ToLower(a), strings.ToLower(b)
	var before, prev []int
	cur := make([]int, len(b)+1)
	for j := range cur {
		cur[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, prev, cur = prev, cur, make([]int, len(b)+1)
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+differ(a[i-1], b[j-1]))
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
	}
	return cur[len(b)]
}

func differ(a, b byte) int {
	if a == b {
		return 0
	}
	return 1
}
