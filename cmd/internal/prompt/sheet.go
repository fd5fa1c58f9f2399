package prompt

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// sheet is a view's content: a table, or text that the kernel itself would print. As JSON each row is an object.
type sheet struct {
	cols []string
	rows [][]any
	text string   // in the place of a table
	last []string // lines below it
}

// hex is a number that people read in hex.
type hex uint64

// String is the number as C prints it.
func (h hex) String() string { return fmt.Sprintf("%#x", uint64(h)) }

// MarshalJSON is the same as a string.
func (h hex) MarshalJSON() ([]byte, error) { return json.Marshal(h.String()) }

func (s *sheet) row(cells ...any) { s.rows = append(s.rows, cells) }

func (s *sheet) note(format string, args ...any) {
	s.last = append(s.last, fmt.Sprintf(format, args...))
}

// lines are the sheet as text, its columns aligned: numbers to the right, the rest to the left.
func (s *sheet) lines() []string {
	if s.cols == nil {
		return append(strings.Split(strings.TrimSuffix(s.text, "\n"), "\n"), s.last...)
	}
	width := s.widths()
	head := make([]any, len(s.cols))
	for i, c := range s.cols {
		head[i] = c
	}
	out := []string{s.line(head, width)}
	for _, r := range s.rows {
		out = append(out, s.line(r, width))
	}
	return append(out, s.last...)
}

// widths are the widths of the columns, those of their heads included.
func (s *sheet) widths() []int {
	width := make([]int, len(s.cols))
	for i, c := range s.cols {
		width[i] = len(c)
	}
	for _, r := range s.rows {
		for i, cell := range r {
			width[i] = max(width[i], utf8.RuneCountInString(fmt.Sprint(cell)))
		}
	}
	return width
}

func (s *sheet) line(cells []any, width []int) string {
	var b strings.Builder
	for i, c := range cells {
		text := fmt.Sprint(c)
		pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(text))
		if i > 0 {
			b.WriteString("  ")
		}
		if s.isNumber(i) {
			b.WriteString(pad + text)
		} else {
			b.WriteString(text + pad)
		}
	}
	return strings.TrimRight(b.String(), " ")
}

// isNumber reports whether a column holds numbers.
func (s *sheet) isNumber(i int) bool {
	for _, r := range s.rows {
		switch r[i].(type) {
		case int, int64, uint64:
			return true
		}
	}
	return false
}

// object is the sheet as JSON has it.
func (s *sheet) object(name string) any {
	rows := []map[string]any{}
	for _, r := range s.rows {
		row := map[string]any{}
		for i, c := range r {
			if c != "" {
				row[s.cols[i]] = c
			}
		}
		rows = append(rows, row)
	}
	notes := s.last
	if s.text != "" {
		rows, notes = structured(s.text)
		notes = append(notes, s.last...)
	}
	return struct {
		View  string           `json:"view"`
		Rows  []map[string]any `json:"rows,omitempty"`
		Notes []string         `json:"notes,omitempty"`
	}{name, rows, notes}
}

// encode prints a value as a line of JSON.
func (p *Prompt) encode(v any) error {
	e := json.NewEncoder(p.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
