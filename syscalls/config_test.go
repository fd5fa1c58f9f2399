package syscalls_test

import (
	"errors"
	"strings"
	"syscall"
	"testing"

	"vmsim/syscalls"
)

func TestAConfigurationOfNoMachineIsRefused(t *testing.T) {
	for want, c := range map[string]syscalls.Config{
		`no file system is called "xfs"`: {FS: "xfs"}, "RAM of 4096 bytes": {RAM: 4096},
		"a disk of 1 bytes": {DiskSize: 1}, "a swap area of 4398046511104 bytes": {Swap: 4 << 40},
		"no resource 99": {Limits: map[syscalls.Resource]syscalls.Limit{99: {}}},
	} {
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, wanted %s", err, want)
		}
		func() {
			defer func() {
				if said, _ := recover().(string); !strings.HasPrefix(said, "syscalls.New: ") {
					t.Errorf("New: %q", said)
				}
			}()
			syscalls.New(c)
		}()
	}
	if err := (syscalls.Config{}).Check(); err != nil {
		t.Error(err)
	}
}

func TestAFileThatCannotBeIsRefused(t *testing.T) {
	k := syscalls.New(syscalls.Config{})
	for _, s := range []syscalls.FileSpec{{Path: "/data/a", Size: -1}, {Path: "", Size: 1}, {Path: "a", Size: 1}} {
		if err := k.AddFile(s); !errors.Is(err, syscall.EINVAL) {
			t.Errorf("%+v: %v", s, err)
		}
	}
	if err := k.AddFile(syscalls.FileSpec{Path: "/data/a", Size: 100}); err != nil {
		t.Errorf("without content: %v", err)
	}
}

func TestAFileCannotBePutBelowAFileNorInThePlaceOfADirectory(t *testing.T) {
	k := syscalls.New(syscalls.Config{})
	if err := k.AddFile(syscalls.FileSpec{Path: "/data/a/b"}); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]syscall.Errno{"/data/a/b/c": syscall.ENOTDIR, "/data/a": syscall.EISDIR} {
		if err := k.AddFile(syscalls.FileSpec{Path: path}); !errors.Is(err, want) {
			t.Errorf("%s: %v, not %v", path, err, want)
		}
	}
	if err := k.MakeDir("/data/a/b"); !errors.Is(err, syscall.ENOTDIR) {
		t.Error(err)
	}
}
