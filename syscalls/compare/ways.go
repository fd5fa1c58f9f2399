package compare

import (
	"fmt"
	"slices"
	"strings"

	"vmsim/syscalls/script"
	"vmsim/vm"
)

// Way is how the work is done.
type Way string

// The ways.
const (
	Read     Way = "read"     // pread64 and pwrite64 of whole pages
	Mmap     Way = "mmap"     // a shared mapping, loads and stores
	Sendfile Way = "sendfile" // from the file into another, without the user; reads only
	Direct   Way = "direct"   // pread64 and pwrite64 with O_DIRECT
)

// ways are all ways.
func ways() []Way { return []Way{Read, Mmap, Sendfile, Direct} }

// ParseWay is the way of that name; the error names the nearest.
func ParseWay(word string) (Way, error) {
	var names []string
	for _, w := range ways() {
		names = append(names, string(w))
	}
	if slices.Contains(names, word) {
		return Way(word), nil
	}
	if near := script.Nearest(word, names); near != "" {
		return "", fmt.Errorf("%q is no way to compare; did you mean %s?", word, near)
	}
	return "", fmt.Errorf("%q is no way to compare: there are %s", word, strings.Join(names, ", "))
}

// writer writes a program for a way.
type writer struct {
	strings.Builder
	w *Work
}

// Program is a program that does the work one way. Its steps are parted by comments "# step: NAME".
func (w *Work) Program(way Way) (*script.Program, error) {
	if way == Sendfile && w.Written {
		return nil, fmt.Errorf("sendfile reads a file and writes to another; this work writes to the file itself")
	}
	b := &writer{w: w}
	b.head(way)
	b.open(way)
	for i, x := range w.Wants {
		if i < 2 {
			b.step([...]string{"the first access", "the other accesses"}[i])
		}
		b.access(way, x)
	}
	if w.Written {
		b.step("to the disk")
		if way == Mmap {
			b.line("msync(p, %d, MS_SYNC)", w.mapped())
		} else {
			b.line("fsync(fd)")
		}
	}
	b.step("the end")
	if way == Mmap {
		b.line("munmap(p, %d)", w.mapped())
	}
	b.line("close(fd)")
	prog, err := script.Parse(w.Name+" by "+string(way), b.String())
	if err == nil {
		prog.Files = w.files
	}
	return prog, err
}

func (b *writer) line(format string, args ...any) { fmt.Fprintf(b, format+"\n", args...) }
func (b *writer) step(name string)                { b.line(stepMark + name) }

// stepMark is how a step begins in a program that Measure reads.
const stepMark = "# step: "

// head is the machine and the files, as the observed program has them.
func (b *writer) head(way Way) {
	for _, line := range b.w.head {
		b.line("%s", line)
	}
	if way == Sendfile {
		b.line(".file %s 0", outPath)
	}
}

// outPath is where sendfile copies the file to.
const outPath = "/data/sendfile"

// open is what comes before the first access.
func (b *writer) open(way Way) {
	b.step("open and map")
	flags := b.w.openFlags(way)
	b.line("fd = openat(AT_FDCWD, %q, %s)", b.w.File.Path, flags)
	switch way {
	case Mmap:
		prot := "PROT_READ"
		if b.w.Written {
			prot += "|PROT_WRITE"
		}
		b.line("p = mmap(NULL, %d, %s, MAP_SHARED, fd, 0)", b.w.mapped(), prot)
	case Sendfile:
		b.line("out = openat(AT_FDCWD, %q, O_RDWR)", outPath)
	default:
		b.line("buffer = mmap(NULL, %d, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_POPULATE, -1, 0)",
			b.w.longest())
	}
	for i := 2; i <= b.w.Procs; i++ {
		b.line("fork()")
	}
}

// openFlags are the flags that the way opens the file with.
func (w *Work) openFlags(way Way) string {
	flags := "O_RDONLY"
	if w.Written {
		flags = "O_RDWR"
	}
	if way == Direct {
		flags += "|O_DIRECT"
	}
	return flags
}

// access does one want: whole pages, since that is what a program gets by either way.
func (b *writer) access(way Way, x Want) {
	if x.PID > 1 {
		fmt.Fprintf(b, "[%d] ", x.PID)
	}
	from, to := b.w.pages(x)
	switch {
	case way == Mmap && x.Write:
		b.line("p[%d..%d step PAGE] = 'w'", from, to)
	case way == Mmap:
		b.line("p[%d..%d step PAGE]", from, to)
	case way == Sendfile:
		b.line("lseek(fd, %d, SEEK_SET)", from)
		if x.PID > 1 {
			fmt.Fprintf(b, "[%d] ", x.PID)
		}
		b.line("sendfile(out, fd, NULL, %d)", to-from)
	case x.Write:
		b.line("pwrite64(fd, buffer, %d, %d)", to-from, from)
	default:
		b.line("pread64(fd, buffer, %d, %d)", to-from, from)
	}
}

// pages are the whole pages of a want, as far as the file has them.
func (w *Work) pages(x Want) (from, to int64) {
	from = x.Off &^ vm.PageMask
	return from, min(int64(vm.PageAlign(uint64(x.Off+x.Len))), w.mapped())
}

// mapped is the file's size in whole pages, in bytes.
func (w *Work) mapped() int64 { return int64(vm.PageAlign(uint64(w.File.Size))) }

// longest is how long a buffer the work needs.
func (w *Work) longest() (n int64) {
	for _, x := range w.Wants {
		from, to := w.pages(x)
		n = max(n, to-from)
	}
	return n
}
