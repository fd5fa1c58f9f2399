package prompt

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNoLineOfHelpIsWiderThanATerminal(t *testing.T) {
	c := talk(t, "")
	for _, name := range append(commandNames(), "", ".machine", ".file") {
		for line := range strings.Lines(c.say("help " + name)) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > pageWidth {
				t.Errorf("help %s: %d columns: %s", name, n, line)
			}
		}
	}
}

func TestExplainOfACommandIsItsHelp(t *testing.T) {
	c := talk(t, "")
	if got, want := c.say("explain why"), c.say("help why"); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestASemicolonAtTheEndOfALineIsLeftOut(t *testing.T) {
	c := talk(t, "p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n")
	c.wants(c.say("next;"), "mmap(NULL, 4096")
	c.wants(c.say("p[0];"), "p[0] == 0x00")
	c.wants(c.say("info procs ; "), "majflt")
	if said := c.say(";"); said != "" {
		t.Errorf("; alone: %q", said)
	}
}

func TestACommandWithoutArgumentsRefusesMoreWords(t *testing.T) {
	c := talk(t, "")
	for i := range table {
		if x := &table[i]; x.args == "" && x.name != "gaps" {
			c.wants(c.say(x.name+" more"), "takes nothing more", "Try: "+x.name)
		}
	}
}

func TestDiffHostTakesNothingMore(t *testing.T) {
	c := talk(t, "")
	c.wants(c.say("diff host twice"), "takes no \"twice\"", "Try: diff host")
}
