package prompt

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestEveryViewAnswersEverywhereAndIsJSON(t *testing.T) {
	c := talk(t, exampleProgram)
	for step := 0; !c.Session.AtEnd(); step++ {
		for _, v := range views {
			text := c.say("info " + v.name)
			if text == "" || strings.Contains(text, "there is no") {
				t.Fatalf("info %s at t=%d: %s", v.name, c.Session.At(), text)
			}
			var got map[string]any
			if err := json.Unmarshal([]byte(c.say("info "+v.name+" --json")), &got); err != nil ||
				got["view"] != v.name {
				t.Fatalf("info %s --json at t=%d: %v %v", v.name, c.Session.At(), err, got)
			}
		}
		c.say("stepi 5")
	}
}

func TestChainLeadsFromTheAddressToTheDiskBlock(t *testing.T) {
	c := talk(t, exampleProgram)
	c.say("next 4")
	c.wants(c.say("walk p+5"), "p+5 → area rw-s a@0x0 → PTE[", "P RW A D", "→ frame 0x", "a page 0 (dirty since t=",
		"→ disk block ")
	c.wants(c.say("walk 0x10000"), "no area")
	c.wants(c.say("next 2", "walk q"), "a private page")
}

func TestOnlyWhatChangedIsShown(t *testing.T) {
	c := talk(t, exampleProgram)
	c.say("next 3", "info pt")
	if answer := c.say("info pt -c"); !strings.Contains(answer, "Nothing changed") {
		t.Error(answer)
	}
	answer := c.say("next", "info pt -c")
	c.wants(answer, "- 0x", "+ 0x")
	if strings.Contains(answer, "[stack]") || strings.Count(answer, "\n") > 10 {
		t.Errorf("more than what changed:\n%s", answer)
	}
}

func TestPrintLooksAtMemoryEntriesPagesAndCounters(t *testing.T) {
	c := talk(t, exampleProgram)
	c.say("next", "next")
	c.wants(c.say("print p[0]"), "is not in memory, and looking takes no fault\nTry: p[0] as a line of its own")
	c.wants(c.say("print *0x10"), "no area holds 0x10: *0x10 would be a SIGSEGV")
	c.say("next", "next")
	minor := c.say("print minflt")
	for typed, want := range map[string]string{
		"print p[0]": "p[0] == 0x78\n", "print p[0:3]": "p[0:3] == 0x78 0x01 0x02\n",
		"print *(p+1)":       "*(p+1) == 0x01\n",
		"print pte(p).dirty": "pte(p).dirty = 1\n", "print page(fd,1).dirty": "page(fd,1).dirty = 0\n",
		"print copies.dma_in": "copies.dma_in = 32768\n",
		"print majflt == 1":   "majflt == 1: it holds\n",
		"print majflt > 7":    "majflt > 7: it does not hold, majflt is 1\n",
		"print p[0] == 'x'":   "it holds\n", "print p[0] == 'y'": "it does not hold, the byte is 0x78\n",
		"print p[0] = 1": "is a store: type it",
		"print p[0:99]":  "1 to 16 bytes", "print pte(p).drity": "did you mean dirty?",
		"print zork": `unknown counter "zork"`,
	} {
		c.wants(c.say(typed), want)
	}
	if now := c.say("print minflt"); now != minor {
		t.Errorf("looking took a fault: %s then %s", minor, now)
	}
}
