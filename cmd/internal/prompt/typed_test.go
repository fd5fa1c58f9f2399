package prompt

import (
	"strings"
	"testing"

	"vmsim/syscalls/script"
)

func TestUnknownWordsGetTheNearestKnownOne(t *testing.T) {
	c := talk(t, exampleProgram)
	for typed, want := range map[string]string{
		"nxet": "did you mean next?", "conitnue": "did you mean continue?", "info mpas": "did you mean " +
			"maps?", "break cwo": "did you mean cow?",
		"why pgae a:0": "did you mean page?", "goto 3x": "no step", "break call mmpa": "did you mean mmap?", "watch " +
			"paeg a:0": "did you mean page?",
		"break fn do_wp_pgae": "did you mean do_wp_page?", "until majfault == 1": "did you mean " +
			"majflt?", "mmpa(NULL, 1, 2, 3, 4, 5)": "mmap",
		"cat /proc/self/mpas": "did you mean /proc/self/maps?", "b": "break wants an event", "st": "may " +
			"be", "p[": "\n", "why page b:0": "there are: ",
		"print 1/0": "division", "x/99999 p": "up to", "delete 7": "no stop", "branch 9": "no branch 9", "diff " +
			"1": "two moments",
	} {
		c.wants(c.say(typed), want)
	}
}

func TestEachWordWithinTwoLettersOfACommandGetsThatCommand(t *testing.T) {
	c := talk(t, "")
	for _, name := range commandNames() {
		if len(name) < 5 || name[0] == '.' {
			continue
		}
		for _, typed := range []string{name[1:] + "q", name[:2] + "q" + name[2:],
			name[:len(name)-2] + name[len(name)-1:] + name[len(name)-2:len(name)-1]} {
			if _, err := c.find(typed); err == nil {
				continue // it is a beginning of some command
			}
			if _, known := script.Signature(typed); known {
				continue
			}
			var others []string
			for _, n := range commandNames() {
				if n != name {
					others = append(others, n)
				}
			}
			if script.Nearest(typed, others) != "" {
				continue // as near to another one
			}
			if answer := c.say(typed); !strings.Contains(answer, "did you mean "+name+"?") {
				t.Errorf("%s: %s", typed, answer)
			}
		}
	}
}

func TestWhatIsMeantByWordsThatAreNoCommands(t *testing.T) {
	c := talk(t, exampleProgram)
	c.wants(c.say("print"), "print what?")
	for word, line := range elsewhere {
		first, _ := cutWord(line)
		if _, ours := named(first); !ours && line != "p[0] = 'x'" {
			t.Errorf("%s: %q is no command either", word, line)
		}
		if _, ours := named(word); ours {
			t.Errorf("%s is a command", word)
		}
	}
	c.say("next", "next")
	for typed, want := range map[string]string{
		"maps": "Try: info maps", "smaps": "Try: info smaps", "pagecache": "Try: info pagecache", "run": "Try: " +
			"continue", "bt": "Try: why fault",
		"ls": "Try: info disk", "undo": "Try: back", "history": "Try: log", "set": "Try: p[0] = 'x'", "break " +
			"minor": "did you mean minor-fault?",
		"info breaks": "Try: breaks", "p": "p = 0x7ffff7", "p+PAGE": "p+PAGE = 0x7ffff7", "2+2": "2+2 = 4",
	} {
		c.wants(c.say(typed), want)
	}
}

func TestLinesOfCAndOfOtherDebuggersAreUnderstood(t *testing.T) {
	c := talk(t, exampleProgram)
	c.say("next", "next")
	c.wants(c.say("p[0];"), "p[0] == 0x00")
	c.wants(c.say("x p 8"), "did you mean x/8 p?")
	c.wants(c.say("goto 99999"), "There is no t=99999: the program ends at t=")
}

func TestLinesOfCRunOrAreAnsweredWithWhatToType(t *testing.T) {
	c := talk(t, exampleProgram)
	c.say("next")
	c.wants(c.say("char *r = (char *)mmap(NULL, 4*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0);"),
		"r = mmap(NULL, 16384")
	c.wants(c.say("*(char *)r = 'x';"), "*r = 'x'")
	c.wants(c.say("x = r[0]"), "a load is a statement of its own", "type: r[0]")
	c.wants(c.say("memset(r, 0, PAGE);"), "function of the C library", `type: p[0:4096] = "A" * 4096`)
	c.wants(c.say("int n;"), "names and values have no types", "type: n = 4096")
	c.wants(c.say("for (;;) r[0] = 1"), "there is no for")
	c.wants(c.say("return 0"), "there is no return")
	c.wants(c.say("r[0] /* a comment */ == 'x'"), "r[0] == 0x78")
}

func TestHelpKnowsDirectivesAndEveryWordThatExplainKnows(t *testing.T) {
	c := talk(t, "")
	c.wants(c.say("help .file"), "[cold|cached|folios=LIST] [fill=BYTE]", "For example:  .file /data/a 32768 cold",
		"no effect on tmpfs")
	c.wants(c.say("help .machine"), "read_ahead_kb")
	c.wants(c.say("help mremap"), "a system call: mremap(")
	c.wants(c.say("help .flie"), "did you mean .file?")
	c.wants(c.say("help nxet"), "did you mean next?")
	c.wants(c.say("help"), "help .machine")
}

func TestAproposLooksIntoWhatWordsMean(t *testing.T) {
	c := talk(t, "")
	c.wants(c.say("apropos ext4"), "explain fs ", ".machine fs=ext4")
	c.wants(c.say("apropos cold"), "explain .file ")
	c.wants(c.say("apropos drop_caches"), ".drop_caches")
	c.wants(c.say("apropos qwertyuiop"), "Nothing has to do with")
	for _, line := range strings.Split(c.say("apropos dirty"), "\n") {
		if len([]rune(line)) > 100 {
			t.Errorf("a line of %d columns: %s", len([]rune(line)), line)
		}
	}
}

func TestColdOnTmpfsIsSaidToHaveNoEffect(t *testing.T) {
	c := talk(t, "")
	c.wants(c.say(".file /data/a 4096 cold"), "cold has no effect on /data/a", ".machine fs=ext4")
	c = talk(t, "")
	if text := c.say(".machine fs=ext4", ".file /data/a 4096 cold"); strings.Contains(text, "no effect") {
		t.Error(text)
	}
}

func TestForkSaysWhatItCopiesAndWriteProtects(t *testing.T) {
	c := talk(t, "")
	c.say("p = mmap(NULL, 4*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)", "p[0] = 1")
	c.wants(c.say("c = fork()"), "entries copied to the child", "pages write-protected in both processes")
}

func TestACallAsAnEventNamesTheStopOfACall(t *testing.T) {
	c := talk(t, "")
	c.wants(c.say("break mmap"), "break call mmap")
}

func TestAnswerThatWasAssertedAndDidNotComeIsTold(t *testing.T) {
	c := talk(t, "")
	c.wants(c.say("p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)", "p[0] == 'a'"),
		"p[0] == 0x00  # asserted: 0x61")
	c.wants(c.say("munmap(p, PAGE) = -1 EINVAL"), "= 0  # asserted: -1 EINVAL")
	if !c.Prompt.Failed() {
		t.Error("the session counts as one in which all held")
	}
}
