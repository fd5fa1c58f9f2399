package strace

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"vmsim/syscalls/script"
)

// task is a process or a thread of a log.
type task struct {
	number  int    // in the program
	pid     string // in the log
	fds     *table // one for all that share it
	space   *space
	dir     *workingDir
	pending line      // an unfinished call
	begun   bool      // there is one
	early   bool      // it is in the program already
	end     int64     // its answer, as the survey has it
	fate    reasonKey // what became of it
	ended   bool
	named   bool   // the log has said its number
	group   *group // the process that it is a thread of
}

// group is the threads of one process.
type group struct{ tasks []*task }

// workingDir is a working directory; threads share it.
type workingDir struct{ path string }

// space is what the log has said about an address space; tasks share it.
type space struct {
	known  spans // what it has said anything about
	mapped spans // what is mapped, as far as it says
	image  *image
	brk    uint64     // as brk has said last
	files  []fileSpan // the parts of files that are mapped, as perf trace names addresses
	// attached are the segments of shared memory.
	attached []span
}

// fileSpan is where a part of a file has been mapped.
type fileSpan struct {
	span
	path string
	off  uint64
}

// maxFileSpans bounds how many are remembered.
const maxFileSpans = 1 << 12

// table is a table of descriptors; tasks share it.
type table struct {
	slots map[int]slot
	low   int // every number below it is taken
	root  *root
}

// slot is what the log has said about a descriptor.
type slot struct {
	open    *open // nil for a number that is free
	cloexec bool
}

// open is an open file of a log.
type open struct {
	file  *file
	pos   int64
	flags string // of one that was open from the beginning, where F_GETFL has said them
	set   bool   // F_SETFL has changed them
}

// root is a process that the log has not seen born: what it has at the beginning is worked out from what it does.
type root struct {
	pid     string
	initial map[int]slot // descriptors that are open from the beginning
	image   *image
}

// unknownDir is the working directory of a process whose log does not show it.
const unknownDir = "/cwd"

// absolute is the path that a program means.
func (t *task) absolute(dir, name string) string {
	switch {
	case strings.HasPrefix(name, "/"):
		if strings.Contains(name, "//") || strings.Contains(name, "/.") || strings.HasSuffix(name, "/") {
			return path.Clean(name)
		}
		return name
	case dir != "":
		return path.Join(dir, name)
	case t.dir.path != "":
		return path.Join(t.dir.path, name)
	}
	return path.Join(unknownDir, name)
}

// learnDir notes the process's working directory.
func (im *importer) learnDir(t *task, dir string) {
	if !strings.HasPrefix(dir, "/") {
		return
	}
	t.dir.path = strings.Clone(dir)
}

// fd is the open file of a number; one that the log has not seen opened was open from the beginning. It is nil for a
// number that the log says is free, and for what is no number.
func (im *importer) fd(t *task, arg string) *open {
	n, ok := fdNumber(arg)
	if !ok {
		return nil
	}
	s, ok := t.fds.slots[n]
	if !ok {
		s = im.inherit(t.fds, n)
	}
	return s.open
}

// fdNumber is the number that an argument is.
func fdNumber(arg string) (n int, ok bool) {
	if arg == "" || !isDigit(arg[0]) || len(arg) > maxDigits {
		return 0, false
	}
	v, ok := script.Number(arg)
	return int(v), ok && v <= maxDescriptor
}

// maxDescriptor is the largest number that is believed to be one. No tracer prints it longer than maxDigits: most
// arguments that begin with a digit are addresses, and are longer.
const (
	maxDescriptor = 1 << 20
	maxDigits     = len("0x100000")
)

// inherit is a descriptor that was open from the beginning.
func (im *importer) inherit(t *table, n int) slot {
	s, ok := t.root.initial[n]
	if !ok {
		f := &file{path: "/unseen/" + t.root.pid + "fd" + strconv.Itoa(n), size: -1, other: true}
		s = slot{open: &open{file: f}}
		t.root.initial[n] = s
	}
	t.slots[n] = s
	return s
}

// opened gives a number to an open file. The kernel gives out the lowest that is free: what lies below it and was never
// mentioned was open from the beginning, and what the log says is free was taken by something that it does not show.
func (im *importer) opened(t *task, n int, o *open, cloexec bool) {
	if n < 0 || n > maxDescriptor {
		return
	}
	im.fill(t, n)
	im.vacate(t, n)
	t.fds.set(n, slot{open: o, cloexec: cloexec})
}

// mostFilled is how many descriptors may have been open without a word of the log.
const mostFilled = 1 << 10

// fill takes the free numbers below n.
func (im *importer) fill(t *task, n int) {
	if n-t.fds.low > mostFilled {
		return
	}
	for ; t.fds.low < n; t.fds.low++ {
		im.occupy(t, t.fds.low)
	}
}

// occupy sees to it that a number is taken.
func (im *importer) occupy(t *task, n int) {
	switch s, ok := t.fds.slots[n]; {
	case !ok:
		im.inherit(t.fds, n)
	case s.open == nil:
		im.made(t, `openat(AT_FDCWD, "/dev/unseen", O_RDWR)`, strconv.Itoa(n), madeOpen)
		t.fds.slots[n] = slot{open: &open{file: im.nowhere()}}
	}
}

// vacate closes n where the log has not shown that it was closed.
func (im *importer) vacate(t *task, n int) {
	if s, ok := t.fds.slots[n]; ok && s.open != nil {
		im.made(t, "close("+strconv.Itoa(n)+")", "0", madeClose)
	}
}

// settleDescriptors takes from the answer of a call which of its descriptors are open: EBADF says of a number that the
// log has not mentioned that it is free, and any other answer that it was opened where it seemed to be free.
func (im *importer) settleDescriptors(t *task, l *line, args []string, got answer) {
	for i, a := range args {
		n, ok := fdNumber(a)
		if !ok || !takesFD(l.name, i) || l.name == "mmap" && anonymous(args) {
			continue
		}
		s, known := t.fds.slots[n]
		switch {
		case got.errno == syscall.EBADF && !known && onlyFD(l.name):
			t.fds.set(n, slot{})
		case known && s.open == nil && got.good() && !givesFD[l.name] && len(t.group.tasks) == 1 && n == t.fds.lowest():
			im.occupy(t, n) // among threads the log's order may be another
		}
	}
}

// lowest is the lowest number that the log says is free.
func (t *table) lowest() int {
	n := 3
	for {
		if s, known := t.slots[n]; !known || s.open == nil {
			return n
		}
		n++
	}
}

// onlyFD reports whether a call takes one descriptor at most.
func onlyFD(call string) bool {
	kinds, known := script.Params(call)
	if !known {
		return true
	}
	n := 0
	for _, k := range kinds {
		if k == script.FDParam {
			n++
		}
	}
	return n < 2
}

// givesFD are the calls of which a descriptor among the arguments may be free.
var givesFD = words(`
	dup2 dup3 close_range poll ppoll`)

func (t *table) set(n int, s slot) {
	t.slots[n] = s
	if s.open == nil {
		t.low = min(t.low, n)
	}
}

// lowestTwo are the lowest numbers that are free, as a pair is printed.
func (t *table) lowestTwo() string {
	var free []string
	for n := 0; len(free) < 2; n++ {
		if s, known := t.slots[n]; known && s.open == nil || !known && n > 2 {
			free = append(free, strconv.Itoa(n))
		}
	}
	return "[" + free[0] + ", " + free[1] + "]"
}

func (t *table) copy() *table {
	c := &table{slots: make(map[int]slot, len(t.slots)), low: t.low, root: t.root}
	for n, s := range t.slots {
		c.slots[n] = s
	}
	return c
}

// closeMarked closes what is marked to end with execve.
func (t *table) closeMarked() {
	for n, s := range t.slots {
		if s.cloexec {
			t.set(n, slot{})
		}
	}
}

func (s *space) copy() *space {
	return &space{slices.Clone(s.known), slices.Clone(s.mapped), s.image, s.brk, slices.Clone(s.files),
		slices.Clone(s.attached)}
}
