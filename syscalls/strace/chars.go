package strace

import "strings"

func isLetter(c byte) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isWord(c byte) bool   { return isLetter(c) || isDigit(c) }

// isDecimal reports whether s is a number of decimal digits.
func isDecimal(s string) bool { return s != "" && len(s) < 20 && strings.Trim(s, "0123456789") == "" }

// words is the set of the words of a text.
func words(text string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(text) {
		out[w] = true
	}
	return out
}

// pairs is a table of words of which a text has one and, after a colon, the other.
func pairs(text string) map[string]string {
	out := map[string]string{}
	for _, w := range strings.Fields(text) {
		from, to, _ := strings.Cut(w, ":")
		out[from] = to
	}
	return out
}
