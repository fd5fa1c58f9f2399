package syscalls_test

import (
	"path/filepath"
	"strings"
	"testing"

	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

// The programs below testdata are about one thing each, and say what Linux 6.18 answered.

// holdPrograms holds every program of a folder.
func holdPrograms(t *testing.T, folder string) {
	t.Helper()
	scripttest.Each(t, filepath.Join("testdata", folder, "*.vms"), holdProgram)
}

// holdProgram runs a program on the model and holds every answer in it; the model's invariants are checked after
// every statement. Programs whose names begin with areas-at have tens of thousands of areas: only their results are
// held.
func holdProgram(t *testing.T, file string) {
	t.Helper()
	prog := scripttest.Load(t, file)
	m := model.New()
	how := run.Testing{All: true, Check: m.Check}
	if strings.HasPrefix(filepath.Base(file), "areas-at") {
		if testing.Short() {
			t.Skip("tens of thousands of areas")
		}
		how = run.Testing{Only: run.Results}
	}
	v := run.Test(prog, m, how)
	scripttest.Passes(t, v.Err, v.Differences)
}

func TestFileProgramsGetTheRecordedAnswers(t *testing.T) { holdPrograms(t, "files") }

func TestMemoryProgramsGetTheRecordedAnswers(t *testing.T) { holdPrograms(t, "memory") }

// What is copied into a pipe, and of what it holds a reference.
func TestPipeProgramsGetTheRecordedAnswers(t *testing.T) { holdPrograms(t, "pipes") }

// What root may do and others may not, with what an ordinary user was answered.
func TestProgramsOfAnOrdinaryUserGetTheRecordedAnswers(t *testing.T) { holdPrograms(t, "user") }

// A device's mapping is the twin of a file's: entries from the start, and no faults ever.
func TestADeviceShowsItsFramesAtOnce(t *testing.T) { holdProgram(t, "testdata/device/framebuffer.vms") }

// Some machines show the names that programs give their memory.
func TestMemoryHasTheNamesThatProgramsGiveIt(t *testing.T) {
	holdProgram(t, "testdata/device/names.vms")
}
