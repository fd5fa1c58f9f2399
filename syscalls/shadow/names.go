//go:build linux && amd64

package shadow

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

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
	key := w.paths[path]
	delete(w.paths, path)
	w.otherwise(key, path)
	_, err := w.made(x, "unlink", script.Str{Val: path})
	return err
}

// otherwise lets the file that was called path go by another of its names, where it has one.
func (w *witness) otherwise(key fileKey, path string) {
	if w.files[key] != path {
		return
	}
	for other, k := range w.paths {
		if k == key && (w.files[key] == path || other < w.files[key]) {
			w.files[key] = other
		}
	}
}

// rename gives a file or a directory another name.
func (w *witness) rename(x *tracee) error {
	a := x.call.args
	fromDir, from, toDir, to, flags := int64(unix.AT_FDCWD), a[0], int64(unix.AT_FDCWD), a[1], uint64(0)
	if x.call.nr != unix.SYS_RENAME {
		fromDir, from, toDir, to = int64(int32(a[0])), a[1], int64(int32(a[2])), a[3]
	}
	if x.call.nr == unix.SYS_RENAMEAT2 {
		flags = a[4] & unix.RENAME_EXCHANGE
	}
	was, ok1 := w.absolute(x, fromDir, from)
	is, ok2 := w.absolute(x, toDir, to)
	_, replaces := w.paths[is]
	switch {
	case !ok1 || !ok2:
		w.report.Left++
		return nil
	case was == is || w.paths[was] == w.paths[is] && replaces:
		return nil // both are names of one file
	case w.knows(was) && (w.knows(is) || flags == 0):
		return w.renamedTo(x, was, is, flags)
	case flags != 0:
		w.report.Left++
		w.changed[was], w.changed[is] = true, true
		return nil
	case replaces:
		return w.takeAway(x, is) // by a file that the model does not have
	}
	return nil
}

// renamedTo gives what the model has at a path another name. Where the model cannot, the file is another there from now
// on.
func (w *witness) renamedTo(x *tracee, was, is string, flags uint64) error {
	cwd := script.Name{ID: "AT_FDCWD"}
	done, err := w.gives(x, is, "renameat2", cwd, script.Str{Val: was}, cwd, script.Str{Val: is}, num(flags))
	if err != nil {
		return err
	}
	before, onto := w.under(was), w.under(is)
	for _, path := range append(slices.Clone(before), onto...) {
		w.changed[path] = w.changed[path] || !done
		if name := w.files[w.paths[path]]; name == path && !done {
			delete(w.files, w.paths[path])
		}
	}
	if !done {
		for _, path := range append(before, onto...) {
			delete(w.paths, path)
		}
		w.changed[is] = true
		return nil
	}
	w.move(before, was, is, onto, flags)
	return nil
}

// move notes the names that files have after a renaming.
func (w *witness) move(before []string, was, is string, onto []string, flags uint64) {
	next := map[string]fileKey{}
	for _, path := range before {
		next[is+strings.TrimPrefix(path, was)] = w.paths[path]
	}
	for _, path := range onto {
		if flags != 0 {
			next[was+strings.TrimPrefix(path, is)] = w.paths[path]
		}
	}
	lost := map[string]fileKey{}
	for _, path := range append(before, onto...) {
		lost[path] = w.paths[path]
		delete(w.paths, path)
	}
	maps.Copy(w.paths, next)
	for path, key := range lost {
		w.otherwise(key, path)
	}
}

// under are the paths of the files that the model has at a path and in the directory of that name.
func (w *witness) under(path string) (out []string) {
	for p := range w.paths {
		if p == path || strings.HasPrefix(p, path+"/") {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out
}

// knows reports whether the model has a file at a path, or in the directory of that name.
func (w *witness) knows(path string) bool {
	_, known := w.paths[path]
	return known || len(w.under(path)) > 0
}

// link gives a file one more name.
func (w *witness) link(x *tracee) error {
	a := x.call.args
	fromDir, from, toDir, to := int64(unix.AT_FDCWD), a[0], int64(unix.AT_FDCWD), a[1]
	if x.call.nr == unix.SYS_LINKAT {
		fromDir, from, toDir, to = int64(int32(a[0])), a[1], int64(int32(a[2])), a[3]
	}
	was, ok1 := w.absolute(x, fromDir, from)
	is, ok2 := w.absolute(x, toDir, to)
	key, known := w.paths[was]
	if !ok1 || !ok2 || !known {
		w.report.Left++
		return nil
	}
	_, err := w.linked(x, key, was, is)
	return err
}

// linked gives a file of the model one more name.
func (w *witness) linked(x *tracee, key fileKey, was, is string) (done bool, err error) {
	done, err = w.gives(x, is, "link", script.Str{Val: was}, script.Str{Val: is})
	if done {
		w.paths[is] = key
	}
	return done, err
}

// gives runs a call that makes a name, and makes the directory of the name where the model does not have it.
func (w *witness) gives(x *tracee, name, call string, args ...script.Expr) (done bool, err error) {
	unheld := &script.Want{Any: true}
	res, err := w.attempt(x, unheld, call, args...)
	if err != nil || res.Errno != syscall.ENOENT {
		return err == nil && res.Errno == 0, err
	}
	var above []string
	for dir := filepath.Dir(name); len(dir) > 1; dir = filepath.Dir(dir) {
		above = append(above, dir)
	}
	for _, dir := range slices.Backward(above) {
		path, mode := script.Str{Val: dir}, script.Num{Val: 0o755, Base: 'o'}
		if _, err := w.attempt(x, unheld, "mkdir", path, mode); err != nil {
			return false, err
		}
	}
	res, err = w.attempt(x, unheld, call, args...)
	return err == nil && res.Errno == 0, err
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
