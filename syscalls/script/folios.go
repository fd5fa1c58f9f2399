package script

import (
	"strconv"
	"strings"

	"vmsim/syscalls"
)

// folios= says how a file lies in memory: its folios from the first page on, each by its order (0 is one page, 2 four
// pages). 3x16 is sixteen of order 3, 2r one with the mark of readahead, -x40 forty pages that are not in memory; what
// is left of the file is not in memory either.

// largestOrder is that of 2 MiB.
const largestOrder = 9

// mostRuns bounds a folios= setting.
const mostRuns = 1 << 16

// parseFolios reads a folios= setting.
func parseFolios(text string) (runs []syscalls.FolioRun, ok bool) {
	for item := range strings.SplitSeq(text, ",") {
		r, ok := parseFolioRun(item)
		if !ok {
			return nil, false
		}
		if runs = append(runs, r); len(runs) > mostRuns || r.Marked && r.Order < 0 {
			return nil, false
		}
	}
	return runs, true
}

// parseFolioRun reads folios of one order: 2x3r is three of four pages each, the last with the mark, and - a hole.
func parseFolioRun(item string) (r syscalls.FolioRun, ok bool) {
	item, marked := strings.CutSuffix(item, "r")
	order, count, many := strings.Cut(item, "x")
	r = syscalls.FolioRun{Order: -1, Count: 1, Marked: marked}
	if order != "-" {
		n, err := strconv.ParseUint(order, 10, 8)
		if err != nil || n > largestOrder {
			return r, false
		}
		r.Order = int8(n)
	}
	if many {
		n, err := strconv.ParseUint(count, 10, 32)
		if err != nil || n == 0 {
			return r, false
		}
		r.Count = n
	}
	return r, true
}

// FormatFolios is the setting that parseFolios reads.
func FormatFolios(runs []syscalls.FolioRun) string {
	var b strings.Builder
	for i, r := range runs {
		if i > 0 {
			b.WriteByte(',')
		}
		if r.Order < 0 {
			b.WriteByte('-')
		} else {
			b.WriteString(strconv.Itoa(int(r.Order)))
		}
		if r.Count > 1 {
			b.WriteString("x" + strconv.FormatUint(r.Count, 10))
		}
		if r.Marked {
			b.WriteByte('r')
		}
	}
	return b.String()
}
