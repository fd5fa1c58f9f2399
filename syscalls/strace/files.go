package strace

import (
	"path"
	"sort"
	"strconv"
	"strings"

	"vmsim/syscalls/script"
)

// What a log tells about files: their paths from open, their sizes from fstat, and where it has none of that, from the
// bytes that were read and the parts that were mapped.

// logFile is a file of a log.
type logFile struct {
	path    string
	size    int64 // as fstat said before the program wrote to it; -1 if it never did
	least   int64 // the size that reads and mappings need
	written bool
	created bool // it was not there, or was cut to nothing
	other   bool // a directory, a device, a pipe: outside the model
	image   bool // mapped by execve, its size is that of the mapping
}

// logOpen is an open file of a log.
type logOpen struct {
	file *logFile
	pos  int64
}

// logProc is a process of a log.
type logProc struct {
	pid     int // its number in the program
	fds     map[int]*logOpen
	cloexec map[int]bool
	cwd     string
	pending straceLine // an unfinished call
	seg     *segment   // its image
	born    *bodyLine  // the line of a fork that is unfinished
	shares  bool       // it runs in the memory of another
	ended   bool
	// numbered means that the log has told its number.
	numbered bool
}

func (im *importer) file(p string) *logFile {
	f := im.files[p]
	if f == nil {
		f = &logFile{path: p, size: -1}
		im.files[p] = f
	}
	return f
}

// absolute is the path a program means, as far as the log tells.
func (p *logProc) absolute(dir, name string) string {
	switch {
	case strings.HasPrefix(name, "/"):
		return path.Clean(name)
	case dir != "":
		return path.Join(dir, name)
	case p.cwd != "":
		return path.Join(p.cwd, name)
	}
	return name
}

// dirOf is the directory of a dirfd argument; empty where the log does not tell.
func (im *importer) dirOf(p *logProc, arg string) string {
	fd, err := strconv.Atoi(arg)
	if err != nil {
		return ""
	}
	if o := p.fds[fd]; o != nil && strings.HasPrefix(o.file.path, "/") {
		return o.file.path
	}
	return ""
}

// opened notes what an open call has shown.
func (im *importer) opened(p *logProc, name, flags string, fd int, annotated string) {
	f := im.file(name)
	if !strings.HasPrefix(annotated, "/") && annotated != "" {
		f.other = true
	}
	if strings.Contains(flags, "O_DIRECTORY") || strings.Contains(flags, "O_PATH") ||
		strings.Contains(flags, "O_TMPFILE") || script.OutsidePath(name) {
		f.other = true
	}
	if strings.Contains(flags, "O_TRUNC") || strings.Contains(flags, "O_CREAT") && strings.Contains(flags, "O_EXCL") {
		f.created = f.size < 0 && f.least == 0
		f.written = true
	}
	p.fds[fd] = &logOpen{file: f}
	p.cloexec[fd] = strings.Contains(flags, "O_CLOEXEC")
}

// stat notes the size and kind that a stat call has shown for a file.
func (f *logFile) stat(text string) {
	if mode := field(text, "st_mode="); mode != "" && !strings.HasPrefix(mode, "S_IFREG") && strings.HasPrefix(mode, "S_IF") {
		f.other = true
	}
	size, err := strconv.ParseInt(field(text, "st_size="), 10, 64)
	if err == nil && f.size < 0 && !f.written {
		f.size = size
	}
}

// field is the value after a name in a structure that strace has printed.
func field(text, name string) string {
	_, rest, ok := strings.Cut(text, name)
	if !ok {
		return ""
	}
	end := strings.IndexAny(rest, ",} ")
	if end < 0 {
		end = len(rest)
	}
	return rest[:end]
}

// needs notes that the file reaches at least to end.
func (f *logFile) needs(end int64) {
	if !f.written && end > f.least {
		f.least = end
	}
}

// lines are the .file lines of what the log has shown, sorted by path.
func (im *importer) fileLines() []string {
	var out []string
	for _, f := range im.files {
		size := f.size
		if size < 0 {
			size = f.least
		}
		if f.other || f.created && size <= 0 || !strings.HasPrefix(f.path, "/") && !f.image && size < 0 {
			continue
		}
		out = append(out, ".file "+fileWord(f.path)+" "+strconv.FormatInt(max(size, 0), 10)+" cached")
	}
	sort.Strings(out)
	return out
}

// fileWord quotes a path that would not read back as one word.
func fileWord(p string) string {
	if strings.ContainsAny(p, " \t#'\"\\") || strings.Trim(p, "\x00") != p || !printable(p) {
		return script.Quote(p)
	}
	return p
}

func printable(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
