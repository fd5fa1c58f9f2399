package main

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"vmsim/syscalls/difftest"
)

func TestHelpFitsATerminal(t *testing.T) {
	lines := []string{"vmsim help", "vmsim explain", "vmsim explain cow", "vmsim gaps", "vmsim claims"}
	for _, name := range commandNames() {
		lines = append(lines, "vmsim help "+name)
	}
	for _, line := range lines {
		out, _, code := vmsim(line)
		if code != exitFine || out == "" {
			t.Errorf("%s: exit code %d", line, code)
		}
		for l := range strings.Lines(out) {
			if l = strings.TrimRight(l, "\n"); utf8.RuneCountInString(l) > 80 {
				t.Errorf("%s: %d columns: %s", line, utf8.RuneCountInString(l), l)
			}
		}
	}
}

func TestExamplesGoByTheirNameAlone(t *testing.T) {
	out, err, code := vmsim("vmsim run cow.vms")
	if code != exitFine || !strings.Contains(out, "child = fork() = 2") {
		t.Errorf("exit code %d: %s", code, err)
	}
	if _, err, code := vmsim("vmsim run kow.vms"); code != exitUsage || !strings.Contains(err, "no such file") {
		t.Errorf("exit code %d: %s", code, err)
	}
}

func TestRunSaysThatColdHasNoEffectOnTmpfs(t *testing.T) {
	for head, told := range map[string]bool{"": true, ".machine fs=ext4\n": false} {
		var out, err bytes.Buffer
		a := &app{in: strings.NewReader(head + ".file /data/a 4096 cold\nsync()\n"), out: &out, err: &err}
		if code := a.run([]string{"run", "-"}); code != exitFine {
			t.Fatal(code, err.String())
		}
		if got := strings.Contains(err.String(), "cold has no effect on /data/a"); got != told {
			t.Errorf("%q: %s", head, err.String())
		}
	}
}

func TestUnknownRowOfTheBenchmarkIsAnsweredWithTheRows(t *testing.T) {
	isMisused(t, "vmsim bench --only load-hti", "Try: vmsim bench --only load-hit\n")
	isMisused(t, "vmsim bench --only qwertyuiop", "load-hit")
}

func TestHelpLeadsFromWhatIsNoCommand(t *testing.T) {
	isMisused(t, "vmsim why", "at the prompt")
	isMisused(t, "vmsim help why", "help why")
	for line, says := range map[string]string{
		"vmsim help .expect": "Asserts conditions", "vmsim help SIGBUS": "SIGBUS: the signal",
		"vmsim help page cache": "page cache: ",
	} {
		if out, err, code := vmsim(line); code != exitFine || !strings.Contains(out, says) {
			t.Errorf("%s: exit code %d: %s%s", line, code, out, err)
		}
	}
}

// Examples stay as they are: a line of a program may be as long as it is.
func TestHelpLanguageIsAsWideAsATerminal(t *testing.T) {
	out, _, _ := vmsim("vmsim help language")
	example := false
	for l := range strings.Lines(out) {
		l = strings.TrimRight(l, "\n")
		if strings.HasPrefix(l, "```") {
			example = !example
		}
		if !example && (utf8.RuneCountInString(l) > 80 || strings.HasPrefix(l, "|--")) {
			t.Errorf("%d columns: %s", utf8.RuneCountInString(l), l)
		}
	}
}

func TestHelpOfFuzzNamesEveryKindOfProgram(t *testing.T) {
	out, _, _ := vmsim("vmsim help fuzz")
	words := strings.FieldsFunc(out, func(r rune) bool { return strings.ContainsRune(" \n,:;()", r) })
	for _, kind := range difftest.KindNames() {
		if !slices.Contains(words, kind) {
			t.Errorf("it does not name %s", kind)
		}
	}
}

// A program that was imported says where from, in each run; what run prints of it passes a test.
func TestRunOfAnImportedProgramIsAProgramThatPasses(t *testing.T) {
	const program = `# Imported from app.log.
[1] clone(CLONE_CHILD_SETTID|SIGCHLD) = 2
[2] exit_group(0) = ?
[2] +++ exited +++
[1] getpid() = 1234
[1] +++ exited +++
`
	run := func(command, text string) string {
		var out, err bytes.Buffer
		a := &app{in: strings.NewReader(text), out: &out, err: &err}
		if code := a.run([]string{command, "-"}); code != exitFine {
			t.Fatalf("%s: exit code %d: %s\n%s", command, code, &err, text)
		}
		return out.String()
	}
	printed := run("run", program)
	for _, line := range []string{"# Imported from app.log.\n", "[2] +++ exited +++\n",
		"clone(CLONE_CHILD_SETTID|SIGCHLD) = 2"} {
		if !strings.Contains(printed, line) {
			t.Errorf("no %q in\n%s", line, printed)
		}
	}
	run("test", printed)
}

func TestRemarksOfDiffFitATerminal(t *testing.T) {
	out, _ := asked(t, "vmsim diff --quiet docs/examples/faults.vms")
	for l := range strings.Lines(out) {
		if strings.HasPrefix(l, "#") && utf8.RuneCountInString(l) > 81 {
			t.Errorf("%d columns: %s", utf8.RuneCountInString(l), l)
		}
	}
}

// What compares the session at the prompt names neither a file nor a line that only it has, and advises what can be
// typed there.
func TestCommandsOfThePromptSpeakOfTheSession(t *testing.T) {
	const work = ".file /data/a 8192\nfd = open(\"/data/a\", O_RDWR)\n" +
		"p = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0)\np[0]\n"
	for _, c := range []struct{ typed, want string }{
		{"compare read mmap\n", "the session: the program uses no file"},
		{"compare read\n", "Try: compare read mmap\n"},
		{work + "compare read\n", "Try: compare read mmap\n"},
		{work + "compare read nmap\n", "did you mean mmap?\nTry: compare read mmap\n"},
		{"explain frobnicator\n", "Try: explain,"},
		{"explain \"bus error\"\n", "bus error: SIGBUS"},
		{work + "compare read mmap\n", "1 access of /data/a (8192 bytes) by 1 process, done in 2 ways"},
		{work + "diff host\n", "the session"},
		{".power_cut\ndiff host\n", "the session cannot run on this kernel: .power_cut: "},
	} {
		var out bytes.Buffer
		a := &app{in: strings.NewReader(c.typed), out: &out, err: &out}
		a.run([]string{"prompt"})
		text := out.String()
		switch {
		case strings.Contains(text, "no kernel"), strings.Contains(text, "Linux on x86-64"):
			t.Log(text)
		case !strings.Contains(text, c.want):
			t.Errorf("%q: no %q in\n%s", c.typed, c.want, text)
		}
		if strings.Contains(text, os.TempDir()) || strings.Contains(text, "Try: vmsim") {
			t.Errorf("%q:\n%s", c.typed, text)
		}
	}
}
