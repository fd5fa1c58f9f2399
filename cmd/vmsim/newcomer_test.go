package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
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
