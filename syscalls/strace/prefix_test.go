package strace

import (
	"fmt"
	"strings"
	"testing"
)

// beginnings are what comes before each line of a log, as journalctl, ts, grep, nl and others print it; n is the line's
// number.
var beginnings = map[string]func(n int) string{
	"quoted":                         func(int) string { return "> " },
	"quoted twice":                   func(int) string { return "> > " },
	"behind a bar":                   func(int) string { return "| " },
	"of a set of containers":         func(int) string { return "app-1  | " },
	"journal":                        func(int) string { return "Nov 28 14:51:37 host app[312]: " },
	"journal, short-precise":         printed("Nov 28 16:01:08.%06d host app[312]: "),
	"journal, short-iso":             func(int) string { return "2026-11-28T16:01:08+0000 host app[312]: " },
	"journal, short-full":            func(int) string { return "Sat 2026-11-28 16:01:08 UTC host app[312]: " },
	"journal, short-monotonic":       printed("[ 1000.%06d] host app[312]: "),
	"journal, short-unix":            printed("1795881668.%06d host app[312]: "),
	"journal, quoted":                func(int) string { return "> Nov 28 14:51:37 host app[312]: " },
	"logcat":                         printed("11-28 14:51:37.%03d  1234  1234 I strace  : "),
	"stamped":                        func(int) string { return "Nov 28 14:51:37 " },
	"stamped as containers are":      printed("2026-11-28T16:01:08.%09dZ "),
	"numbered":                       printed("%6d\t"),
	"numbered, and tabs made spaces": printed("%6d  "),
	"numbered by grep":               func(n int) string { return fmt.Sprintf("%d:", 3*n) },
}

// printed is a beginning with the number of its line.
func printed(form string) func(n int) string {
	return func(n int) string { return fmt.Sprintf(form, n) }
}

func TestABeginningThatAllTheLinesHaveIsNoPartOfTheLog(t *testing.T) {
	for _, file := range []string{"testdata/forms/plain.log", "testdata/forms/f.log", "testdata/forms/perf.log"} {
		text := string(readLog(t, file))
		want := importLog(t, "t.log", strings.NewReader(text)).text
		for name, begin := range beginnings {
			var log strings.Builder
			n := 0
			for line := range strings.Lines(text) {
				n++
				log.WriteString(begin(n) + line)
			}
			im := importLog(t, "t.log", strings.NewReader(log.String()))
			if im.text != want {
				t.Errorf("%s, %s: the program is another: %v", file, name, im.report.Reasons)
			}
		}
	}
}

// TestWhatOnlySomeLinesBeginWithBelongsToThem, such as times and the numbers of processes.
func TestWhatOnlySomeLinesBeginWithBelongsToThem(t *testing.T) {
	for _, name := range []string{"f", "t", "tt", "ttt-T", "r", "k", "n", "old", "android", "perf", "qemu",
		"attached"} {
		sample := strings.SplitAfter(string(readLog(t, "testdata/forms/"+name+".log")), "\n")
		if got := prefixesOf(sample[:min(len(sample), prefixSample)]); len(got) > 0 {
			t.Errorf("%s.log: %d", name, got)
		}
	}
}
