package leash

import (
	"errors"
	"os"
	"path/filepath"
)

// RemoveAll removes a directory and all below it, also where a directory's mode forbids its own user to look into it.
func RemoveAll(top string) error {
	err := os.RemoveAll(top)
	if err == nil || !errors.Is(err, os.ErrPermission) {
		return err
	}
	const ownersAlone = 0o700
	_ = filepath.WalkDir(top, func(p string, d os.DirEntry, _ error) error {
		if d != nil && d.IsDir() {
			_ = os.Chmod(p, ownersAlone)
		}
		return nil
	})
	return os.RemoveAll(top)
}
