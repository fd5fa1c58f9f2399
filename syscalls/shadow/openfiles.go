//go:build linux && amd64

package shadow

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/vm"
)

// inherited opens in the model what the program has open at its beginning.
func (w *witness) inherited(x *tracee) error {
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", x.proc.tgid))
	if err != nil {
		return nil
	}
	var numbers []int
	for _, e := range list {
		if n, err := strconv.Atoi(e.Name()); err == nil && n > 2 {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		if err := w.ensureFD(x, n); err != nil {
			return err
		}
	}
	return nil
}

// opened is what a descriptor of a tracee's leads to.
type opened struct {
	key     fileKey
	path    string // without symbolic links; of a file that has been removed, the last one
	size    int64
	regular bool // a file that the model can have
	deleted bool
}

// virtual are the file systems whose files are no memory.
var virtual = map[int64]bool{
	unix.PROC_SUPER_MAGIC: true, unix.SYSFS_MAGIC: true, unix.DEBUGFS_MAGIC: true, unix.TRACEFS_MAGIC: true,
	unix.CGROUP_SUPER_MAGIC: true, unix.CGROUP2_SUPER_MAGIC: true, unix.SECURITYFS_MAGIC: true,
	unix.BPF_FS_MAGIC: true, unix.DEVPTS_SUPER_MAGIC: true,
}

// lookUp asks the kernel about a descriptor.
func lookUp(x *tracee, fd int) (o opened, ok bool) {
	link := fmt.Sprintf("/proc/%d/fd/%d", x.tid, fd)
	key, st, ok := stat(link)
	if !ok {
		return o, false
	}
	path, err := os.Readlink(link)
	if err != nil {
		return o, false
	}
	o = opened{key: key, size: int64(st.Size)}
	o.path, o.deleted = strings.CutSuffix(path, " (deleted)")
	if st.Mode&unix.S_IFMT == unix.S_IFREG {
		var fs unix.Statfs_t
		o.regular = unix.Statfs(link, &fs) == nil && !virtual[fs.Type] && strings.HasPrefix(o.path, "/")
	}
	return o, true
}

// place makes a file of the kernel's known to the model, and says what it is called there.
func (w *witness) place(x *tracee, key fileKey, path string, size int64) (string, error) {
	if name, known := w.files[key]; known {
		_, named := w.paths[name]
		if name == path || w.paths[path] == key || !named && strings.HasPrefix(name, "/memfd:") || w.runner == nil {
			return cmp.Or(w.calls(path, key), name), nil
		}
		if done, err := w.linked(x, key, name, path); done || err != nil {
			return path, err // another name from before
		}
		w.changed[name], w.changed[path] = true, true
	}
	w.files[key], w.paths[path] = path, key
	w.watch.follow(key)
	return path, w.directive(fmt.Sprintf(".file %s %d %s fill=0", script.Quote(path), size, w.lying(key, path, size)))
}

// calls is path where the model's file is called so too, else empty.
func (w *witness) calls(path string, key fileKey) string {
	if k, ok := w.paths[path]; ok && k == key {
		return path
	}
	return ""
}

// lying says how a file lies in memory, as .file has it. Where that cannot be seen, what differs because of it has that
// for its explanation.
func (w *witness) lying(key fileKey, path string, size int64) string {
	const whole = "cached"
	file, err := os.Open(path)
	if err != nil {
		w.partial[path] = true
		return whole
	}
	defer file.Close()
	if w.how.Files == Warmed && !wholly(file, size) {
		_, _ = io.Copy(io.Discard, file)
	}
	if runs, ok := w.frames.runs(file, size); ok && w.ext4 {
		w.lies[key] = runs
		if slices.ContainsFunc(runs, func(r syscalls.FolioRun) bool { return r.Order < 0 }) {
			w.absent[path] = runs
		}
		return "folios=" + script.FormatFolios(runs)
	}
	w.partial[path] = true
	return whole
}

// wholly reports whether all pages of a file are in memory, as far as the kernel tells.
func wholly(file *os.File, size int64) bool {
	var all [2]uint64 // from the beginning to the end
	var stat struct{ cached, dirty, writeback, evicted, recent uint64 }
	_, _, e := unix.Syscall6(unix.SYS_CACHESTAT, file.Fd(), uintptr(unsafe.Pointer(&all)),
		uintptr(unsafe.Pointer(&stat)), 0, 0, 0)
	return e == 0 && stat.cached >= vm.PageAlign(uint64(size))/vm.PageSize
}

// unseen is the path of what is outside the model.
const unseen = "/dev/unseen"

// ensureFD lets a descriptor of the model lead to what the kernel's leads to.
func (w *witness) ensureFD(x *tracee, fd int) error {
	if fd < 0 {
		return nil
	}
	o, ok := lookUp(x, fd)
	if !ok {
		return nil
	}
	if s, known := x.proc.fds.slots[fd]; known && (s.key == o.key || s.outside && !o.regular) {
		return nil
	}
	delete(x.proc.fds.slots, fd)
	return w.openAs(x, fd, o, unix.O_RDWR, "# made: the descriptor has come by a way that the model does not have")
}

// openAs opens a file in the model under the number that the kernel has given.
func (w *witness) openAs(x *tracee, fd int, o opened, flags uint64, comment string) error {
	s := slot{key: o.key, outside: !o.regular, cloexec: flags&unix.O_CLOEXEC != 0}
	path := o.path
	_, known := w.files[o.key]
	switch {
	case s.outside && !strings.HasPrefix(path, "/"), s.outside && o.path == "/":
		path = unseen
	case script.DevicePath(path):
	case s.outside && !script.OutsidePath(path):
		path = unseen
	case !s.outside:
		var err error
		if path, err = w.place(x, o.key, path, o.size); err != nil {
			return err
		}
	}
	flags &^= unix.O_EXCL | unix.O_NOFOLLOW | unix.O_DIRECTORY&^unix.O_TMPFILE | unix.O_TMPFILE
	op := &script.Op{PID: x.number, Comment: comment, Do: &script.Call{
		Name: "openat", Want: &script.Want{X: decimal(uint64(fd))},
		Args: []script.Arg{{X: script.Name{ID: "AT_FDCWD"}}, {X: script.Str{Val: path}}, {X: num(flags)},
			{X: script.Num{Val: 0o644, Base: 'o'}}},
	}}
	res, diff, err := w.do(op)
	if err != nil {
		return err
	}
	if res.Errno != 0 {
		w.differs("result", op.Head(), strconv.Itoa(fd), res.Errno.Error(), "")
		return nil
	}
	x.proc.fds.slots[fd] = s
	if len(diff) > 0 || res.Value != uint64(fd) {
		err = w.renumber(x, int(res.Value), fd, s.cloexec)
	}
	if err == nil && o.deleted && !s.outside && !known {
		err = w.takeAway(x, path) // it lost its name before, or never had one: O_TMPFILE
	}
	return err
}
