package main

import (
	"strings"

	"vmsim/cmd/internal/words"
)

func wrap(text string, width int) []string { return words.Wrap(text, width) }

// indent is the lines with something before each.
func indent(lines []string, before string) string {
	return before + strings.Join(lines, "\n"+before) + "\n"
}

// reflow makes lines of at most width columns of a page in Markdown. A table's row becomes its first cell, with the
// others below; examples stay as they are.
func reflow(page string, width int) string {
	var b strings.Builder
	var pending []string // the lines of a paragraph, an item or a row
	example := false
	flush := func() {
		b.WriteString(reflowed(strings.Join(pending, " "), width))
		pending = nil
	}
	for line := range strings.Lines(page) {
		text := strings.TrimRight(line, "\n")
		fence := strings.HasPrefix(text, "```")
		switch {
		case fence || example || text == "":
			flush()
			b.WriteString(text + "\n")
			example = example != fence
			continue
		case strings.HasPrefix(text, "|---"):
			pending = nil // the row before it has headings
			continue
		case strings.HasPrefix(text, "|") || strings.HasPrefix(text, "- ") || strings.HasPrefix(text, "#"):
			flush()
		}
		pending = append(pending, strings.TrimSpace(text))
	}
	flush()
	return b.String()
}

// reflowed is a paragraph, an item or a row of a table.
func reflowed(text string, width int) string {
	switch {
	case text == "":
		return ""
	case strings.HasPrefix(text, "- "):
		lines := wrap(text[2:], width-2)
		return "- " + strings.TrimLeft(indent(lines, "  "), " ")
	case !strings.HasPrefix(text, "|"):
		return indent(wrap(text, width), "")
	}
	const bar = "\x00" // in place of a bar within a cell
	cells := strings.Split(strings.Trim(strings.ReplaceAll(text, "\\|", bar), "| "), " | ")
	row := indent(wrap(cells[0], width-2), "  ")
	if more := strings.Join(cells[1:], "; "); more != "" {
		row += indent(wrap(more, width-6), "      ")
	}
	return strings.ReplaceAll(row, bar, "|")
}
