package prompt

import (
	"strings"
	"testing"
)

const onePage = "p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)"

func TestWhyAloneSpeaksOfTheLastStatement(t *testing.T) {
	c := talk(t, "")
	c.wants(c.say("why"), "No statement has run yet", "why page a:0")
	c.wants(c.say(onePage, "why"), "took no page fault, and did not fail")
	c.wants(c.say("p[0] = 1", "why"), "It was minor", "Ask: why page a:0")
	c.wants(c.say("munmap(p + 1, PAGE)", "why"), "failed with EINVAL", "not a multiple of the page size")
}

func TestWhySignalFindsTheLastAccessWithThatSignal(t *testing.T) {
	c := talk(t, ".file /data/a 5000\n")
	c.wants(c.say("why sigbus"), "no access has got SIGBUS yet")
	c.wants(c.say("why signal"), "no access has got a signal yet")
	c.say(`fd = openat(AT_FDCWD, "/data/a", O_RDWR)`, "p = mmap(NULL, 3*PAGE, PROT_READ, MAP_SHARED, fd, 0)",
		"p[2*PAGE]", "p[0] = 1", "p[0]")
	c.wants(c.say("why sigbus"), "SIGBUS BUS_ADRERR", "whose 5000 bytes end in page 1", "statement 3:  p[2*PAGE]")
	c.wants(c.say("why SIGSEGV"), "SIGSEGV SEGV_ACCERR", "statement 4:  p[0] = 1")
	c.wants(c.say("why signal"), "SIGSEGV SEGV_ACCERR")
}

func TestWhyEntryOfAnotherProcess(t *testing.T) {
	c := talk(t, "")
	c.say(onePage, "p[0] = 1", "c = fork()", "c: p[0] = 2", "[1] p[0] = 3")
	c.wants(c.say("why pte p"), "in process 1", "statement 5:  [1] p[0] = 3")
	for _, place := range []string{"[2] p", "c: p", "[pid 2] p", "[c] p"} {
		c.wants(c.say("why pte "+place), "in process 2", "statement 4:  c: p[0] = 2")
	}
	c.wants(c.say("why pte [7] p"), "there is no process 7")
}

func TestPredictAsksAboutTheStatementThatIsTypedNext(t *testing.T) {
	c := talk(t, "")
	c.wants(c.say("predict minflt"), "Type the statement that it is about")
	c.wants(c.say(onePage), "How much will it add to minflt?")
	c.wants(c.say("0"), "= 0x7ffff7ff6000", "Right: minflt +0. Score: 1 of 1.")
	c.wants(c.say("predict minflt", "p[0] = 1", "0"), "No: minflt +1, you said 0. Score: 1 of 2.", "It was minor")
	c.wants(c.say("predict minflt", "c = fork()", "5"), "No: minflt +0, you said 5")
	c.wants(c.say("predict minflt", "c: p[0] = 1", "1"), "of process 2", "Right: minflt +1")
}

func TestQuestionAboutWhatIsNoStatementIsWithdrawn(t *testing.T) {
	c := talk(t, "")
	for _, line := range []string{"info maps", "read(", "q[0] = 1", ".machine ram=64M"} {
		c.wants(c.say("predict minflt", line), "The question is withdrawn.", "Try: predict minflt")
		c.wants(c.say("print 1+1"), "2")
	}
	if got := c.say("predict no_counter"); strings.Contains(got, "Type the statement") {
		t.Errorf("a counter that is not known is asked about:\n%s", got)
	}
}

func TestStopOfOneProcess(t *testing.T) {
	c := talk(t, "")
	c.say(onePage, "p[0] = 1", "c = fork()", "break minor-fault if pid == 1")
	if got := c.say("c: p[0] = 2"); strings.Contains(got, "Stop 1") {
		t.Errorf("process 2 met a stop of process 1:\n%s", got)
	}
	c.wants(c.say("[1] p[0] = 3"), "Stop 1")
}

// on N COMMAND is the prompt's, on SIGSEGV CALL the program's.
func TestHandlerIsTypedAsInAProgram(t *testing.T) {
	c := talk(t, "")
	c.say("p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)",
		"on SIGSEGV mprotect(si_addr / PAGE * PAGE, PAGE, PROT_READ|PROT_WRITE)")
	c.wants(c.say("p[0] = 'x'"), "handler SIGSEGV", "mprotect(0x7ffff7ff6000, 4096, PROT_READ|PROT_WRITE) = 0")
	c.wants(c.say("break cow", "on 1 info maps", "breaks"), "info maps")
}

func TestWhatAStrangerTypesLeadsOn(t *testing.T) {
	c := talk(t, "")
	c.wants(c.say("continue"), "There is no program yet")
	c.wants(c.say("copy-on-write"), "Try: explain copy-on-write")
	c.say(".file /data/a 4096", onePage)
	c.wants(c.say("why page a"), "Try: why page a:0")
	c.wants(c.say("why page p"), "Try: why pte p")
	c.wants(c.say("cat /data/a"), "Try: info pagecache /data/a")
	c.wants(c.say("continue"), "The program is over")
	c.wants(c.say("c = fork()", "[2] exit(0)", "[2] p[0]"), "\nprocess 2 has ended; back")
}

func TestLineOfBytesFitsIntoATerminal(t *testing.T) {
	c := talk(t, "")
	c.say(onePage, `p[0:16] = "abcdefghijklmnop"`)
	if line := c.say("x p"); len(strings.TrimSpace(line)) > 80 {
		t.Errorf("%d columns: %s", len(line), line)
	}
}
