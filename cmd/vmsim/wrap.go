package main

import (
	"strings"
	"unicode/utf8"
)

// wrap breaks a text between words into lines of at most width columns.
func wrap(text string, width int) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// indent is the lines with something before each.
func indent(lines []string, before string) string {
	return before + strings.Join(lines, "\n"+before) + "\n"
}
