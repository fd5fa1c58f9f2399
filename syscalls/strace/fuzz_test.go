package strace

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func FuzzImport(f *testing.F) {
	names, err := filepath.Glob("testdata/real/*.strace")
	if err != nil || len(names) == 0 {
		f.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text[:min(len(text), 3000)])) // a long seed makes the fuzzer spend its time on shortening
	}
	for _, form := range logForms {
		f.Add(form.log)
	}
	f.Add("1 fork( <unfinished ...>\n2 brk(NULL) = 0x1000\n1 <... fork resumed>) = 2\n2 +++ exited with 0 +++")
	f.Add("vfork(strace: Process 12 attached\n <unfinished ...>\n" +
		"[pid 12] exit_group(0) = ?\n[pid 11] <... vfork resumed>) = 12")
	f.Fuzz(func(t *testing.T, text string) {
		im, err := Import("fuzz", strings.NewReader(text))
		if err != nil {
			return
		}
		roundTrip(t, im.Program)
	})
}
