package difftest

import (
	"testing"

	"vmsim/syscalls"
)

type statusText struct{ syscalls.Viewer }

func (statusText) ProcFile(string) (string, error) {
	return "VmPeak:\t 8 kB\nVmHWM:\t 4 kB\nVmRSS:\t 4 kB\n", nil
}

func TestWithManyProcessorsAllButThePeakIsCompared(t *testing.T) {
	if text, _ := (withoutPeak{statusText{}}).ProcFile("status"); text != "VmPeak:\t 8 kB\nVmRSS:\t 4 kB\n" {
		t.Errorf("%q", text)
	}
}
