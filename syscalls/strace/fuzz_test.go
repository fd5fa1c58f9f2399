package strace

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/scripttest"
)

func FuzzImport(f *testing.F) {
	for _, name := range logs(f) {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text[:min(len(text), 800)])) // a long seed makes the fuzzer spend its time on shortening
	}
	for _, form := range logForms {
		f.Add(form.log)
	}
	f.Add("1 fork( <unfinished ...>\n2 brk(NULL) = 0x1000\n1 <... fork resumed>) = 2\n2 +++ exited with 0 +++")
	f.Add("vfork(strace: Process 12 attached\n <unfinished ...>\n" +
		"[pid 12] exit_group(0) = ?\n[pid 11] <... vfork resumed>) = 12")
	f.Fuzz(func(t *testing.T, text string) {
		var out bytes.Buffer
		r, err := Import("fuzz", strings.NewReader(text), &out, Options{})
		if err != nil {
			t.Fatal(err)
		}
		prog, err := script.Parse("fuzz", out.String())
		if err != nil {
			t.Fatalf("the program does not parse: %v\n%s", err, out.String())
		}
		scripttest.RoundTrip(t, prog)
		sum := 0
		for _, n := range r.By {
			sum += n
		}
		if sum != r.Lines {
			t.Fatalf("%d of %d lines accounted for", sum, r.Lines)
		}
	})
}
