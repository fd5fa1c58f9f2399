package script

import "testing"

func TestFlagsWithoutEffectAreFlags(t *testing.T) {
	for name := range withoutEffect {
		if _, ok := constants[name]; !ok {
			t.Errorf("%s is no flag", name)
		}
	}
}
