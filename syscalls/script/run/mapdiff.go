package run

import (
	"strings"
)

// normalMaps splits the text of /proc/PID/maps into lines without device and inode, single spaces between the rest.
func normalMaps(text string) []string {
	lines := make([]string, 0, strings.Count(text, "\n")+1)
	for line := range strings.Lines(text) {
		if l := normalMapLine(strings.TrimSuffix(line, "\n")); l != "" {
			lines = append(lines, l)
		}
	}
	return lines
}

// normalMapLine drops the fourth and fifth column. The path, which may hold spaces, is kept as it is.
func normalMapLine(line string) string {
	rest := line
	for range 3 { // addresses, permissions, offset
		_, after, ok := strings.Cut(rest, " ")
		if !ok {
			return line
		}
		rest = after
	}
	head := line[:len(line)-len(rest)-1]
	_, rest, _ = strings.Cut(rest, " ") // device
	_, rest, _ = strings.Cut(strings.TrimLeft(rest, " "), " ")
	if path := strings.TrimLeft(rest, " "); path != "" {
		return head + " " + path
	}
	return head
}

// diffMaps appends what changed between two lists of lines that are in address order: first what went, then what came.
func diffMaps(out []string, before, after []string) []string {
	out = appendMissing(out, "- ", before, after)
	return appendMissing(out, "+ ", after, before)
}

// appendMissing appends the lines of a that b lacks. Both are in the order of their start addresses, which are unique.
func appendMissing(out []string, mark string, a, b []string) []string {
	j := 0
	for _, line := range a {
		for j < len(b) && startLess(b[j], line) {
			j++
		}
		if j == len(b) || b[j] != line {
			out = append(out, mark+line)
		}
	}
	return out
}

// startLess compares the start addresses of two map lines: hexadecimal, of different lengths.
func startLess(a, b string) bool {
	x, y := startDigits(a), startDigits(b)
	if len(x) != len(y) {
		return len(x) < len(y)
	}
	return x < y
}

func startDigits(line string) string {
	digits, _, _ := strings.Cut(line, "-")
	return strings.TrimLeft(digits, "0")
}
