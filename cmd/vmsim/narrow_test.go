package main

import (
	"strings"
	"testing"
)

func TestNarrowBreaksParagraphsAnewAndLeavesTables(t *testing.T) {
	var out strings.Builder
	n := &narrow{to: &out, columns: 40}
	for _, line := range []string{
		"A file of 32 pages lies on a disk; nothing of it is in memory. We map it and",
		"load one byte.",
		"",
		"  1  The process makes system call 9; all that follows is the kernel's work.",
		"       popular: steps 1 to 4 happen in user space",
		" 11  Pages 0 to 31 are read at once: 1 request, from disk block 9 on, in all of",
		"     131072 bytes.",
		"short",
		"lines",
		"bytes moved       to user from user in kernel     cow   zeroed   DMA in",
	} {
		if _, err := n.Write([]byte(line + "\n")); err != nil {
			t.Fatal(err)
		}
	}
	n.end()
	want := `A file of 32 pages lies on a disk;
nothing of it is in memory. We map it
and load one byte.

  1  The process makes system call 9;
     all that follows is the kernel's
     work.
       popular: steps 1 to 4 happen in
       user space
 11  Pages 0 to 31 are read at once: 1
     request, from disk block 9 on, in
     all of 131072 bytes.
short
lines
bytes moved       to user from user in kernel     cow   zeroed   DMA in
`
	if out.String() != want {
		t.Errorf("%s", out.String())
	}
}
