package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestImportSaysWhatHasBecomeOfEachLine(t *testing.T) {
	log := filepath.Join("syscalls", "strace", "testdata", "everyday", "ls.log")
	out, errs, code := vmsim("vmsim import " + log)
	if code != exitFine || !strings.HasPrefix(out, "# Imported from ") {
		t.Fatalf("%d\n%s\n%s", code, out, errs)
	}
	for _, want := range []string{"143 lines: ", " 0 not understood",
		"outside the model: calls that the model does not have:\n",
		" getxattr:13 ", "give in the model what the log says."} {
		if !strings.Contains(errs, want) {
			t.Errorf("no %q in\n%s", want, errs)
		}
	}
}

func TestImportOfWhatIsNoLogFails(t *testing.T) {
	out, errs, code := vmsim("vmsim import go.mod")
	if code != exitFailed || !strings.Contains(errs, "is it a log of strace?") {
		t.Errorf("%d\n%s\n%s", code, out, errs)
	}
}
