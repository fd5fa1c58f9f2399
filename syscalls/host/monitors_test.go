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
