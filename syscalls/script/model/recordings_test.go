package model_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

// recordings are the directories of recorded programs: testdata, and those that VMSIM_RECORDINGS names.
func recordings() []string {
	dirs := []string{"../testdata/kernel"}
	if more := os.Getenv("VMSIM_RECORDINGS"); more != "" {
		dirs = append(dirs, filepath.SplitList(more)...)
	}
	return dirs
}

func TestModelAnswersAsTheRecordedKernelDid(t *testing.T) {
	for _, dir := range recordings() {
		files, err := filepath.Glob(filepath.Join(dir, "*.vms"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			name := filepath.Base(file)
			if strings.Contains(name, "ext4") {
				continue
			}
			t.Run(strings.TrimSuffix(name, ".vms"), func(t *testing.T) { holdRecording(t, file) })
		}
	}
}

func holdRecording(t *testing.T, file string) {
	prog := scripttest.Load(t, file)
	m := model.New()
	v := run.Test(prog, m, run.Testing{Check: m.Check})
	scripttest.Passes(t, v.Err, v.Differences)
}
