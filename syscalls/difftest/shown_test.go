package difftest

import (
	"slices"
	"testing"
)

// TestFlushesInARowCountOnce compares what two files of one msync ask for with what the kernel's side tells of it.
func TestFlushesInARowCountOnce(t *testing.T) {
	got := sizes([]string{"W 72+8", "F 0+0", "F 0+0", "W 80+8", "F 0+0"})
	if want := []string{"W +8", "F +0", "W +8", "F +0"}; !slices.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
}
