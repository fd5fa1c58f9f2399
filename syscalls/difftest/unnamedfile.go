package difftest

import (
	"regexp"
	"slices"
	"strings"
)

// unnamedFile is what a file without a name is called in maps, on whatever file system: it holds the inode's number.
var unnamedFile = regexp.MustCompile(`/#\d+ \(deleted\)$`)

// unnumbered are lines of maps without the numbers of files that have no name.
// Linux: d_mark_tmpfile (fs/dcache.c).
func unnumbered(lines []string) []string {
	if !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, "/#") }) {
		return lines
	}
	out := slices.Clone(lines)
	for i, l := range out {
		out[i] = unnamedFile.ReplaceAllString(l, "/# (deleted)")
	}
	return out
}
