//go:build linux && amd64

package host

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

// An allocation that is longer than the file system is refused before it takes a page, so that the image must have none
// of its room.
func TestATmpfsOfAGivenSizeHasNothingButTheProgramsFiles(t *testing.T) {
	for _, counted := range []bool{false, true} {
		t.Run(fmt.Sprintf("counted=%v", counted), func(t *testing.T) {
			if counted && !stacksMounts() {
				t.Skip("mounts do not stack here, so that the image lies beside the files")
			}
			m := newMachine(t)
			if counted {
				if err := m.KeepCounted(); err != nil {
					t.Skip(err)
				}
			}
			if err := m.Setup(run.Config{Settings: []script.Setting{{Name: "tmpfs_size", Value: "12K"}}}); err != nil {
				t.Skip(err)
			}
			var of syscall.Statfs_t
			if err := syscall.Statfs(m.tree.dir+"/", &of); err != nil || of.Blocks != 3 || of.Bfree != 3 {
				t.Errorf("%d of %d pages are free: %v", of.Bfree, of.Blocks, err)
			}
		})
	}
}

func TestAProgramHasItsImageAfterOneThatTookItsNameAway(t *testing.T) {
	m := newMachine(t)
	for _, s := range []script.Setting{{Name: "fs", Value: "tmpfs"}, {Name: "tmpfs_size", Value: "12K"},
		{Name: "fs", Value: "ext4"}} {
		t.Run(s.Name+"="+s.Value, func(t *testing.T) {
			c := run.Config{Settings: []script.Setting{s}}
			if err := m.Setup(c); err != nil {
				t.Skip(err)
			}
			if err := os.Remove(m.tree.path(imageName)); err != nil {
				t.Fatal(err)
			}
			if err := m.Setup(c); err != nil {
				t.Error(err)
			}
		})
	}
}

// Requests are followed of one disk at a time, and a machine may have had another one before.
func TestRequestsAreThoseOfTheProgramsOwnDisk(t *testing.T) {
	if err := canSeeRequests(); err != nil {
		t.Skip(err)
	}
	m := newMachine(t)
	const program = `.file /data/a 4096
openat(AT_FDCWD, "/data/a", O_RDWR) = 3
pwrite64(3, "x", 1, 0) = 1
fsync(3) = 0
`
	for _, head := range []string{".machine fs=ext4\n", ".machine fs=ext4 tmpfs_size=12K\n", "", ".machine fs=ext4\n"} {
		prog := scripttest.Parse(t, t.Name(), head+program)
		r, err := run.NewRunner(prog, m, run.Options{Show: run.IO})
		switch {
		case err != nil && head != "":
			t.Skipf("no disk for ext4: %v", err)
		case err != nil:
			t.Fatal(err)
		}
		text := ""
		for i := range prog.Ops {
			if _, err := r.Do(&prog.Ops[i]); err != nil {
				t.Fatal(err)
			}
			text += r.Text(run.Style{Show: run.IO})
		}
		if seen, want := strings.Contains(text, "    io W "), head != ""; seen != want {
			t.Errorf("%q: requests seen: %v\n%s", head, seen, text)
		}
	}
}

func TestFirstProgramOfATreeHasTheDevices(t *testing.T) {
	for _, set := range []script.Setting{{Name: "fs", Value: "tmpfs"}, {Name: "fs", Value: "ext4"},
		{Name: "tmpfs_size", Value: "12K"}} {
		t.Run(set.Name+"="+set.Value, func(t *testing.T) {
			m := newMachine(t)
			if err := m.Setup(run.Config{Settings: []script.Setting{set}}); err != nil {
				t.Skip(err)
			}
			for _, d := range syscalls.MemoryDevices() {
				if _, err := os.Lstat(m.tree.path(d.Path)); err != nil && !m.Lacks(d.Path) {
					t.Error(err)
				}
			}
		})
	}
}
