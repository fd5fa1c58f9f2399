package strace

import (
	"strconv"
	"strings"
	"syscall"

	"vmsim/syscalls/script"
)

// What a log tells about files: their paths from open, their sizes from fstat, and where it has none of that, from the
// bytes that were read and the parts that were mapped. A file is placed in the program where the log first opens it,
// and not before: until then it may not have been there.

// file is a file of a log. What is learnt of it is learnt while the log is read for the second time.
type file struct {
	path    string
	size    int64 // as it was before the program wrote to it; -1 where the log does not tell
	least   int64 // the size that reads and mappings need
	other   bool  // a directory, a device, a pipe: outside the model
	regular bool  // it has been seen to be a file with content
	created bool  // it was not there, or was cut to nothing
	written bool  // the program has changed its size
	placed  bool  // it is in the program
	names   int   // besides the first
}

// newFile is the next file of the log. In the last reading it has what the one before has learnt.
func (im *importer) newFile(path string) *file {
	if im.writing && im.nextFile < len(im.files) {
		f := im.files[im.nextFile]
		im.nextFile++
		f.written, f.placed, f.names = false, false, 0
		return f
	}
	f := &file{path: path, size: -1, other: script.OutsidePath(path)}
	im.files = append(im.files, f)
	im.nextFile = len(im.files)
	return f
}

// named is the file that has a path now.
func (im *importer) named(path string) *file {
	f := im.names[path]
	if f == nil {
		path = strings.Clone(path) // it is kept, and the block of the log that it is a piece of is not
		place := path
		for im.moved[place] {
			place += "~" // a file that has another name by now has this one in the program
		}
		f = im.newFile(place)
		im.names[path] = f
	}
	return f
}

// nowhere is a file outside the model that has no name.
func (im *importer) nowhere() *file {
	if im.nothing == nil {
		im.nothing = &file{path: "/dev/unseen", size: -1, other: true}
	}
	return im.nothing
}

// bytes is the size that the file has to have in the program.
func (f *file) bytes() int64 { return max(f.size, f.least, 0) }

// stat notes the size and kind that a stat call has shown for a file.
func (im *importer) stat(f *file, text string) {
	if f == nil || im.writing {
		return
	}
	if mode := field(text, "st_mode="); strings.HasPrefix(mode, "S_IF") {
		if f.other = true; strings.HasPrefix(mode, "S_IFREG") {
			im.shows(f)
		}
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
func (im *importer) needs(f *file, end int64) {
	if !im.writing && !f.written && end > f.least {
		f.least = end
	}
}

// shows notes that the descriptor is of a file with content.
func (im *importer) shows(f *file) {
	if !im.writing && !script.OutsidePath(f.path) && f != im.nothing {
		f.regular, f.other = true, false
	}
}

// mostBytes is what the files of a program may hold in all; a larger one is made with a hole.
const mostBytes = 256 << 20

// place puts a file into the program before its first use.
func (im *importer) place(t *task, f *file) {
	if !im.writing || f.placed || f.other || script.DevicePath(f.path) {
		return
	}
	f.placed = true
	if f.created && f.bytes() == 0 {
		return
	}
	size := f.bytes()
	if im.filled+size <= mostBytes {
		im.filled += size
		im.directive(".file " + fileWord(f.path) + " " + strconv.FormatInt(size, 10) + " cached")
		return
	}
	// It has more bytes than a program may hold: a hole costs nothing.
	im.directive(".file " + fileWord(f.path) + " 0")
	im.made(t, "truncate("+script.Quote(f.path)+", "+strconv.FormatInt(size, 10)+")", "0", madeHole)
}

// existed notes a file of which an O_EXCL says that it is there already.
func (im *importer) existed(t *task, l *line, args []string, got answer) {
	if got.errno != syscall.EEXIST || !opening[l.name] {
		return
	}
	for i, a := range args {
		if strings.HasPrefix(a, `"`) {
			f := im.named(t.absolute(im.dirOf(t, l.name, args[:max(i, 1)]), unquoted(a)))
			im.shows(f)
			im.place(t, f)
			return
		}
	}
}

// fileWord quotes a path that would not read back as one word.
func fileWord(p string) string {
	if strings.ContainsAny(p, " \t#'\"\\") || !printable(p) {
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
	return s != ""
}
