//go:build linux && amd64

package host

import "testing"

func TestProcessorsAreCountedFromTheListOfRanges(t *testing.T) {
	for list, want := range map[string]int{"0": 1, "0-1": 2, "0-15": 16, "0-3,8,10-11": 7, "": 0, "3-1": 0, "x": 0} {
		if got := countRanges(list); got != want {
			t.Errorf("%q: %d, not %d", list, got, want)
		}
	}
}
