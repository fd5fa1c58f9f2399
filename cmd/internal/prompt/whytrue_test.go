package prompt

import (
	"os"
	"strings"
	"testing"
)

func TestWhyNamesTheTrueCause(t *testing.T) { answered(t, "testdata/why/true.txt") }

func TestReverseContinueFromTheFirstStopGoesToBeforeItsStatement(t *testing.T) {
	c := talk(t, anon+"c = fork()\nc: p[0] = 2\n")
	c.say("break cow", "continue")
	c.wants(c.say("rc"), "has not begun")
	if c.Session.Inside() || c.Session.Done() != 3 {
		t.Errorf("%d statements are done", c.Session.Done())
	}
	c.wants(c.say("rc"), "beginning")
}

func TestConditionThatDoesNotHoldOrLostFileFailsTheConversation(t *testing.T) {
	c := talk(t, anon+".expect minflt == 300\n")
	if c.say("next 2"); c.Failed() {
		t.Error("it has failed before the condition")
	}
	if c.say("next"); !c.Failed() {
		t.Error("a condition does not hold, and nothing has failed")
	}
	for _, line := range []string{"save /dev/full", "transcript /dev/full"} {
		if _, err := os.Stat("/dev/full"); err != nil {
			t.Skip(err)
		}
		c := talk(t, anon)
		if got := c.say("next", line, "next"); !c.Failed() || !strings.Contains(got, "no space left") {
			t.Errorf("%s: failed %v\n%s", line, c.Failed(), got)
		}
	}
}

func TestCallWithoutParenthesesIsAnsweredWithItsForm(t *testing.T) {
	c := talk(t, "")
	c.wants(c.say("fork"), `"fork" is a call`, "Try: fork(")
	c.wants(c.say("munmap"), "Try: munmap(addr, length)")
}
