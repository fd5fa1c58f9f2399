package prompt

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vmsim/syscalls/script"
	"vmsim/syscalls/session"
	"vmsim/vm/trace"
)

// exampleProgram is what the examples of the commands are run in, its first two statements done.
const exampleProgram = `.machine fs=ext4 disk=nvme
.file /data/a 32768 cold
fd = openat(AT_FDCWD, "/data/a", O_RDWR)
p = mmap(NULL, 4*PAGE, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)
p[0]
p[0] = 'x'
q = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE, fd, 0)
q[0] = 'y'
msync(p, PAGE, MS_SYNC)
`

// conversation is a prompt whose answers a test reads.
type conversation struct {
	*Prompt
	t   testing.TB
	out *bytes.Buffer
}

func talk(t testing.TB, program string) *conversation {
	t.Helper()
	prog, err := script.Parse("test.vms", program)
	if err != nil {
		t.Fatal(err)
	}
	c := &conversation{t: t, out: &bytes.Buffer{}}
	if c.Prompt, err = New(prog, c.out); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Session.Close)
	return c
}

// say types lines and gives all that was answered, errors too.
func (c *conversation) say(lines ...string) string {
	c.t.Helper()
	c.out.Reset()
	for _, l := range lines {
		if err := c.Line(l); err != nil {
			c.out.WriteString(err.Error() + "\n")
		}
	}
	return c.out.String()
}

// wants fails where an answer lacks one of the texts.
func (c *conversation) wants(answer string, texts ...string) {
	c.t.Helper()
	for _, text := range texts {
		if !strings.Contains(answer, text) {
			c.t.Errorf("no %q in\n%s", text, answer)
		}
	}
}

func TestEveryCommandHasAnExampleThatDoesWhatItSays(t *testing.T) {
	for i := range table {
		c := &table[i]
		if c.example == "" || c.line == "" || c.run == nil || c.group == "" {
			t.Errorf("%s lacks an example, a line, a group or what it does", c.name)
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			talking := talk(t, exampleProgram)
			talking.say("next", "next")
			talking.wants(talking.say(c.example), c.shows)
			if word, _ := cutWord(c.example); word != c.name {
				t.Errorf("the example of %s is %q", c.name, c.example)
			}
			if c.shows == "" && c.name != "quit" && c.name != "compare" && c.name != "explain" && c.name != "gaps" {
				t.Error("the example shows nothing")
			}
		})
	}
}

func TestEveryViewAnswersEverywhereAndIsJSON(t *testing.T) {
	c := talk(t, exampleProgram)
	for step := 0; !c.Session.AtEnd(); step++ {
		for _, v := range views {
			text := c.say("info " + v.name)
			if text == "" || strings.Contains(text, "there is no") {
				t.Fatalf("info %s at t=%d: %s", v.name, c.Session.At(), text)
			}
			var got map[string]any
			if err := json.Unmarshal([]byte(c.say("info "+v.name+" --json")), &got); err != nil || got["view"] != v.name {
				t.Fatalf("info %s --json at t=%d: %v %v", v.name, c.Session.At(), err, got)
			}
		}
		c.say("stepi 5")
	}
}

func TestStudentStopsAtTheCopyAndGoesBackBeforeIt(t *testing.T) {
	c := talk(t, "h = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nh[0] = 'a'\nc = fork()\nc: h[0] = 'b'\n")
	c.say("break cow")
	c.wants(c.say("continue"), "Stop 1: cow", "gets a copy of frame")
	c.wants(c.say("info copies"), "cow", " 4096 ")
	c.wants(c.say("rc"), "beginning")
	c.wants(c.say("until h[0] == 'a'", "x/1 h"), "61")
	c.wants(c.say("continue", "finish", "[1] h[0]"), "[1] h[0] == 0x61")
}

func TestPrivateStoreDoesNotReachTheFileAndSharedOneDoes(t *testing.T) {
	c := talk(t, exampleProgram)
	c.say("until pte(p).dirty")
	c.wants(c.say("next", "why page a:0"), "is dirty", "p[0] = 'x'", "flusher")
	c.wants(c.say("next 2", "why page a:0"), "private copy", "never reach /data/a", "q[0] = 'y'")
	c.wants(c.say("next", "why page a:0"), "has been written back", "msync(p, PAGE, MS_SYNC)")
}

func TestSIGBUSAndSIGSEGVAreToldApart(t *testing.T) {
	c := talk(t, ".file /data/a 5000\nfd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\np = mmap(NULL, 3*PAGE, PROT_READ, MAP_SHARED, fd, 0)\n")
	c.wants(c.say("next 2", "p[2*PAGE]", "why fault"), "SIGBUS BUS_ADRERR", "5000 bytes end in page 1", "p[2*PAGE]")
	c.wants(c.say("p[0] = 1", "why fault"), "SIGSEGV SEGV_ACCERR", "r--s", "store")
	c.wants(c.say("*0x10000", "why fault"), "SIGSEGV SEGV_MAPERR", "no area holds 0x10000", "0x400000")
}

func TestEnterRepeatsTheLastMotion(t *testing.T) {
	c := talk(t, exampleProgram)
	c.wants(c.say("next", ""), "openat", "mmap")
}

func TestUnknownWordsGetTheNearestKnownOne(t *testing.T) {
	c := talk(t, exampleProgram)
	for typed, want := range map[string]string{
		"nxet": "did you mean next?", "conitnue": "did you mean continue?", "info mpas": "did you mean maps?", "break cwo": "did you mean cow?",
		"why pgae a:0": "did you mean page?", "goto 3x": "no step", "break call mmpa": "did you mean mmap?", "watch paeg a:0": "did you mean page?",
		"break fn do_wp_pgae": "did you mean do_wp_page?", "until majfault == 1": "did you mean majflt?", "mmpa(NULL, 1, 2, 3, 4, 5)": "mmap",
		"cat /proc/self/mpas": "did you mean /proc/self/maps?", "b": "break wants an event", "st": "may be", "p[": "\n", "why page b:0": "there are: ",
		"print 1/0": "division", "x/99999 p": "up to", "delete 7": "no stop", "branch 9": "no branch 9", "diff 1": "two moments",
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
		for _, typed := range []string{name[1:] + "q", name[:2] + "q" + name[2:], name[:len(name)-2] + name[len(name)-1:] + name[len(name)-2:len(name)-1]} {
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

func TestWatchTellsWhatWasAndIs(t *testing.T) {
	c := talk(t, exampleProgram)
	c.say("next", "watch page a:0", "watch byte p", "watch pte p", "watch counter majflt")
	c.wants(c.say("next", "continue"), "watch page a:0", "was  not in memory", "is   frame")
	c.wants(c.say("until p[0] == 'x'", "rc"), "Stop")
}

func TestGoingBackMeetsTheSameStopsAsGoingOn(t *testing.T) {
	c := talk(t, exampleProgram)
	c.say("break fault", "watch counter minflt")
	var forth []string
	for !c.Session.AtEnd() {
		if c.say("continue"); !c.Session.AtEnd() {
			forth = append(forth, c.Text())
		}
	}
	for i := len(forth) - 1; i >= 0; i-- {
		if c.say("rc"); c.Text() != forth[i] {
			t.Fatalf("back at %s, wanted %s", c.Text(), forth[i])
		}
	}
	c.wants(c.say("rc"), "beginning")
}

func TestBranchesAreComparedBySectionAndReplayed(t *testing.T) {
	c := talk(t, exampleProgram)
	c.say("next 100", "goto 0", "next 3")
	c.wants(c.say("p[2*PAGE] = 'z'"), "branch 1", "kept in branch 0")
	c.wants(c.say("diff branch 0"), "first 3 statements are the same", "- p[2*PAGE] = 'z'", "+ p[0] = 'x'", "page cache:", "counters:")
	c.wants(c.say("replay"), "p[0] = 'x'", "msync")
	c.wants(c.say("branch"), "* branch 1", "branch 0: 7 statements")
	c.wants(c.say("branch 0", "diff 0 end"), "areas:", "+ [1] 7ffff", "~ [1] majflt 0 → 1", "pgmajfault 0 → 1")
}

func TestSavedSessionPassesAsATest(t *testing.T) {
	c := talk(t, exampleProgram)
	file := filepath.Join(t.TempDir(), "s.vms")
	c.wants(c.say("next 100", "p[5]", "munmap(p+1, 3)", "pread64(fd, scratch, 20, 0)", "save "+file), "and passes")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c.wants(string(text), ".file /data/a 32768 cold", "faults ", "EINVAL", "data ")
}

func TestPredictionIsAskedBeforeItIsShown(t *testing.T) {
	c := talk(t, strings.Replace(exampleProgram, "p[0] = 'x'", "? minflt\np[0] = 'x'", 1))
	c.say("next 3")
	c.wants(c.say("next"), "How much will it add to minflt?")
	c.wants(c.say("7"), "No: minflt +1, you said 7", "file had to be told")
	c.wants(c.say("predict copies.cow", "0"), "Right: copies.cow +0", "1 of 2")
	c.wants(c.say("predict"), "1 of 2 right")
}

func TestTranscriptKeepsWhatIsTypedAndAnswered(t *testing.T) {
	c := talk(t, exampleProgram)
	file := filepath.Join(t.TempDir(), "t.txt")
	c.say("transcript "+file, "next", "info procs", "transcript off", "next")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c.wants(string(text), "(vmsim t=0 pid 1) next\n", "openat", "minflt")
	if strings.Contains(string(text), "mmap") {
		t.Errorf("it goes on after its end:\n%s", text)
	}
}

func TestOnAndDisplayRunByThemselves(t *testing.T) {
	c := talk(t, exampleProgram)
	c.say("break major-fault", "on 1 info copies", "display procs")
	c.wants(c.say("continue"), "Stop 1", "DMA in ×", "majflt")
}

func TestChainLeadsFromTheAddressToTheDiskBlock(t *testing.T) {
	c := talk(t, exampleProgram)
	c.say("next 4")
	c.wants(c.say("walk p+5"), "p+5 → area rw-s a@0x0 → PTE[", "P RW A D", "→ frame 0x", "a page 0 (dirty since t=", "→ disk block ")
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

func TestFlagsAreCompletedByTheArgumentTheyBelongTo(t *testing.T) {
	c := talk(t, exampleProgram)
	c.say("next 2")
	for typed, want := range map[string]string{
		"mmap(NULL, 4096, PROT_R":         "PROT_READ",
		"mmap(NULL, 4096, PROT_READ|PR":   "PROT_WRITE",
		"r = mmap(NULL, 4096, 3, MAP_PRI": "MAP_PRIVATE",
		"msync(p, 4096, MS_S":             "MS_SYNC",
		"info page":                       "pagecache",
		"why ":                            "page",
		"why page ":                       "a:0",
		"break call mm":                   "mmap",
		"un":                              "until",
		"mun":                             "munmap(",
		"break maj":                       "major-fault",
		".sl":                             ".sleep",
		"[2] p":                           "p",
		"help co":                         "continue",
	} {
		_, words := c.Complete(typed)
		if !strings.Contains(strings.Join(words, " ")+" ", want+" ") {
			t.Errorf("%q is completed by %q", typed, words)
		}
	}
	if _, words := c.Complete("mmap(NULL, 4096, MAP_PRI"); strings.Contains(strings.Join(words, " "), "MAP_") {
		t.Errorf("flags of another argument: %q", words)
	}
}

func TestWhyPageOnTmpfsNamesTheStatementThatStoredLast(t *testing.T) {
	c := talk(t, "")
	c.say(".file /data/a 4*PAGE", `fd = openat(AT_FDCWD, "/data/a", O_RDWR)`, "p = mmap(NULL, 4*PAGE, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)")
	c.wants(c.say("why page a:1"), "no statement has stored", ".machine fs=ext4")
	c.wants(c.say("p[PAGE] = 1", "p[PAGE + 7] = 2", "getpid()", "why page a:1"), "statement 5:  p[PAGE + 7] = 2", "just before it: goto ", "tmpfs")
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
	c.wants(answer, "page 0 of the file is found at disk block", "30 more of these", "page 31 of the file is found at disk block", "It was major")
	if n := strings.Count(answer, "\n"); n > 24 {
		t.Errorf("%d lines:\n%s", n, answer)
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
		"maps": "Try: info maps", "smaps": "Try: info smaps", "pagecache": "Try: info pagecache", "run": "Try: continue", "bt": "Try: why fault",
		"ls": "Try: info disk", "undo": "Try: back", "history": "Try: log", "set": "Try: p[0] = 'x'", "break minor": "did you mean minor-fault?",
		"info breaks": "Try: breaks", "p": "p = 0x7ffff7", "p+PAGE": "p+PAGE = 0x7ffff7", "2+2": "2+2 = 4",
	} {
		c.wants(c.say(typed), want)
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

func TestLinesOfCAndOfOtherDebuggersAreUnderstood(t *testing.T) {
	c := talk(t, exampleProgram)
	c.say("next", "next")
	c.wants(c.say("p[0];"), "p[0] == 0x00")
	c.wants(c.say("x p 8"), "did you mean x/8 p?")
	c.wants(c.say("goto 99999"), "There is no t=99999: the program ends at t=")
}

func TestPrintLooksAtMemoryEntriesPagesAndCounters(t *testing.T) {
	c := talk(t, exampleProgram)
	c.say("next", "next")
	c.wants(c.say("print p[0]"), "is not in memory, and looking takes no fault\nTry: p[0] as a line of its own")
	c.wants(c.say("print *0x10"), "no area holds 0x10: *0x10 would be a SIGSEGV")
	c.say("next", "next")
	minor := c.say("print minflt")
	for typed, want := range map[string]string{
		"print p[0]": "p[0] == 0x78\n", "print p[0:3]": "p[0:3] == 0x78 0x01 0x02\n", "print *(p+1)": "*(p+1) == 0x01\n",
		"print pte(p).dirty": "pte(p).dirty = 1\n", "print page(fd,1).dirty": "page(fd,1).dirty = 0\n", "print copies.dma_in": "copies.dma_in = 32768\n",
		"print majflt == 1": "majflt == 1: it holds\n", "print majflt > 7": "majflt > 7: it does not hold, majflt is 1\n",
		"print p[0] == 'x'": "it holds\n", "print p[0] == 'y'": "it does not hold, the byte is 0x78\n", "print p[0] = 1": "is a store: type it",
		"print p[0:99]": "1 to 16 bytes", "print pte(p).drity": "did you mean dirty?", "print zork": `unknown counter "zork"`,
	} {
		c.wants(c.say(typed), want)
	}
	if now := c.say("print minflt"); now != minor {
		t.Errorf("looking took a fault: %s then %s", minor, now)
	}
}

func TestLinesOfCRunOrAreAnsweredWithWhatToType(t *testing.T) {
	c := talk(t, exampleProgram)
	c.say("next")
	c.wants(c.say("char *r = (char *)mmap(NULL, 4*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0);"), "r = mmap(NULL, 16384")
	c.wants(c.say("*(char *)r = 'x';"), "*r = 'x'")
	c.wants(c.say("x = r[0]"), "a load is a statement of its own", "type: r[0]")
	c.wants(c.say("memset(r, 0, PAGE);"), "function of the C library", `type: p[0:4096] = "A" * 4096`)
	c.wants(c.say("int n;"), "names and values have no types", "type: n = 4096")
	c.wants(c.say("for (;;) r[0] = 1"), "there is no for")
	c.wants(c.say("return 0"), "there is no return")
	c.wants(c.say("// a comment"), "a comment begins with #")
}

func TestHelpKnowsDirectivesAndEveryWordThatExplainKnows(t *testing.T) {
	c := talk(t, "")
	c.wants(c.say("help .file"), ".file PATH SIZE [cold|cached]", "For example:  .file /data/a 32768 cold", "no effect on tmpfs")
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

func TestASpaceFollowsAWordThatNothingElseCanFollow(t *testing.T) {
	c := talk(t, exampleProgram)
	c.say("next", "next")
	for _, x := range []struct {
		before, word string
		closed       bool
	}{
		{"", "info", true}, {"info ", "maps", true}, {"", ".file", true}, {"break ", "cow", true}, {"break call ", "mmap", true},
		{"", "mmap(", false}, {"fd = ", "openat(", false}, {"why page ", "a:0", false}, {"mmap(NULL, 4096, ", "PROT_READ", false},
		{".sysctl ", "vm.dirty_ratio=", false}, {"", "p", false},
	} {
		if c.Closes(x.before, x.word) != x.closed {
			t.Errorf("%q: a space after %q must be %v", x.before, x.word, x.closed)
		}
	}
}
