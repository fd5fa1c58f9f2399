package prompt

import (
	"fmt"
	"strings"

	"vmsim/syscalls/plural"
	"vmsim/syscalls/session"
	"vmsim/vm"
	"vmsim/vm/trace"
)

// tellStatement prints a statement that has run: its answer, and in up to three lines what it changed.
func (p *Prompt) tellStatement(st *session.Statement) {
	fmt.Fprint(p.out, st.Text)
	if st.Err != nil {
		fmt.Fprintf(p.out, "    it cannot run: %v\n", st.Err)
		return
	}
	for _, line := range p.changes(st) {
		fmt.Fprintln(p.out, line)
	}
}

// changes are the lines that tell what a statement changed: + made, - freed, ~ changed, > disk, * copied.
func (p *Prompt) changes(st *session.Statement) []string {
	n, bytes, protected := countChanges(p.Session.Branch().Events(st.Begin, st.End))
	var lines []string
	add := func(sign string, parts ...string) {
		var said []string
		for _, part := range parts {
			if part != "" {
				said = append(said, part)
			}
		}
		if len(said) > 0 {
			lines = append(lines, "    "+sign+" "+strings.Join(said, ", "))
		}
	}
	add("+", some(n[trace.FaultMajor], "major fault", "major faults"),
		some(n[trace.FaultMinor], "minor fault", "minor faults"),
		some(n[trace.EntrySet]+n[trace.ZeroPageMapped], "entry set", "entries set"),
		some(n[trace.EntryCopied], "entry copied to the child", "entries copied to the child"),
		some(n[trace.CacheAdded], "page into the cache", "pages into the cache"))
	add("-", some(n[trace.EntryCleared], "entry cleared", "entries cleared"),
		some(n[trace.CacheRemoved], "page out of the cache", "pages out of the cache"))
	add("~", some(protected, "page write-protected in both processes", "pages write-protected in both processes"),
		some(n[trace.PageDirtied], "page dirty now", "pages dirty now"),
		some(n[trace.WritebackEnded], "page written back", "pages written back"),
		some(n[trace.WritebackFailed], "page that did not reach the disk", "pages that did not reach the disk"),
		some(n[trace.PageCleaned], "page write-protected", "pages write-protected"), some(n[trace.SwapOut],
			"page swapped out", "pages swapped out"))
	add(">", some(n[trace.IoSubmitted], "disk request", "disk requests"))
	add("*", copied(bytes[:])...)
	if len(lines) > 3 {
		for i := 3; i < len(lines); i++ {
			lines[2] += "; " + strings.TrimSpace(lines[i])
		}
		lines = lines[:3]
	}
	return lines
}

// countChanges counts steps and moved bytes by kind, and the entries that fork has write-protected. The end of a
// writeback that has failed does not count as written.
func countChanges(events []trace.Event) (n, bytes [trace.NumKinds]uint64, protected uint64) {
	failed := map[[2]uint64]bool{} // pages by number and file
	for _, e := range events {
		switch {
		case e.Kind == trace.WritebackFailed:
			failed[[2]uint64{e.Args[0], e.Args[2]}] = true
		case e.Kind == trace.WritebackEnded && failed[[2]uint64{e.Args[0], e.Args[2]}]:
			continue
		}
		n[e.Kind]++
		if e.Kind == trace.EntryCopied && vm.PTE(e.Args[2]).Writable() {
			protected++
		}
		bytes[e.Kind] += e.Bytes
	}
	return n, bytes, protected
}

// some is a number of things; empty for none.
func some(n uint64, one, more string) string {
	if n == 0 {
		return ""
	}
	return plural.Count(n, one, more)
}

func copied(bytes []uint64) (parts []string) {
	for _, c := range copyColumns {
		if bytes[c.kind] > 0 {
			parts = append(parts, plural.Count(bytes[c.kind], "byte", "bytes")+" "+c.what)
		}
	}
	return parts
}

// copyColumns are the movements of bytes.
var copyColumns = []struct {
	kind trace.Kind
	what string
}{
	{trace.CopyToUser, "copied to the user"}, {trace.CopyFromUser, "copied from the user"}, {trace.CopyCow,
		"copied for copy-on-write"}, {trace.CopyKernel, "copied within the kernel"},
	{trace.CopyZero, "zeroed"}, {trace.DMAIn, "by DMA in"}, {trace.DMAOut, "by DMA out"},
}
