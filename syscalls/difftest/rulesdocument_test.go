package difftest

import (
	"flag"
	"os"
	"testing"

	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

var update = flag.Bool("update", false, "write docs/differences.md anew")

func TestDifferencesAreDocumented(t *testing.T) {
	const file = "../../docs/differences.md"
	if *update {
		if err := os.WriteFile(file, []byte(Document()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != Document() {
		t.Error("docs/differences.md is stale: go test ./syscalls/difftest -run Documented -update writes it anew")
	}
}

// TestEveryOmissionLeavesSomethingOutOfItsExample needs no kernel: the model knows which bytes are undetermined.
func TestEveryOmissionLeavesSomethingOutOfItsExample(t *testing.T) {
	for _, o := range Omissions {
		if o.Name == "" || o.Kernel == "" || o.Model == "" || o.Why == "" {
			t.Errorf("the entry %q is not whole", o.Name)
		}
		prog := scripttest.Parse(t, o.Name, o.Example)
		r, err := run.NewRunner(prog, model.New(), run.Options{Show: Observed})
		if err != nil {
			t.Fatal(err)
		}
		loaded, read := 0, 0
		for r.Next() {
			for _, e := range r.Result().Elems {
				if e.Undetermined {
					loaded++
				}
			}
			read += len(r.Result().Gaps)
		}
		if loaded == 0 || read == 0 || r.Err() != nil {
			t.Errorf("%s: %d bytes of loads and %d ranges of reads are left out (%v): the entry can go", o.Name, loaded,
				read, r.Err())
		}
	}
}

func TestEveryRuleSaysWhyAndHasAnExample(t *testing.T) {
	for _, r := range Rules {
		if r.Name == "" || r.Kernel == "" || r.Model == "" || r.Why == "" || r.Example == "" || r.Matches == nil {
			t.Errorf("the entry %q is not whole", r.Name)
		}
	}
}
