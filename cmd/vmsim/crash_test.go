package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vmsim/syscalls/script/scripttest"
)

// The example is right; without its first msync the mark may overtake the record.
func TestCrashFindsTheMissingMsyncOfItsExample(t *testing.T) {
	const example = "docs/examples/crash-record.vms"
	out, errs, code := vmsim("vmsim crash " + example)
	if code != exitFine || !strings.Contains(out, "Every invariant holds in all of them.") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(t.TempDir(), "broken.vms")
	once := strings.Replace(string(text), "msync(p, 2*PAGE, MS_SYNC) = 0\n", "", 1)
	if err := os.WriteFile(broken, []byte(once), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errs, code = vmsim("vmsim crash " + broken)
	for _, want := range []string{"BROKEN  .invariant marked:", "The power fails during line 9:  p[PAGE] = 1",
		"bytes 4096 to 4607: as of line 9, the newest", "after line 8:  msync(p, 2*PAGE, MS_SYNC)"} {
		if code != exitFailed || !strings.Contains(out, want) {
			t.Errorf("exit code %d, no %q: %s%s", code, want, out, errs)
		}
	}
	out, _, code = vmsim("vmsim crash --json " + broken)
	var c crashJSON
	if err := json.Unmarshal([]byte(out), &c); err != nil || code != exitFailed || len(c.Findings) != 1 ||
		c.Findings[0].Line != 9 {
		t.Errorf("%v: %s", err, out)
	}
}

// The example is right; without its fsync the name may lead to an empty file, but not where it replaces another one.
func TestCrashFindsTheRenameThatOvertakesItsFile(t *testing.T) {
	text, err := os.ReadFile("docs/examples/crash-rename.vms")
	if err != nil {
		t.Fatal(err)
	}
	unsynced := strings.Replace(string(text), "fsync(fd) = 0\nrename", "rename", 1)
	replacing := strings.NewReplacer("\n.invariant", "\n.file /data/config 3 cold fill=0x41\n.invariant",
		"== \"new\"", "== \"new\" or bytes(\"/data/config\", 0, 3) == \"AAA\"").Replace(unsynced)
	for name, c := range map[string]struct {
		text, want string
		code       int
	}{
		"with fsync": {string(text), "Every invariant holds", exitFine},
		"without":    {unsynced, "/data/config: 0 bytes", exitFailed},
		"replacing":  {replacing, "Every invariant holds", exitFine},
	} {
		file := filepath.Join(t.TempDir(), "rename.vms")
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, errs, code := vmsim("vmsim crash " + file); code != c.code || !strings.Contains(out, c.want) {
			t.Errorf("%s: exit code %d: %s%s", name, code, out, errs)
		}
	}
}

func TestCrashRefusesWhatItCannotTry(t *testing.T) {
	for command, want := range map[string]string{
		"crash":                       "crash wants a program",
		"crash --budget 0":            "--budget wants a number above 0",
		"crash docs/examples/cow.vms": "no line says what must hold",
	} {
		if _, errs, code := vmsim("vmsim " + command); code != exitUsage || !strings.Contains(errs, want) {
			t.Errorf("%s: exit code %d, %s", command, code, errs)
		}
	}
}

func TestExamplesOfCrashKeepTheirInvariants(t *testing.T) {
	for _, file := range scripttest.Files(t, "docs/examples/crash-*.vms") {
		if out, errs, code := vmsim("vmsim crash " + file); code != exitFine {
			t.Errorf("%s: exit code %d: %s%s", file, code, out, errs)
		}
	}
}
