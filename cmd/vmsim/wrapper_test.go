package main

import "testing"

func TestLongLinesBreakBetweenWords(t *testing.T) {
	for _, c := range [][2]string{
		{"short\n", "short\n"},
		{"  one two three four five six\n", "  one two three four\n      five six\n"},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b\n", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n    b\n"},
		{"twenty letters wide..\n", "twenty letters\n    wide..\n"},
	} {
		if got := breakLine(c[0], 20); got != c[1] {
			t.Errorf("%q becomes %q, wanted %q", c[0], got, c[1])
		}
	}
}
