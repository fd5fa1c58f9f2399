package prompt

import (
	"fmt"
	"strings"

	"vmsim/syscalls/session"
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
	var n [trace.NumKinds]uint64
	var bytes [trace.NumKinds]uint64
	for _, e := range p.Session.Branch().Events(st.Begin, st.End) {
		n[e.Kind]++
		bytes[e.Kind] += e.Bytes
	}
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
	add("+", plural(n[trace.FaultMajor], "major fault", ""), plural(n[trace.FaultMinor], "minor fault", ""),
		plural(n[trace.EntrySet]+n[trace.ZeroPageMapped]+n[trace.EntryCopied], "entr", "y set|ies set"),
		plural(n[trace.CacheAdded], "page", " into the cache|s into the cache"))
	add("-", plural(n[trace.EntryCleared], "entr", "y cleared|ies cleared"), plural(n[trace.CacheRemoved], "page", " out of the cache|s out of the cache"))
	add("~", plural(n[trace.PageDirtied], "page", " dirty now|s dirty now"), plural(n[trace.WritebackEnded], "page", " written back|s written back"),
		plural(n[trace.PageCleaned], "page", " write-protected|s write-protected"), plural(n[trace.SwapOut], "page", " swapped out|s swapped out"))
	add(">", plural(n[trace.IoSubmitted], "disk request", ""))
	add("*", copied(n[:], bytes[:])...)
	if len(lines) > 3 {
		for i := 3; i < len(lines); i++ {
			lines[2] += "; " + strings.TrimSpace(lines[i])
		}
		lines = lines[:3]
	}
	return lines
}

// plural is n of something; empty for none. forms are the endings for one and for more; an empty string means s.
func plural(n uint64, what, forms string) string {
	if n == 0 {
		return ""
	}
	one, more, ok := strings.Cut(forms, "|")
	if !ok {
		more = forms + "s"
	}
	if n == 1 {
		return fmt.Sprintf("1 %s%s", what, one)
	}
	return fmt.Sprintf("%d %s%s", n, what, more)
}

func copied(n, bytes []uint64) (parts []string) {
	for _, c := range copyColumns {
		if n[c.kind] > 0 {
			parts = append(parts, fmt.Sprintf("%d bytes %s", bytes[c.kind], c.what))
		}
	}
	return parts
}

// copyColumns are the movements of bytes.
var copyColumns = []struct {
	kind trace.Kind
	what string
}{
	{trace.CopyToUser, "copied to the user"}, {trace.CopyFromUser, "copied from the user"}, {trace.CopyCow, "copied for copy-on-write"}, {trace.CopyKernel, "copied within the kernel"},
	{trace.CopyZero, "zeroed"}, {trace.DMAIn, "by DMA in"}, {trace.DMAOut, "by DMA out"},
}
