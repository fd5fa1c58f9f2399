//go:build linux && amd64

package shadow

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
)

// fileKey tells files apart. The number of a file that is no more may be another's soon, so the time of its birth is a
// part of it.
type fileKey struct {
	dev, ino uint64
	born     unix.StatxTimestamp
}

// stat asks the kernel about a path.
func stat(path string) (key fileKey, st unix.Statx_t, ok bool) {
	if unix.Statx(unix.AT_FDCWD, path, 0, unix.STATX_BASIC_STATS|unix.STATX_BTIME, &st) != nil {
		return key, st, false
	}
	return fileKey{uint64(st.Dev_major)<<32 | uint64(st.Dev_minor), st.Ino, st.Btime}, st, true
}

// slot is an open descriptor.
type slot struct {
	key     fileKey
	outside bool // of nothing that the model has: a pipe, a directory, a device
	cloexec bool
}

// fdTable is the descriptors of a process, as the model has them.
type fdTable struct{ slots map[int]slot }

func newFDTable() *fdTable { return &fdTable{map[int]slot{}} }

func (t *fdTable) copy() *fdTable { return &fdTable{maps.Clone(t.slots)} }

func (t *fdTable) unshared() *fdTable { return t.copy() }

func (t *fdTable) closeOnExec() {
	maps.DeleteFunc(t.slots, func(_ int, s slot) bool { return s.cloexec })
}

// renumber gives a descriptor of the model the kernel's number.
func (w *witness) renumber(x *tracee, from, to int, cloexec bool) (err error) {
	if cloexec {
		_, err = w.made(x, "dup3", decimal(uint64(from)), decimal(uint64(to)), script.Name{ID: "O_CLOEXEC"})
	} else {
		_, err = w.made(x, "dup2", decimal(uint64(from)), decimal(uint64(to)))
	}
	if err == nil {
		_, err = w.made(x, "close", decimal(uint64(from)))
	}
	return err
}

// descriptorCall is what a call on descriptors or names does to them, nil for one that does nothing.
func (w *witness) descriptorCall(nr syscalls.Number) func(*tracee) error {
	switch uint64(nr) {
	case unix.SYS_OPEN:
		return func(x *tracee) error { return w.open(x, x.call.args[1]) }
	case unix.SYS_OPENAT:
		return func(x *tracee) error { return w.open(x, x.call.args[2]) }
	case unix.SYS_CREAT:
		return func(x *tracee) error { return w.open(x, unix.O_CREAT|unix.O_WRONLY|unix.O_TRUNC) }
	case unix.SYS_OPENAT2:
		return func(x *tracee) error {
			how, _ := readWords(x.tid, x.call.args[2], 1)
			return w.open(x, append(how, 0)[0])
		}
	case unix.SYS_MEMFD_CREATE:
		return w.memfd
	case unix.SYS_CLOSE:
		return func(x *tracee) error { return w.closeFD(x, int(int32(x.call.args[0]))) }
	case unix.SYS_CLOSE_RANGE:
		return w.closeRange
	case unix.SYS_DUP, unix.SYS_DUP2, unix.SYS_DUP3, unix.SYS_FCNTL:
		return w.duplicate
	case unix.SYS_PIPE, unix.SYS_PIPE2, unix.SYS_SOCKETPAIR:
		return w.pair
	case unix.SYS_UNLINK, unix.SYS_UNLINKAT:
		return w.unlink
	case unix.SYS_RENAME, unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2:
		return w.rename
	case unix.SYS_LINK, unix.SYS_LINKAT:
		return w.link
	}
	if cloexec, ok := newFDs[uint64(nr)]; ok {
		return func(x *tracee) error {
			flags := uint64(0)
			if cloexec >= 0 {
				flags = x.call.args[cloexec] & unix.O_CLOEXEC
			}
			return w.outside(x, int(x.call.ret), flags)
		}
	}
	return nil
}

// newFDs are the calls outside the model whose answer is a descriptor, with the argument that may hold the bit of
// O_CLOEXEC; -1 for none.
var newFDs = map[uint64]int{
	unix.SYS_SOCKET: 1, unix.SYS_ACCEPT: -1, unix.SYS_ACCEPT4: 3, unix.SYS_EPOLL_CREATE: -1, unix.SYS_EPOLL_CREATE1: 0,
	unix.SYS_EVENTFD: -1, unix.SYS_EVENTFD2: 1, unix.SYS_TIMERFD_CREATE: 1, unix.SYS_SIGNALFD: -1,
	unix.SYS_SIGNALFD4: 3, unix.SYS_INOTIFY_INIT: -1, unix.SYS_INOTIFY_INIT1: 0, unix.SYS_PIDFD_OPEN: -1,
	unix.SYS_PERF_EVENT_OPEN: -1, unix.SYS_USERFAULTFD: 0, unix.SYS_FANOTIFY_INIT: -1, unix.SYS_IO_URING_SETUP: -1,
	unix.SYS_PIDFD_GETFD: -1, unix.SYS_MQ_OPEN: -1, unix.SYS_OPEN_BY_HANDLE_AT: 2, unix.SYS_OPEN_TREE: 2,
	unix.SYS_FSOPEN: -1, unix.SYS_FSMOUNT: -1, unix.SYS_MEMFD_SECRET: 0,
}

func (w *witness) open(x *tracee, flags uint64) error {
	fd := int(x.call.ret)
	o, ok := lookUp(x, fd)
	if !ok {
		return nil
	}
	delete(x.proc.fds.slots, fd)
	return w.openAs(x, fd, o, flags&0xffffffff, "")
}

// outside gives the model a descriptor in place of something that it does not have.
func (w *witness) outside(x *tracee, fd int, flags uint64) error {
	path, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", x.tid, fd))
	kind, _, _ := strings.Cut(path, ":[")
	return w.openAs(x, fd, opened{path: kind}, unix.O_RDWR|flags, "# "+script.Visible(kind))
}

func (w *witness) pair(x *tracee) error {
	at, flags := x.call.args[0], x.call.args[1]
	switch x.call.nr {
	case unix.SYS_PIPE:
		flags = 0
	case unix.SYS_SOCKETPAIR:
		at = x.call.args[3]
	}
	fds, ok := readWords(x.tid, at, 1)
	if !ok {
		return nil
	}
	if err := w.outside(x, int(uint32(fds[0])), flags&unix.O_CLOEXEC); err != nil {
		return err
	}
	return w.outside(x, int(fds[0]>>32), flags&unix.O_CLOEXEC)
}

func (w *witness) memfd(x *tracee) error {
	name, ok := readString(x.tid, x.call.args[0])
	if !ok {
		return nil
	}
	op := w.statement(x, syscalls.SysMemfdCreate, map[int]script.Expr{0: script.Str{Val: name}})
	res, _, err := w.do(op)
	if err != nil {
		return err
	}
	fd := int(x.call.ret)
	o, _ := lookUp(x, fd)
	w.files[o.key] = o.path
	cloexec := x.call.args[1]&unix.MFD_CLOEXEC != 0
	x.proc.fds.slots[fd] = slot{key: o.key, cloexec: cloexec}
	if res.Errno == 0 && int(res.Value) != fd {
		return w.renumber(x, int(res.Value), fd, cloexec)
	}
	return nil
}

func (w *witness) closeFD(x *tracee, fd int) error {
	if _, known := x.proc.fds.slots[fd]; !known && fd > 2 {
		return nil
	}
	delete(x.proc.fds.slots, fd)
	_, _, err := w.do(&script.Op{PID: x.number, Do: &script.Call{Name: "close",
		Args: []script.Arg{{X: decimal(uint64(fd))}}}})
	return err
}

func (w *witness) closeRange(x *tracee) error {
	first, last, flags := x.call.args[0], x.call.args[1]&0xffffffff, x.call.args[2]
	if flags&unix.CLOSE_RANGE_UNSHARE != 0 {
		x.proc.fds = x.proc.fds.unshared()
	}
	for _, fd := range slices.Sorted(maps.Keys(x.proc.fds.slots)) {
		if uint64(fd) < first || uint64(fd) > last {
			continue
		}
		if flags&unix.CLOSE_RANGE_CLOEXEC != 0 {
			if err := w.setCloexec(x, fd, 1); err != nil {
				return err
			}
		} else if err := w.closeFD(x, fd); err != nil {
			return err
		}
	}
	return nil
}

func (w *witness) setCloexec(x *tracee, fd int, flags uint64) error {
	s := x.proc.fds.slots[fd]
	s.cloexec = flags&1 != 0
	x.proc.fds.slots[fd] = s
	_, err := w.made(x, "fcntl", decimal(uint64(fd)), script.Name{ID: "F_SETFD"}, decimal(flags))
	return err
}

// duplicate is a call that gives an open file another number, or says whether it outlives execve.
func (w *witness) duplicate(x *tracee) error {
	a := x.call.args
	from, to, cloexec := int(int32(a[0])), int(x.call.ret), false
	s, known := x.proc.fds.slots[from]
	switch {
	case x.call.nr == unix.SYS_DUP3:
		cloexec = a[2]&unix.O_CLOEXEC != 0
	case x.call.nr == unix.SYS_FCNTL && a[1] == unix.F_SETFD && known:
		return w.setCloexec(x, from, a[2])
	case x.call.nr == unix.SYS_FCNTL && a[1] == unix.F_ADD_SEALS && known && !s.outside:
		return w.fileStatement(x, syscalls.SysFcntl, map[int]script.Expr{2: num(a[2])})
	case x.call.nr == unix.SYS_FCNTL && a[1] != unix.F_DUPFD && a[1] != unix.F_DUPFD_CLOEXEC:
		w.report.Left++
		return nil
	case x.call.nr == unix.SYS_FCNTL:
		cloexec = a[1] == unix.F_DUPFD_CLOEXEC
	}
	if from == to {
		return nil
	}
	if !known && from > 2 {
		return w.ensureFD(x, to)
	}
	nr, args := syscalls.Number(x.call.nr), map[int]script.Expr{}
	if nr == syscalls.SysFcntl {
		args[2] = decimal(a[2])
	}
	res, _, err := w.do(w.statement(x, nr, args))
	if err != nil {
		return err
	}
	s.cloexec = cloexec
	if !known {
		s = slot{outside: true, cloexec: cloexec} // of the standard ones
	}
	x.proc.fds.slots[to] = s
	if res.Errno == 0 && int(res.Value) != to {
		return w.renumber(x, int(res.Value), to, cloexec)
	}
	return nil
}
