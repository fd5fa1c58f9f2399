package prompt

import (
	"strings"
	"testing"
)

// TestCommandAfterAProcessLeadsToTheCommand types a command as if it were a statement of a process.
func TestCommandAfterAProcessLeadsToTheCommand(t *testing.T) {
	for line, want := range map[string]string{
		"[2] why pte p":        "Try: why pte [2] p",
		"child: why address p": "Try: why address child: p",
		"child: info maps":     "Try: info maps",
		"[2] next":             "Try: next",
		"[2] mmep(p)":          "did you mean mmap?",
	} {
		talking := talk(t, "p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nchild = fork()\n")
		talking.say("next 2")
		talking.wants(talking.say(line), want)
	}
}

// TestRemarkOfAnEmptyPoolIsMadeOnlyOfAnEmptyOne types the line that fills the pool of huge pages, and then a mapping.
func TestRemarkOfAnEmptyPoolIsMadeOnlyOfAnEmptyOne(t *testing.T) {
	const huge = "mmap(NULL, 2M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB, -1, 0)"
	talking := talk(t, "")
	talking.wants(talking.say(huge), "pool of huge pages is empty")
	talking.say(".sysctl vm.nr_hugepages=1")
	if got := talking.say(huge); strings.Contains(got, "is empty") || strings.Contains(got, "ENOMEM") {
		t.Error(got)
	}
}

// TestStopOfAProcessIsNotMisledByABoundName binds pid, as C programs do, and stops where process 2 faults.
func TestStopOfAProcessIsNotMisledByABoundName(t *testing.T) {
	talking := talk(t, "")
	talking.say("p = mmap(NULL, 2*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)", "pid = fork()",
		"break minor-fault if pid == 2")
	if got := talking.say("p[0] = 'a'"); strings.Contains(got, "Stop 1") {
		t.Errorf("it stops in process 1:\n%s", got)
	}
	talking.wants(talking.say("[2] p[PAGE] = 'x'"), "Stop 1: minor-fault if pid == 2")
}

// TestReadPassesObservationsBy reads a program of the examples, which says under its statements what they change.
func TestReadPassesObservationsBy(t *testing.T) {
	talking := talk(t, "")
	got := talking.say(".read ../../../docs/examples/cow.vms")
	talking.wants(got, "p[0] = 'D'")
	talking.wants(got, "vmsim test ../../../docs/examples/cow.vms does.")
}

// TestFileOfADiskThatStartsDirtySaysSo makes files at the prompt, one of them cold.
func TestFileOfADiskThatStartsDirtySaysSo(t *testing.T) {
	talking := talk(t, "")
	talking.say(".machine fs=ext4")
	talking.wants(talking.say(".file /data/a 8192"), "cached and dirty")
	if got := talking.say(".file /data/b 8192 cold"); strings.Contains(got, "dirty") {
		t.Error(got)
	}
}
