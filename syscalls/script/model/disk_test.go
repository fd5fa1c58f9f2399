package model

import (
	"testing"

	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

// TestProgramsAboutTheDiskPass runs what no real kernel can be asked for: power cuts, disks that fail, machines without
// room.
func TestProgramsAboutTheDiskPass(t *testing.T) {
	scripttest.Each(t, "../testdata/disk/*.vms", func(t *testing.T, file string) {
		m := New()
		v := run.Test(scripttest.Load(t, file), m, run.Testing{All: true, Check: m.Check})
		scripttest.Passes(t, v.Err, v.Differences)
	})
}

func TestWhatDoesNotFitIsSaid(t *testing.T) {
	for text, want := range map[string]string{
		".machine ram=64K\n.file /data/a 400000\n": "/data/a does not fit: 400000 bytes, and the " +
			"machine has memory for 65536: no space left on device",
		".machine fs=ext4 disk_size=256K\n.file /data/a 400000\n": "/data/a does not fit: 400000 bytes, and the disk " +
			"has room for 225280: no space left on device",
		".machine fs=ext4\n.sysctl vm.dirty_ration=3\n": "p:2: .sysctl vm.dirty_ration=3: the model has no knob " +
			"vm.dirty_ration; did you mean vm.dirty_ratio?",
		".sysctl vm.dirty_ratio=101\n": "vm.dirty_ratio is a number from 0 to 100, not 101",
	} {
		prog := scripttest.Parse(t, "p", text)
		if v := run.Test(prog, New(), run.Testing{}); v.Err == nil || v.Err.Error() != want {
			t.Errorf("%q gives\n    %v\nand not\n    %s", text, v.Err, want)
		}
	}
}
