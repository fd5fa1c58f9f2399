//go:build linux && amd64

package host

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestSettingThatTheModelDoesNotTakeOnIsInTheWay(t *testing.T) {
	for here, stands := range map[string]bool{"0": false, "1": false, "2": true, unknown: false} {
		list := looked([]setting{{"vm.overcommit_memory", "0 or 1", func() string { return here }, "sysctl"}})
		if len(list) != 1 || list[0].InTheWay != stands {
			t.Errorf("%s: %+v", here, list)
		}
	}
}

func TestEachUnfollowedSettingSaysWhatMakesItTheModels(t *testing.T) {
	for _, s := range slices.Concat(unfollowed, rare) {
		if s.name == "" || s.model == "" || s.fix == "" || s.here() == "" {
			t.Errorf("%+v, %q here", s, s.here())
		}
	}
}

func TestReasonNamesTheSettingAndBothValues(t *testing.T) {
	err := standing([]Setting{{Name: "swap", Here: "in use", Model: "none"}, {Name: "SELinux", Here: "1", Model: "0"}})
	if err == nil ||
		err.Error() != "swap is in use here, and none in the model; SELinux is 1 here, and 0 in the model" {
		t.Error(err)
	}
	if standing(nil) != nil {
		t.Error("nothing is in the way, and that is an error")
	}
}

func TestValueOfAChoiceIsTheWordInBrackets(t *testing.T) {
	file := filepath.Join(t.TempDir(), "choice")
	for text, want := range map[string]string{"always [madvise] never\n": "madvise", "4096\n": "4096", "": ""} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := value(file); got != want {
			t.Errorf("%q is %q", text, got)
		}
	}
	if got := value(file + "s"); got != unknown {
		t.Errorf("no file is %q", got)
	}
}

// What this process has to be started with to have page tables of five levels is a processor; that there is an answer
// is all that can be said.
func TestPageTablesHaveFourLevelsOrFive(t *testing.T) {
	if l := levels(); !strings.Contains("4 5", l) {
		t.Errorf("%s levels", l)
	}
}

// TestAMachineSaysThatItWantsMoreDescriptors starts this program where 32 are allowed.
func TestAMachineSaysThatItWantsMoreDescriptors(t *testing.T) {
	if err := ownProc(); err != nil {
		t.Skip(err)
	}
	cmd := exec.Command("/bin/sh", "-c", `ulimit -n 32; exec "$0"`, os.Args[0])
	cmd.Env = append(os.Environ(), childRole+"=machine")
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("no shell here: %v", err)
	}
	if !strings.Contains(string(out), "32 descriptors are allowed here, and 64 are needed") {
		t.Errorf("a machine says %s", out)
	}
}
