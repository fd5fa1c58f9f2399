package syscalls

import (
	"strings"
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
)

// AtCWD means the working directory, in place of a directory's descriptor.
// Linux: AT_FDCWD (include/uapi/linux/fcntl.h).
const AtCWD = -100

// maxName is the longest name in a directory.
// Linux: NAME_MAX (include/uapi/linux/limits.h).
const maxName = 255

// maxLinks is how many symbolic links one path may lead through.
// Linux: MAXSYMLINKS (include/linux/namei.h).
const maxLinks = 40

// place is the result of a path look-up. The directory of its last name exists; the name itself may not.
// Linux: struct nameidata (fs/namei.c).
type place struct {
	name *pagecache.Name // what is there; nil where the last name leads nowhere
	dir  *pagecache.Name // the directory of the last name
	last string          // the last name: . and .. for what they mean, empty where the path has none
	// slash says that the path ends with a slash, so it must be a directory.
	slash bool
}

// dots reports whether the last name is . or .. or there is none: the place is a directory that has no name there.
// Linux: LAST_NORM and the others (include/linux/namei.h).
func (at place) dots() bool { return at.last == "" || at.last == "." || at.last == ".." }

func (at place) isDir() bool { return at.name != nil && at.name.IsDir() }

// file is what is there; nil for nothing.
func (at place) file() *pagecache.Mapping {
	if at.name == nil {
		return nil
	}
	return at.name.File
}

// path is the whole path of the place.
func (at place) path() string {
	if at.name != nil {
		return at.name.Path()
	}
	return at.dir.NewName(at.last, nil).Path()
}

// walk is the state of a path look-up.
type walk struct {
	p     *Process
	links int // symbolic links that it has led through
}

// following says whether a symbolic link at the end of a path is followed.
type following bool

const (
	follow   following = true
	noFollow following = false
)

// lookUp follows a path, from directory dirfd on where it is not absolute.
// Linux: path_lookupat (fs/namei.c).
func (p *Process) lookUp(dirfd int, path string, f following) (at place, err error) {
	w := &walk{p: p}
	at, err = w.parentOf(dirfd, path)
	for err == nil {
		if err = w.resolve(&at); err != nil || !w.leads(at, f) {
			return at, err
		}
		at, err = w.through(at)
	}
	return at, err
}

// parentOf follows a path up to its last name.
// Linux: filename_parentat (fs/namei.c).
func (w *walk) parentOf(dirfd int, path string) (place, error) {
	dir, err := w.p.startOf(dirfd, path)
	if err != nil {
		return place{}, err
	}
	return w.toLast(dir, path)
}

// parentAt is parentOf for a call that reads its path itself.
func (p *Process) parentAt(dirfd int, path pathSource) (place, error) {
	name, err := path()
	if err != nil {
		return place{}, err
	}
	return (&walk{p: p}).parentOf(dirfd, name)
}

// startOf is the directory that a path starts from.
// Linux: path_init (fs/namei.c).
func (p *Process) startOf(dirfd int, path string) (dir *pagecache.Name, err error) {
	switch {
	case path == "":
		return nil, p.refuse(syscall.ENOENT, "the path is empty")
	case path[0] == '/':
		return p.kernel.files.root, nil
	case dirfd == AtCWD:
		return p.fs.cwd, nil
	}
	d, err := p.rawDescriptor(dirfd)
	if err != nil {
		return nil, err
	}
	if d.file.Mapping.Type() != pagecache.Directory {
		return nil, p.refuse(syscall.ENOTDIR, "the path is relative, and the descriptor is not of a directory")
	}
	return d.file.NameInDirectory(), nil
}

// toLast goes from dir along a path, up to its last name.
// Linux: link_path_walk (fs/namei.c).
func (w *walk) toLast(dir *pagecache.Name, path string) (at place, err error) {
	words := strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
	if len(words) == 0 {
		return place{dir: dir, name: dir, slash: true}, nil
	}
	for i, word := range words {
		if err := w.p.maySearch(dir); err != nil {
			return at, err
		}
		at = place{dir: dir, last: word}
		if i == len(words)-1 {
			break
		}
		if err := w.resolve(&at); err != nil {
			return at, err
		}
		for w.leads(at, follow) {
			if at, err = w.through(at); err != nil {
				return at, err
			}
			if err := w.resolve(&at); err != nil {
				return at, err
			}
		}
		switch {
		case at.name == nil:
			return at, w.p.refuse(syscall.ENOENT, "a directory of the path does not exist")
		case !at.isDir():
			return at, w.p.refuse(syscall.ENOTDIR, "a name in the middle of the path is not a directory")
		}
		dir = at.name
	}
	at.slash = strings.HasSuffix(path, "/")
	return at, nil
}

// maySearch refuses to look for names in a directory whose mode forbids it.
// Linux: may_lookup (fs/namei.c).
func (p *Process) maySearch(dir *pagecache.Name) error {
	if !p.permits(p.kernel.files.opened(dir).File, mayExec) {
		return p.refuse(syscall.EACCES, "a directory's mode forbids to look for names in it")
	}
	return nil
}

// resolve looks for the last name of a place.
// Linux: walk_component (fs/namei.c).
func (w *walk) resolve(at *place) error {
	switch {
	case at.last == "", at.last == ".":
		at.name = at.dir
	case at.last == "..":
		at.name = at.dir.Up()
	case len(at.last) > maxName:
		return w.p.refuse(syscall.ENAMETOOLONG, "a name is longer than NAME_MAX")
	default:
		at.name = at.dir.Find(at.last)
	}
	w.p.kernel.files.opened(at.name)
	return nil
}

// lastOf is resolve for a call that makes, moves or removes the name: it does not follow a link, and a directory that
// is removed has no names to change.
// Linux: lookup_one_qstr_excl (fs/namei.c).
func (p *Process) lastOf(at *place) error {
	if at.dir.Unlinked() {
		return p.refuse(syscall.ENOENT, "the directory is removed")
	}
	return (&walk{p: p}).resolve(at)
}

// leads reports whether a place is a symbolic link to be followed. A slash after its name makes it so.
func (w *walk) leads(at place, f following) bool {
	if at.name == nil || at.isDir() {
		return false
	}
	_, link := at.name.File.Target()
	return link && (bool(f) || at.slash)
}

// through follows a symbolic link, up to the last name of its target.
// Linux: pick_link (fs/namei.c).
func (w *walk) through(at place) (place, error) {
	if w.links++; w.links > maxLinks {
		return at, w.p.refuse(syscall.ELOOP, "the path leads through more than 40 symbolic links")
	}
	target, _ := at.name.File.Target()
	at.name.File.Followed()
	dir := at.dir
	if strings.HasPrefix(target, "/") {
		dir = w.p.kernel.files.root
	}
	to, err := w.toLast(dir, target)
	to.slash = to.slash || at.slash
	return to, err
}

// existing is lookUp that fails with ENOENT if nothing is there.
func (p *Process) existing(dirfd int, path string, f following) (place, error) {
	at, err := p.lookUp(dirfd, path, f)
	switch {
	case err != nil:
		return at, err
	case at.name == nil:
		return at, p.refuse(syscall.ENOENT, "no file has that name")
	case at.slash && !at.isDir():
		return at, p.refuse(syscall.ENOTDIR, "a slash ends the path, and it is not a directory's")
	}
	return at, nil
}

// existingAt is the file that a path names which is followed from the working directory.
func (p *Process) existingAt(path pathSource) (place, error) {
	name, err := path()
	if err != nil {
		return place{}, err
	}
	return p.existing(AtCWD, name, follow)
}

// pathAt reads the path at a.
// Linux: getname_flags (fs/namei.c).
func (p *Process) pathAt(a vm.Addr) (string, error) {
	path, err := p.stringAt(a, maxPath)
	switch {
	case err != nil:
		return "", err
	case len(path) == maxPath:
		return "", p.refuse(syscall.ENAMETOOLONG, "the path is longer than PATH_MAX")
	}
	return path, nil
}
