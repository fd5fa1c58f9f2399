package difftest

import (
	"slices"
	"testing"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
)

// TestNumberOfAFileWithoutANameIsNotCompared, but all else of its line of maps is.
func TestNumberOfAFileWithoutANameIsNotCompared(t *testing.T) {
	line := func(name string) *run.Result {
		return &run.Result{Op: &script.Op{}, Maps: []string{"+ 7ffff7ff6000-7ffff7ff7000 r--s 00000000 " + name}}
	}
	for name, same := range map[string]bool{"/data/#0 (deleted)": true, "/#71 (deleted)": false,
		"/data/a#71 (deleted)": false, "/data/#71": false} {
		d := compare(line("/data/#71 (deleted)"), line(name), run.Maps, knowledge{})
		if same != (len(d) == 0) {
			t.Errorf("%s: %v", name, d)
		}
	}
	if l := []string{"- 1-2 r--p 0 /data/a"}; !slices.Equal(unnumbered(l), l) {
		t.Error("an ordinary line is not left as it is")
	}
}
