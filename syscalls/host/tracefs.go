//go:build linux && amd64

package host

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"vmsim/syscalls/leash"
	"vmsim/vm/trace"
)

// tracer follows what the kernel's tracepoints say of the puppets, in an instance of the tracing system of its own. The
// file system that leads there is mounted nowhere; the instance is removed by close, or by the next tracer that finds
// its process gone.
type tracer struct {
	fs   int    // the detached mount
	dir  string // of the instance
	pipe int
	buf  []byte
	claim
}

// removeInstance is a line that removes an instance of the file system at descriptor 3, once no process reads it.
var removeInstance = "cd /proc/self/fd/3/instances; " + leash.Until(`rmdir "$0"`)

// newTracer makes an instance that follows no process yet.
func newTracer() (*tracer, error) {
	fs, err := mountDetached("tracefs", nil)
	if err != nil {
		return nil, err
	}
	all := fmt.Sprintf("/proc/self/fd/%d/instances", fs)
	sweep(all, os.Remove)
	name := claimName()
	t := &tracer{fs: fs, pipe: -1, buf: make([]byte, 1<<16), dir: filepath.Join(all, name)}
	if t.claim, err = newClaim(all, name, removeInstance, t.handle(), 0o700); err != nil {
		_ = syscall.Close(fs)
		return nil, fmt.Errorf("a tracing instance: %w", err)
	}
	if err = t.set("options/fields", "1"); errors.Is(err, os.ErrNotExist) {
		err = errors.New("this kernel does not print the fields of tracepoints by name, as Linux does since 6.4")
	}
	if err == nil {
		err = t.set("options/event-fork", "1")
	}
	if err == nil {
		t.pipe, err = syscall.Open(t.dir+"/trace_pipe", syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	}
	if err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

// set writes a file of the instance's.
func (t *tracer) set(file, text string) error {
	f, err := os.OpenFile(t.dir+"/"+file, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteString(text)
	return err
}

// follow makes the instance trace the process tid and its children, and no others.
func (t *tracer) follow(tid int) error {
	if err := t.set("set_event_pid", strconv.Itoa(tid)); err != nil {
		return fmt.Errorf("set_event_pid: %w", err)
	}
	return nil
}

// sameNumbers checks that the tracing system calls threads by the numbers that they have here: it knows those of the
// first PID namespace only, where another process may have a puppet's number. A mark that this thread writes says what
// it is called: as long as no event is enabled, it is all that is traced.
func (t *tracer) sameNumbers() error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	own, called := syscall.Gettid(), 0
	if err := t.set("trace_marker", "who am I"); err != nil {
		return fmt.Errorf("trace_marker: %w", err)
	}
	err := t.read(func(line string) { called = writerOf(line) })
	if err != nil || called == own {
		return err
	}
	return fmt.Errorf("tracefs has another number, %d, for thread %d of this PID namespace: run vmsim in the first "+
		"one (docker run --pid=host)", called, own)
}

// enable has the instance tell of an event. Where the kernel lacks it, or one of the fields that the model shows, it is
// absent.
func (t *tracer) enable(event string) (absent bool, err error) {
	dirs, _ := filepath.Glob(t.dir + "/events/*/" + event)
	if len(dirs) != 1 {
		return true, nil
	}
	format, err := os.ReadFile(dirs[0] + "/format")
	if err != nil {
		return false, err
	}
	if !hasFields(event, string(format)) {
		return true, nil
	}
	return false, os.WriteFile(dirs[0]+"/enable", []byte("1"), 0)
}

// filtered enables an event, given with its system, where the filter holds.
func (t *tracer) filtered(event, filter string) error {
	if err := t.set("events/"+event+"/filter", filter); err != nil {
		return fmt.Errorf("tracepoint %s, filter %s: %w", event, filter, err)
	}
	return t.set("events/"+event+"/enable", "1")
}

// enableAll enables the tracepoints that the model has, and is those that are absent here.
func (t *tracer) enableAll() (absent []string, err error) {
	for _, name := range slices.Sorted(slices.Values(trace.Tracepoints())) {
		missing, err := t.enable(name)
		if err != nil {
			return nil, fmt.Errorf("tracepoint %s: %w", name, err)
		}
		if missing {
			absent = append(absent, name)
		}
	}
	return absent, nil
}

// hasFields reports whether the format of a tracepoint has the fields that are shown of it.
func hasFields(event, format string) bool {
	has := true
	trace.Format(event, func(field string) (uint64, bool) {
		has = has && strings.Contains(format, " "+field+";\t")
		return 0, has
	})
	return has
}

func (t *tracer) close() {
	if t.pipe >= 0 {
		_ = syscall.Close(t.pipe)
	}
	_ = syscall.Rmdir(t.dir)
	_ = syscall.Close(t.fs)
	t.release()
}

// handle is another descriptor of the file system; it closes itself when it is no longer needed.
func (t *tracer) handle() *os.File {
	fd, err := syscall.Dup(t.fs)
	if err != nil {
		return nil
	}
	syscall.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), "tracefs")
}

// read takes what has been traced since it was called last: each line is given to fn.
func (t *tracer) read(fn func(line string)) error {
	have := 0
	for {
		n, err := syscall.Read(t.pipe, t.buf[have:])
		if n <= 0 || err == syscall.EAGAIN {
			return nil
		}
		if err != nil {
			return fmt.Errorf("trace_pipe: %w", err)
		}
		have += n
		end := bytes.LastIndexByte(t.buf[:have], '\n') + 1
		for line := range strings.Lines(string(t.buf[:end])) {
			fn(strings.TrimSuffix(line, "\n"))
		}
		have = copy(t.buf, t.buf[end:have])
	}
}

// traced is a line of the trace: who it was done for, and the event as the language writes it. ok is false where it is
// another event, or none.
//
//	comm-TID  [CPU] flags  time: event: name=0xHEX (DECIMAL) …
func traced(line string) (tid int, text string, ok bool) {
	head, rest, ok := strings.Cut(line, ": ")
	if !ok {
		return 0, "", false
	}
	event, fields, ok := strings.Cut(rest, ": ")
	if !ok {
		return 0, "", false
	}
	if ofFileSystem(fields) {
		return 0, "", false
	}
	text, ok = trace.Format(event, func(name string) (uint64, bool) { return field(fields, name) })
	return writerOf(head), text, ok
}

// writerOf is the thread that a line of the trace was written for.
func writerOf(line string) (tid int) {
	who, _, _ := strings.Cut(line, "[")
	who = strings.TrimSpace(who)
	tid, _ = strconv.Atoi(who[strings.LastIndexByte(who, '-')+1:])
	return tid
}

// ofFileSystem reports whether an event is of pages that no file of a program has: the device's own, where the file
// system keeps its tables, or those in which it looks for free blocks, made when it first allocates from a group of
// them.
// Linux: EXT4_BAD_INO (fs/ext4/ext4.h), ext4_mb_init_backend (fs/ext4/mballoc.c).
func ofFileSystem(fields string) bool {
	const buddies = 1
	inode, ok := field(fields, "i_ino")
	if !ok {
		return false
	}
	device, _ := field(fields, "s_dev")
	return inode>>20 == loopMajor || inode == buddies && device>>20 == loopMajor
}

// loopMajor is the major number of loop devices; a block device's inode has the device's number.
const loopMajor = 7

// field is the value of a field: what is in parentheses behind its name.
func field(fields, name string) (uint64, bool) {
	for at := 0; ; {
		i := strings.Index(fields[at:], name+"=")
		if i < 0 {
			return 0, false
		}
		i += at
		at = i + len(name) + 1
		if i > 0 && fields[i-1] != ' ' {
			continue
		}
		_, after, ok := strings.Cut(fields[at:], "(")
		number, _, closed := strings.Cut(after, ")")
		if !ok || !closed {
			return 0, false
		}
		if v, err := strconv.ParseInt(number, 10, 64); err == nil {
			return uint64(v), true
		}
		v, err := strconv.ParseUint(number, 10, 64)
		return v, err == nil
	}
}
