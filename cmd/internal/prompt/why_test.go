package prompt

import (
	"strings"
	"testing"

	"vmsim/syscalls/session"
	"vmsim/vm/trace"
)

func TestWhyPageOnTmpfsNamesTheStatementThatStoredLast(t *testing.T) {
	c := talk(t, "")
	c.say(".file /data/a 4*PAGE", `fd = openat(AT_FDCWD, "/data/a", O_RDWR)`,
		"p = mmap(NULL, 4*PAGE, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)")
	c.wants(c.say("why page a:1"), "no statement has stored", ".machine fs=ext4")
	c.wants(c.say("p[PAGE] = 1", "p[PAGE + 7] = 2", "getpid()", "why page a:1"), "statement 5:  p[PAGE + 7] = 2",
		"just before it: goto ", "tmpfs")
	c.wants(c.say(`pwrite64(fd, "x", 1, 0)`, "why page a:0"), "statement 7:  pwrite64")
	c.wants(c.say("info dirty", "why dirty"), "no page is dirty\nFiles on tmpfs have no disk")
}

func TestRequestThatEndsIsOneThatHasBegun(t *testing.T) {
	c := talk(t, exampleProgram)
	c.say("continue")
	b := c.Session.Branch()
	begun, ended := map[uint64]bool{}, 0
	for at := session.Moment(1); at <= b.End(); at++ {
		switch e := b.Event(at); e.Kind {
		case trace.IoSubmitted:
			for i := range e.Args[1] {
				begun[e.Args[0]+i] = true
			}
		case trace.IoCompleted:
			ended++
			if !begun[e.Args[0]] {
				t.Errorf("t=%d: block %d was never asked for", at, e.Args[0])
			}
		}
	}
	if ended < 2 {
		t.Errorf("%d requests ended", ended)
	}
}

func TestWhyFaultDoesNotListEveryPageThatIsReadWithIt(t *testing.T) {
	c := talk(t, ".machine fs=ext4\n.file /data/a 131072 cold\n")
	c.say(`fd = openat(AT_FDCWD, "/data/a", O_RDONLY)`, "p = mmap(NULL, 131072, PROT_READ, MAP_SHARED, fd, 0)", "p[0]")
	answer := c.say("why fault")
	c.wants(answer, "page 0 of the file is found at disk block", "30 more of these",
		"page 31 of the file is found at disk block", "It was major")
	if n := strings.Count(answer, "\n"); n > 24 {
		t.Errorf("%d lines:\n%s", n, answer)
	}
}

func TestWhyDirtyLeadsToEachPageAndRepeatedCausesAreOneLine(t *testing.T) {
	c := talk(t, exampleProgram)
	c.wants(c.say("next 4", "why dirty"), "page 0 of /data/a: p[0] = 'x'; more: why page /data/a:0")
	c.wants(c.say("p[1] = 'z'", "why page a:0"), "the last statement that stored to it", "p[1] = 'z'")
	answer := c.say(".sleep 40s", "why page a:0")
	c.wants(answer, "(×", "just before it: goto ")
	if n := strings.Count(answer, "the flusher looks"); n != 1 {
		t.Errorf("%d lines on the flusher:\n%s", n, answer)
	}
	c.wants(c.say("log 1..200"), "page 0 of /data/a is write-protected in one entry, so that the next store is seen\n")
}
