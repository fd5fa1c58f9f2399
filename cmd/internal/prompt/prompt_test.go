package prompt

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

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
			elsewhere := []string{"quit", "compare", "explain", "gaps", "web"}
			if c.shows == "" && !slices.Contains(elsewhere, c.name) {
				t.Error("the example shows nothing")
			}
		})
	}
}

// A command that is typed alone, before anything has run, answers something, without a quoted nothing in it.
func TestEveryCommandTypedAloneAnswers(t *testing.T) {
	for i := range table {
		c := &table[i]
		if slices.Contains([]string{"quit", "web", "compare", "explain", "gaps"}, c.name) {
			continue
		}
		if said := talk(t, "").say(c.name); strings.TrimSpace(said) == "" || strings.Contains(said, `""`) {
			t.Errorf("%s: %q", c.name, said)
		}
	}
}

func TestStudentStopsAtTheCopyAndGoesBackBeforeIt(t *testing.T) {
	c := talk(t,
		"h = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nh[0] = 'a'\nc = fork()\nc: "+
			"h[0] = 'b'\n")
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
	c := talk(t,
		".file /data/a 5000\nfd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\np = mmap(NULL, 3*PAGE, PROT_READ, "+
			"MAP_SHARED, fd, 0)\n")
	c.wants(c.say("next 2", "p[2*PAGE]", "why fault"), "SIGBUS BUS_ADRERR", "5000 bytes end in page 1", "p[2*PAGE]")
	c.wants(c.say("p[0] = 1", "why fault"), "SIGSEGV SEGV_ACCERR", "r--s", "store")
	c.wants(c.say("*0x10000", "why fault"), "SIGSEGV SEGV_MAPERR", "no area holds 0x10000", "0x400000")
}

func TestTypedStatementStopsAtBreakpointsAndWatches(t *testing.T) {
	c := talk(t,
		"h = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nh[0] = 'a'\nc = fork()\n")
	c.say("next 3", "break cow", "watch counter minflt")
	if got := c.say("c: h[0] = 'b'"); !strings.Contains(got, "Stop") || !c.Session.Inside() {
		t.Errorf("it did not stop:\n%s", got)
	}
	c.say("delete 2")
	c.wants(c.say("continue"), "Stop 1: cow")
	c.wants(c.say("continue"), "h[0] = 'b'")
	c.wants(c.say("breaks"), "met 1 time")
}

func TestEnterRepeatsTheLastMotion(t *testing.T) {
	c := talk(t, exampleProgram)
	c.wants(c.say("next", ""), "openat", "mmap")
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
	c.wants(c.say("diff branch 0"), "first 3 statements are the same", "- p[2*PAGE] = 'z'", "+ p[0] = 'x'",
		"page cache:", "counters:")
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
	c.wants(c.say("7"), "No: minflt +1, you said 7", "file system had to learn")
	c.wants(c.say("predict copies.cow", "0"), "Right: copies.cow +0", "1 of 2")
	c.wants(c.say("predict"), "1 of 2 right")
}

func TestPredictionAcrossAForkCountsOneProcess(t *testing.T) {
	c := talk(t, "p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\np[0] = 1\n"+
		"c = fork()\nc: p[0] = 2\np[0] = 3\nc: exit_group(0)\n")
	c.say("next 2", "predict minflt")
	c.wants(c.say("0"), "Right: minflt +0")
	c.wants(c.say("predict minflt"), "minflt of process 2")
	c.wants(c.say("1"), "Right: minflt +1")
	c.wants(c.say("predict minflt", "1"), "Right: minflt +1")
	c.say("predict minflt")
	c.wants(c.say("0"), "withdrawn")
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
