package strace

import (
	"strconv"
	"strings"
	"syscall"

	"vmsim/syscalls/script"
)

func errnoFrom(n int64) syscall.Errno { return syscall.Errno(n) }

// learn follows descriptors, directories and the sizes of files.
func (im *importer) learn(p *logProc, l straceLine, args []string, got answer) {
	if !got.good() || len(args) == 0 {
		return
	}
	switch l.name {
	case "open", "creat":
		flags := "O_CREAT|O_TRUNC"
		if l.name == "open" && len(args) > 1 {
			flags = script.FormatOpenFlags(script.Constant(args[1]))
		}
		im.opened(p, p.absolute("", script.Unquote(args[0])), flags, int(got.value), l.path)
	case "openat":
		if len(args) > 2 {
			name := p.absolute(im.dirOf(p, args[0]), script.Unquote(args[1]))
			im.opened(p, name, script.FormatOpenFlags(script.Constant(args[2])), int(got.value), l.path)
		}
	case "chdir":
		p.cwd = p.absolute("", script.Unquote(args[0]))
	case "getcwd":
		p.cwd = script.Unquote(args[0])
	case "stat", "lstat":
		im.learnStat(p, "", args[0], args)
	case "newfstatat":
		if len(args) > 1 && script.Unquote(args[1]) != "" {
			im.learnStat(p, im.dirOf(p, args[0]), args[1], args)
			return
		}
		fallthrough
	case "fstat":
		if o := p.open(args[0]); o != nil {
			o.file.stat(strings.Join(args, ", "))
		}
	default:
		im.learnIO(p, l, args, got.value)
	}
}

func (im *importer) learnStat(p *logProc, dir, name string, args []string) {
	path := p.absolute(dir, script.Unquote(name))
	if f := im.files[path]; f != nil {
		f.stat(strings.Join(args, ", "))
	}
}

func (p *logProc) open(fd string) *logOpen {
	n, err := strconv.Atoi(fd)
	if err != nil {
		return nil
	}
	return p.fds[n]
}

// learnIO follows calls on a descriptor.
func (im *importer) learnIO(p *logProc, l straceLine, args []string, value uint64) {
	at := 0
	if l.name == "mmap" {
		at = 4
	}
	if len(args) <= at {
		return
	}
	fd, err := strconv.Atoi(args[at])
	o := p.fds[fd]
	if err != nil || o == nil {
		return
	}
	switch l.name {
	case "close":
		delete(p.fds, fd)
		delete(p.cloexec, fd)
	case "dup", "dup2", "dup3":
		p.fds[int(value)], p.cloexec[int(value)] = o, false
	case "fcntl":
		if len(args) > 1 && strings.HasPrefix(args[1], "F_DUPFD") {
			p.fds[int(value)], p.cloexec[int(value)] = o, args[1] == "F_DUPFD_CLOEXEC"
		}
	case "read", "readv":
		o.pos += int64(value)
		o.file.needs(o.pos)
	case "pread64":
		off, _ := strconv.ParseInt(args[len(args)-1], 10, 64)
		if value > 0 {
			o.file.needs(off + int64(value))
		}
	case "write", "pwrite64", "writev", "ftruncate", "fallocate", "pwritev":
		o.file.written = true
		o.pos += int64(value)
	case "lseek":
		o.pos = int64(value)
	case "mmap":
		if len(args) == 6 {
			im.learnMmap(p.seg, o.file, args, value)
		}
	case "getdents64", "getdents", "ioctl":
		o.file.other = o.file.other || l.name != "ioctl"
	}
}

// learnMmap takes a mapping of a file whose size nobody has asked for as evidence of its size.
func (im *importer) learnMmap(s *segment, f *logFile, args []string, at uint64) {
	n, off := script.Constant(args[1]), script.Constant(args[5])
	if len(s.files) < maxEvidence {
		s.files = append(s.files, fileSpan{span{at, at + n}, f.path, off})
	}
	if f.size < 0 && script.Constant(args[3])&0x20 == 0 && n < 1<<40 {
		f.needs(int64(off + n))
	}
}
