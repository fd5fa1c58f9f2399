package strace

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"vmsim/syscalls/script"
)

// track follows descriptors, directories and the sizes of files.
func (im *importer) track(t *task, l *line, args []string, got answer) {
	if !got.good() || len(args) == 0 {
		return
	}
	switch l.name {
	case "open", "creat":
		flags := uint64(oCreat | oTrunc)
		if l.name == "open" && len(args) > 1 {
			flags = constant(args[1])
		}
		im.opens(t, l, unquoted(args[0]), flags, got)
	case "openat":
		if len(args) > 2 {
			im.opens(t, l, unquoted(args[1]), constant(args[2]), got)
		}
	case "openat2":
		if len(args) > 2 {
			im.opens(t, l, unquoted(args[1]), constant(field(args[2], "flags=")), got)
		}
	case "memfd_create":
		f := im.newFile("/memfd:" + unquoted(args[0]))
		f.created, f.written, f.regular, f.other = true, true, true, false
		im.opened(t, int(got.value), &open{file: f}, strings.Contains(l.args, "CLOEXEC"))
	case "chdir":
		t.dir.path = strings.Clone(t.absolute("", unquoted(args[0])))
	case "getcwd":
		im.learnDir(t, unquoted(args[0]))
	case "unlink", "unlinkat", "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat":
		im.renames(t, l.name, args)
	case "stat", "lstat":
		im.stat(im.names[unquoted(args[0])], l.args)
		if strings.Contains(l.args, "st_mode=S_IFDIR") {
			im.isDirectory(t.absolute("", unquoted(args[0])))
		}
	case "newfstatat", "statx":
		im.statAt(t, l, args)
	default:
		im.trackFD(t, l, args, got)
	}
}

// The flags of open that matter here.
const (
	oCreat     = 0o100
	oExcl      = 0o200
	oTrunc     = 0o1000
	oDirectory = 0o200000
	oCloexec   = 0o2000000
	oPath      = 0o10000000
	oTmpfile   = 0o20000000 | oDirectory
)

// opens notes what an open call has shown, and puts the file into the program.
func (im *importer) opens(t *task, l *line, path string, flags uint64, got answer) {
	if flags&oTmpfile == oTmpfile {
		f := im.newFile(path + "/#unnamed")
		f.created, f.written, f.regular = true, true, true
		f.placed = true // the call makes it
		im.isDirectory(path)
		im.opened(t, int(got.value), &open{file: f}, flags&oCloexec != 0)
		return
	}
	f := im.named(path)
	if im.directories[path] || path == t.dir.path || path == unknownDir {
		f.other = true // a program's working directory is a directory
	}
	if !f.other {
		im.isDirectory(dirname(path))
	}
	if !im.writing {
		switch {
		case flags&(oDirectory|oPath) != 0, l.path != "" && !strings.HasPrefix(l.path, "/"):
			f.other = true
		case flags&oTrunc != 0, flags&(oCreat|oExcl) == oCreat|oExcl:
			f.created = f.created || f.size < 0 && f.least == 0
			f.written = true
		}
	}
	if !f.other && flags&oCreat != 0 && f.bytes() == 0 {
		f.placed = true // the call makes it
	}
	im.opened(t, int(got.value), &open{file: f}, flags&oCloexec != 0)
	im.place(t, f)
}

// isDirectory notes that a path, and all above it, are of directories: a file of that name would stand in the way.
func (im *importer) isDirectory(path string) {
	if len(path) > 1 && !im.directories[path] {
		path = strings.Clone(path)
	}
	for ; len(path) > 1 && !im.directories[path]; path = dirname(path) {
		im.directories[path] = true
	}
}

func dirname(p string) string { return path.Dir(p) }

// renames follows calls that change names.
func (im *importer) renames(t *task, call string, args []string) {
	var paths []string
	for i, a := range args {
		if !strings.HasPrefix(a, `"`) {
			continue
		}
		dir := ""
		if atCalls[call] && i > 0 {
			dir = im.dirOf(t, call, args[i-1:])
		}
		paths = append(paths, t.absolute(dir, unquoted(a)))
	}
	if len(paths) == 0 {
		return
	}
	f := im.names[paths[0]]
	switch {
	case strings.HasPrefix(call, "unlink"):
		delete(im.names, paths[0])
		switch {
		case f == nil:
		case f.names > 0:
			f.names--
			im.moved[f.path] = true
		default:
			delete(im.moved, f.path)
		}
	case len(paths) < 2 || f == nil:
		delete(im.names, paths[len(paths)-1])
	case strings.HasPrefix(call, "rename"):
		delete(im.names, paths[0])
		im.names[strings.Clone(paths[1])] = f
		im.moved[f.path] = f.path != paths[1]
	default:
		im.names[strings.Clone(paths[1])], im.linked = f, true
		f.names++
	}
}

func (im *importer) statAt(t *task, l *line, args []string) {
	if len(args) < 2 {
		return
	}
	if path := unquoted(args[1]); strings.HasPrefix(args[1], `"`) && path != "" {
		im.stat(im.names[path], l.args)
		if strings.Contains(l.args, "st_mode=S_IFDIR") {
			im.isDirectory(t.absolute(im.dirOf(t, l.name, args), path))
		}
		return
	}
	if o := im.fd(t, args[0]); o != nil {
		im.stat(o.file, l.args)
	}
}

// trackFD follows calls on a descriptor.
func (im *importer) trackFD(t *task, l *line, args []string, got answer) {
	if newFDs[l.name] {
		im.opened(t, int(got.value), &open{file: im.nowhere()}, strings.Contains(l.args, "_CLOEXEC"))
		return
	}
	at := 0
	switch l.name {
	case "sendfile":
		at = 1
	case "mmap":
		if at = 4; anonymous(args) {
			return
		}
	case "pipe", "pipe2", "socketpair":
		im.pair(t, args, strings.Contains(l.args, "_CLOEXEC"))
		return
	case "close_range":
		im.closeRange(t, args)
		return
	}
	if len(args) <= at || !takesFD(l.name, at) {
		return
	}
	o := im.fd(t, args[at])
	if o == nil {
		return
	}
	n, _ := fdNumber(args[at])
	switch l.name {
	case "close":
		t.fds.set(n, slot{})
	case "dup", "dup2", "dup3", "fcntl":
		im.dups(t, l.name, o, n, args, got)
	case "fstat", "fstat64":
		im.stat(o.file, l.args)
	case "fchdir":
		t.dir.path = o.file.path
	default:
		im.trackIO(l, o, args, got.value)
	}
}

// newFDs are the calls outside the model whose answer is a descriptor.
var newFDs = words(`
	socket accept accept4 epoll_create epoll_create1 eventfd eventfd2 timerfd_create signalfd
	signalfd4 inotify_init inotify_init1 pidfd_open perf_event_open userfaultfd fanotify_init
	io_uring_setup memfd_secret open_by_handle_at open_tree fsopen fsmount pidfd_getfd mq_open
	landlock_create_ruleset`)

// takesFD reports whether an argument of a call is a descriptor.
func takesFD(call string, at int) bool {
	kinds, known := script.Params(call)
	if !known {
		return fdCalls[call]
	}
	return at < len(kinds) && kinds[at] == script.FDParam
}

// fdCalls are calls outside the model whose first argument is a descriptor.
var fdCalls = words(`
	getdents getdents64 recvmsg sendmsg recvfrom sendto connect bind listen getsockname getpeername setsockopt
	getsockopt shutdown epoll_ctl epoll_wait epoll_pwait fchdir fchmod fchown flock
	fstatfs fstat64 fgetxattr fsetxattr`)

// duplicates reports whether a command of fcntl gives an open file another number. strace -X raw has it as a number.
func duplicates(cmd string) bool {
	return strings.HasPrefix(cmd, "F_DUPFD") || cmd == "0" || cmd == "0x406"
}

// dups follows the calls that give an open file another number.
func (im *importer) dups(t *task, call string, o *open, from int, args []string, got answer) {
	to, cloexec := int(got.value), false
	switch {
	case call == "fcntl" && (len(args) < 2 || !duplicates(args[1])):
		im.flagsOf(t, o, from, args, got)
		return
	case call == "fcntl":
		cloexec = args[1] == "F_DUPFD_CLOEXEC" || args[1] == "0x406"
	case call == "dup":
		im.opened(t, to, o, false)
		return
	case call == "dup3":
		cloexec = strings.Contains(args[len(args)-1], "O_CLOEXEC")
	}
	if to == from {
		return
	}
	if call == "fcntl" {
		least := int(min(constant(args[len(args)-1]), maxDescriptor))
		for n := least; n < to && to-least < mostFilled; n++ {
			if _, known := t.fds.slots[n]; !known {
				im.occupy(t, n) // the lowest number from there on was given
			}
		}
		im.vacate(t, to)
	}
	t.fds.set(to, slot{o, cloexec})
}

// flagsOf follows the commands of fcntl that tell or change the flags of a descriptor or of its open file.
func (im *importer) flagsOf(t *task, o *open, n int, args []string, got answer) {
	if len(args) < 2 {
		return
	}
	switch args[1] {
	case "F_SETFD", "0x2":
		if len(args) > 2 {
			t.fds.slots[n] = slot{o, constant(args[2])&1 != 0}
		}
	case "F_GETFL", "0x3":
		if !im.writing && !o.set && o.flags == "" {
			o.flags = hex(got.value &^ oCreat)
		}
	case "F_SETFL", "0x4":
		o.set = true
	}
}

// pair follows the calls that give two descriptors.
func (im *importer) pair(t *task, args []string, cloexec bool) {
	at := 0
	if len(args) > 3 {
		at = 3 // socketpair's
	}
	if strings.HasPrefix(args[at], "0x") || args[at] == "[...]" {
		args[at] = t.fds.lowestTwo() // perf trace, and strace -e raw and -s 0, do not have the numbers
	}
	for _, a := range args {
		if !strings.HasPrefix(a, "[") {
			continue
		}
		for _, w := range splitArgs(nil, strings.Trim(a, "[]")) {
			if n, err := strconv.Atoi(w); err == nil {
				im.opened(t, n, &open{file: im.nowhere()}, cloexec)
			}
		}
	}
}

// closeRange closes in the program what the call closes: the model does not have it.
func (im *importer) closeRange(t *task, args []string) {
	if len(args) < 2 || len(args) > 2 && strings.Contains(args[2], "CLOEXEC") {
		return
	}
	first, last := constant(args[0]), constant(args[1])
	var numbers []int
	for n, s := range t.fds.slots {
		if s.open != nil && uint64(n) >= first && uint64(n) <= last {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		im.made(t, "close("+strconv.Itoa(n)+")", "0", madeRange)
		t.fds.set(n, slot{})
	}
}

// trackIO follows calls on the content of a file.
func (im *importer) trackIO(l *line, o *open, args []string, value uint64) {
	f := o.file
	switch l.name {
	case "read", "readv":
		o.pos += int64(min(value, 1<<62))
		im.needs(f, o.pos)
	case "pread64":
		im.shows(f)
		off, _ := strconv.ParseInt(args[len(args)-1], 10, 64)
		if value > 0 && off >= 0 && value < 1<<40 {
			im.needs(f, off+int64(value))
		}
	case "sendfile", "splice", "copy_file_range":
		im.transfers(l, o, args, int64(min(value, 1<<62)))
	case "write", "writev":
		f.written = true
		o.pos += int64(min(value, 1<<62))
	case "pwrite64", "pwritev", "ftruncate", "fallocate":
		im.shows(f)
		f.written = true
	case "lseek":
		o.pos = int64(value)
		if len(args) > 2 && args[2] == "SEEK_END" && args[1] == "0" && !im.writing && f.size < 0 && !f.written {
			f.size = int64(min(value, 1<<62))
		}
	case "mmap":
		im.mapsFile(f, args)
	case "getdents64", "getdents", "recvmsg", "sendmsg", "recvfrom", "sendto", "accept", "accept4", "connect", "bind",
		"listen", "getsockname", "setsockopt", "getsockopt", "shutdown", "epoll_ctl", "epoll_wait", "epoll_pwait":
		if !im.writing {
			f.other = true
		}
	}
}

// transfers follows calls that move bytes from one descriptor to another: what they read the file has.
func (im *importer) transfers(l *line, o *open, args []string, n int64) {
	at := 1 // which argument is the offset
	if l.name == "sendfile" {
		at = 2
	}
	if at >= len(args) || args[at] == "NULL" {
		o.pos += n
		im.needs(o.file, o.pos)
		return
	}
	before, _, _ := strings.Cut(strings.Trim(args[at], "[]"), "]")
	if off, err := strconv.ParseInt(before, 10, 64); err == nil && off >= 0 && off < 1<<62 && n < 1<<40 && n > 0 {
		im.needs(o.file, off+n)
	}
}

// mapsFile takes a mapping of a file whose size is not known as evidence of its size.
func (im *importer) mapsFile(f *file, args []string) {
	if len(args) != 6 || im.writing {
		return
	}
	im.shows(f)
	n, off := constant(args[1]), constant(args[5])
	if f.size < 0 && n < 1<<32 && off < 1<<40 {
		im.needs(f, int64(off+n))
	}
}
