package run

import (
	"strings"
	"testing"
)

func TestKindsAreReadWithASuggestion(t *testing.T) {
	k, err := ParseKinds("maps,fault,copies?")
	if err == nil || k != 0 {
		t.Errorf("%v %v", k, err)
	}
	if _, err = ParseKinds("map,falts"); err == nil || !strings.Contains(err.Error(), "did you mean faults?") {
		t.Error(err)
	}
	if k, err = ParseKinds("map,faults,copies"); k != Maps|Faults|Copies || err != nil {
		t.Errorf("%v %v", k, err)
	}
}

// FuzzKinds reads lists of kinds of observation.
func FuzzKinds(f *testing.F) {
	for _, s := range []string{"maps,faults", "all", "pte page", "copies", "mpas", "", ",", "MAPS"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		k, err := ParseKinds(text)
		if err != nil {
			if k != 0 || err.Error() == "" {
				t.Fatalf("%v with %q", k, err)
			}
			return
		}
		if again, err := ParseKinds(k.String()); err != nil || again != k {
			t.Fatalf("%q is %v, which is read as %v (%v)", text, k, again, err)
		}
	})
}
