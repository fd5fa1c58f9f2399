package script_test

import (
	"strings"
	"testing"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/scripttest"
)

// everyForm is a program that has each form once.
func everyForm(t testing.TB) *script.Program {
	t.Helper()
	prog := scripttest.Parse(t, "forms", strings.Join(scripttest.Forms, "\n"))
	return prog
}

func TestEveryFormPrintsAndParsesBackAsTheSameOperation(t *testing.T) {
	prog := everyForm(t)
	scripttest.RoundTrip(t, prog)
	for _, form := range scripttest.Forms[2:7] {
		head, _, _ := strings.Cut(form, "\n")
		if !strings.Contains(prog.String(), head+"\n") {
			t.Errorf("%q is not printed as it was typed", form)
		}
	}
}

func FuzzLanguage(f *testing.F) {
	for _, form := range scripttest.Forms {
		f.Add(form)
	}
	scripttest.Seed(f, "kernel/*.vms", 8)
	f.Fuzz(func(t *testing.T, text string) {
		prog, err := script.Parse("fuzz", text)
		if err != nil {
			if err.Error() == "" {
				t.Fatal("an error that says nothing")
			}
			return
		}
		scripttest.RoundTrip(t, prog)
	})
}
