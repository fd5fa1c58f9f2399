package difftest

import (
	"flag"
	"os"
	"testing"
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

func TestEveryRuleSaysWhyAndHasAnExample(t *testing.T) {
	for _, r := range Rules {
		if r.Name == "" || r.Kernel == "" || r.Model == "" || r.Why == "" || r.Example == "" || r.Matches == nil {
			t.Errorf("the entry %q is not whole", r.Name)
		}
	}
}
