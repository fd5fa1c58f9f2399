//go:build linux && amd64

package host

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTurnsOfMonitorsAreHowOftenTheyWentToSleep(t *testing.T) {
	var files []string
	for _, text := range []string{
		"Name:\tkdamond.0\nvoluntary_ctxt_switches:\t40\nnonvoluntary_ctxt_switches:\t7\n",
		"Name:\tkdamond.1\nvoluntary_ctxt_switches:\t2\nnonvoluntary_ctxt_switches:\t0\n",
	} {
		name := filepath.Join(t.TempDir(), "status")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, name)
	}
	files = append(files, filepath.Join(t.TempDir(), "gone"))
	if n := monitorTurns(files); n != 42 {
		t.Errorf("%d turns", n)
	}
}

func TestAMonitorIsAtRestWhileItIsIdle(t *testing.T) {
	name := filepath.Join(t.TempDir(), "status")
	for state, want := range map[string]bool{"I (idle)": true, "R (running)": false, "D (disk sleep)": false} {
		if err := os.WriteFile(name, []byte("Name:\tkdamond.0\nState:\t"+state+"\nTgid:\t77\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if atRest([]string{name}) != want {
			t.Errorf("%s: at rest is %v", state, !want)
		}
	}
	if !atRest([]string{filepath.Join(t.TempDir(), "gone")}) {
		t.Error("one that has ended is not at rest")
	}
}
