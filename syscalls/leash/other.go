//go:build !linux

package leash

import (
	"os"
	"os/exec"
	"path/filepath"
)

// Child does nothing here: only Linux has what a killed process may leave.
func Child(*exec.Cmd) {}

// Hold does nothing here.
func Hold() {}

// Foreign does nothing here.
func Foreign(*exec.Cmd) (done func()) { return func() {} }

func ownTemp() (remove func()) { return func() {} }

func allowedMemory() uint64 { return 1<<64 - 1 }

// Dir makes a directory with a name that begins with path; remove takes it away.
func Dir(path string, mode os.FileMode) (dir string, remove func(), err error) {
	if dir, err = os.MkdirTemp(filepath.Dir(path), filepath.Base(path)); err != nil {
		return "", nil, err
	}
	return dir, func() { _ = os.RemoveAll(dir) }, os.Chmod(dir, mode)
}
