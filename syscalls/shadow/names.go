//go:build linux && amd64

package shadow

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"vmsim/syscalls/script"
)

// unlink takes a name away.
func (w *witness) unlink(x *tracee) error {
	dir, at := int64(unix.AT_FDCWD), x.call.args[0]
	if x.call.nr == unix.SYS_UNLINKAT {
		dir, at = int64(int32(x.call.args[0])), x.call.args[1]
		if x.call.args[2]&unix.AT_REMOVEDIR != 0 {
			return nil
		}
	}
	path, ok := w.absolute(x, dir, at)
	if _, known := w.paths[path]; !ok || !known {
		return nil
	}
	return w.takeAway(x, path)
}

// takeAway takes a name away in the model, where the file may have another.
func (w *witness) takeAway(x *tracee, path string) error {
	name := w.files[w.paths[path]]
	delete(w.paths, path)
	_, err := w.made(x, "unlink", script.Str{Val: name})
	return err
}

// rename gives a file another name, which the model cannot: there it keeps the one that it has. A file that had the new
// name loses it.
func (w *witness) rename(x *tracee) error {
	a := x.call.args
	fromDir, from, toDir, to := int64(unix.AT_FDCWD), a[0], int64(unix.AT_FDCWD), a[1]
	if x.call.nr != unix.SYS_RENAME {
		fromDir, from, toDir, to = int64(int32(a[0])), a[1], int64(int32(a[2])), a[3]
	}
	was, ok1 := w.absolute(x, fromDir, from)
	is, ok2 := w.absolute(x, toDir, to)
	if !ok1 || !ok2 || x.call.nr == unix.SYS_RENAMEAT2 && a[4]&unix.RENAME_EXCHANGE != 0 {
		w.report.Left++
		return nil
	}
	if _, known := w.paths[is]; known && was != is {
		if err := w.takeAway(x, is); err != nil {
			return err
		}
	}
	if key, known := w.paths[was]; known {
		delete(w.paths, was)
		w.paths[is] = key
		w.renamed[was], w.renamed[is] = true, true
	}
	return nil
}

// absolute is the path at an address of a tracee's, from the directory that it begins in.
func (w *witness) absolute(x *tracee, dir int64, at uint64) (string, bool) {
	path, ok := readString(x.tid, at)
	if !ok || path == "" {
		return "", false
	}
	if path[0] != '/' {
		link := fmt.Sprintf("/proc/%d/cwd", x.tid)
		if dir != unix.AT_FDCWD {
			link = fmt.Sprintf("/proc/%d/fd/%d", x.tid, dir)
		}
		base, err := os.Readlink(link)
		if err != nil {
			return "", false
		}
		path = base + "/" + path
	}
	path = filepath.Clean(path)
	if real, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		path = filepath.Join(real, filepath.Base(path))
	}
	return path, true
}
