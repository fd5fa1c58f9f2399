package syscalls_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vmsim/syscalls/script"
)

// TestMemoryProgramsGetTheRecordedAnswers runs programs about one thing each, with what Linux 6.18 answered. Those whose
// names begin with areas-at have tens of thousands of areas: only their results are held.
func TestMemoryProgramsGetTheRecordedAnswers(t *testing.T) {
	files, err := filepath.Glob("testdata/memory/*.vms")
	if err != nil || len(files) == 0 {
		t.Fatalf("no programs (%v)", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".vms")
		t.Run(name, func(t *testing.T) {
			if strings.HasPrefix(name, "areas-at") {
				if testing.Short() {
					t.Skip("tens of thousands of areas")
				}
				holdProgram(t, file, script.Testing{Only: script.Results})
				return
			}
			holdProgram(t, file, script.Testing{All: true})
		})
	}
}

// TestADeviceShowsItsFramesAtOnce is the twin of a file's mapping: entries from the start, and no faults ever.
func TestADeviceShowsItsFramesAtOnce(t *testing.T) {
	holdProgram(t, "testdata/device/framebuffer.vms", script.Testing{All: true})
}

// holdProgram runs a program on the model and holds what stands in it; the model's invariants are checked after every
// statement, but where results alone are held.
func holdProgram(t *testing.T, file string, how script.Testing) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	prog, err := script.Parse(file, string(text))
	if err != nil {
		t.Fatal(err)
	}
	m := script.NewModel()
	if how.Only != script.Results {
		how.Check = m.Check
	}
	v := script.Test(prog, m, how)
	if v.Err != nil {
		t.Fatal(v.Err)
	}
	for _, d := range v.Differences {
		t.Error(d)
	}
}

// TestMemoryHasTheNamesThatProgramsGiveIt is about machines that show them.
func TestMemoryHasTheNamesThatProgramsGiveIt(t *testing.T) {
	holdProgram(t, "testdata/device/names.vms", script.Testing{All: true})
}

// TestProgramsOfAnOrdinaryUserGetTheRecordedAnswers runs programs about what root may do and others may not, with what Linux
// 6.18 answered an ordinary user.
func TestProgramsOfAnOrdinaryUserGetTheRecordedAnswers(t *testing.T) {
	files, err := filepath.Glob("testdata/user/*.vms")
	if err != nil || len(files) == 0 {
		t.Fatalf("no programs (%v)", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".vms"), func(t *testing.T) {
			holdProgram(t, file, script.Testing{All: true})
		})
	}
}
