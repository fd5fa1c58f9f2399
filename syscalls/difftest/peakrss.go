package difftest

import (
	"strings"

	"vmsim/syscalls"
)

// processors is a machine that knows how many processors it has.
type processors interface{ Processors() int }

// mostExact is with how many processors the peak is compared. The counters that it is taken from keep back up to 32
// pages on each processor, and with more of them two pages for each that there is.
// Linux: compute_batch_value (lib/percpu_counter.c).
const mostExact = 16

// withoutPeak is a process of which VmHWM is not looked at.
type withoutPeak struct{ syscalls.Viewer }

// ProcFile is the text of a file without the line of the peak.
func (v withoutPeak) ProcFile(name string) (string, error) {
	text, err := v.Viewer.ProcFile(name)
	before, rest, ok := strings.Cut(text, "VmHWM:")
	if !ok {
		return text, err
	}
	_, after, _ := strings.Cut(rest, "\n")
	return before + after, err
}
