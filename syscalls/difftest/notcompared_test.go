package difftest

import (
	"strings"
	"testing"

	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/scripttest"
)

// comparedAlike runs a program on two models, which agree on everything.
func comparedAlike(t *testing.T, text string) (w Whole, lines []Line) {
	t.Helper()
	prog := scripttest.Parse(t, "alike", text)
	w, err := (&Lab{Kernel: model.New(), Model: model.New()}).Compare(prog, ModelAddresses,
		func(l Line) { lines = append(lines, l) })
	if err != nil {
		t.Fatal(err)
	}
	return w, lines
}

func TestWhatIsOutsideTheModelIsNotCompared(t *testing.T) {
	for text, why := range map[string]string{
		"getpid() = 7\n": "getpid is outside the model",
		"openat(AT_FDCWD, \"/dev/random\", O_RDWR)\n":          "/dev/random is outside the model",
		"openat(AT_FDCWD, \"/dev/tty\", O_RDWR) = 3\n":         "/dev/tty is outside the model",
		"openat(AT_FDCWD, \"/proc/self/mem\", O_RDWR) = 3\n":   "/proc/self/mem is outside the model",
		"stat(\"/etc/passwd\", scratch)\n":                     "/etc is on neither side",
		"openat(AT_FDCWD, \"/etc/x\", O_RDWR|O_CREAT, 0600)\n": "/etc is on neither side",
		"write(1, \"hello\", 5)\n":                             "the descriptor leads to is outside the model",
		"prctl(PR_SET_NAME, \"x\")\n":                          "PR_SET_NAME is outside the model",
		".expect minflt == 0\n":                                "vmsim test holds .expect",
	} {
		w, lines := comparedAlike(t, text)
		if len(w.Aside) != 1 || w.NotCompared() != 1 || !strings.Contains(w.Aside[0].Why, why) {
			t.Errorf("%s: left out: %v", text, w.Aside)
		}
		if w.Compared["results"] != 0 || len(lines) > 0 && lines[0].NotCompared != w.Aside[0].Why {
			t.Errorf("%s: compared all the same: %v", text, w.Compared)
		}
	}
}

func TestWhatUsesAnAnswerFromOutsideIsNotCompared(t *testing.T) {
	w, lines := comparedAlike(t, `z = openat(AT_FDCWD, "/dev/random", O_RDWR)
q = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, z, 0)
q[0] == 0
q = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
q[0] == 0
`)
	var got []bool
	for _, l := range lines {
		got = append(got, l.NotCompared == "")
	}
	for i, want := range []bool{false, false, false, true, true} {
		if got[i] != want {
			t.Errorf("statement %d compared: %v, not %v", i, got[i], want)
		}
	}
	if w.NotCompared() != 3 || len(w.Aside) != 1 {
		t.Errorf("left out: %v", w.Aside)
	}
}

func TestMissingPathInsideIsCompared(t *testing.T) {
	w, _ := comparedAlike(t, "openat(AT_FDCWD, \"/data/none\", O_RDONLY)\nopenat(AT_FDCWD, \"/none\", O_RDONLY)\n")
	if len(w.Aside) > 0 || w.Compared["results"] != 2 {
		t.Errorf("left out: %v, compared: %v", w.Aside, w.Compared)
	}
}
