package strace

import "strings"

func isLetter(c byte) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isWord(c byte) bool   { return isLetter(c) || isDigit(c) }

// isDecimal reports whether s is a number of decimal digits.
func isDecimal(s string) bool { return s != "" && len(s) < 20 && strings.Trim(s, "0123456789") == "" }
