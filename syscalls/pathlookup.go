package syscalls

import (
	"strings"
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
)

// AtCWD stands for the working directory where a call takes the descriptor of one.
// Linux: AT_FDCWD (include/uapi/linux/fcntl.h).
const AtCWD = -100

// maxName is the longest name in a directory.
// Linux: NAME_MAX (include/uapi/linux/limits.h).
const maxName = 255

// place is where a path leads. The directory that its last name stands in exists; the last name itself may lead
// nowhere.
// Linux: struct nameidata (fs/namei.c).
type place struct {
	path string             // clean and whole
	file *pagecache.Mapping // nil where nothing has that name
	// the last name is . or .. or there is none: the place is a directory that has no name here
	dots  bool
	slash bool // a slash ends the path, so only a directory will do
}

func (at place) isDir() bool { return at.file != nil && at.file.Type() == pagecache.Directory }

// lookUp follows a path, from directory dirfd on where it is not absolute. There are no symbolic links.
// Linux: path_lookupat, link_path_walk (fs/namei.c).
func (p *Process) lookUp(dirfd int, path string) (at place, err error) {
	dir, err := p.startOf(dirfd, path)
	if err != nil {
		return at, err
	}
	words := strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
	at = place{path: dir, dots: true, slash: strings.HasSuffix(path, "/")}
	at.file, _ = p.kernel.files.directory(dir)
	for _, w := range words {
		if at, err = p.step(at, w); err != nil {
			return at, err
		}
	}
	at.slash = strings.HasSuffix(path, "/")
	return at, nil
}

// startOf is the directory that a path starts from.
// Linux: path_init (fs/namei.c).
func (p *Process) startOf(dirfd int, path string) (dir string, err error) {
	switch {
	case path == "":
		return "", p.refuse(syscall.ENOENT, "the path is empty")
	case path[0] == '/', dirfd == AtCWD:
		return "/", nil
	}
	d, err := p.rawDescriptor(dirfd)
	if err != nil {
		return "", err
	}
	if d.file.Mapping.Type() != pagecache.Directory {
		return "", p.refuse(syscall.ENOTDIR, "the path is relative, and the descriptor is not of a directory")
	}
	return d.file.Path(), nil
}

// step goes on from at by one name.
func (p *Process) step(at place, name string) (place, error) {
	switch {
	case at.file == nil:
		return at, p.refuse(syscall.ENOENT, "a directory of the path does not exist")
	case !at.isDir():
		return at, p.refuse(syscall.ENOTDIR, "a name in the middle of the path is not a directory")
	}
	switch name {
	case ".":
		return place{path: at.path, file: at.file, dots: true}, nil
	case "..":
		up := parent(at.path)
		dir, _ := p.kernel.files.directory(up)
		return place{path: up, file: dir, dots: true}, nil
	}
	if len(name) > maxName {
		return at, p.refuse(syscall.ENAMETOOLONG, "a name is longer than NAME_MAX")
	}
	next := place{path: strings.TrimSuffix(at.path, "/") + "/" + name}
	if dir, ok := p.kernel.files.directory(next.path); ok {
		next.file = dir
	} else {
		next.file = p.kernel.files.find(next.path)
	}
	return next, nil
}

// existing is lookUp for a call that wants something to be there.
func (p *Process) existing(dirfd int, path string) (place, error) {
	at, err := p.lookUp(dirfd, path)
	switch {
	case err != nil:
		return at, err
	case at.file == nil:
		return at, p.refuse(syscall.ENOENT, "no file has that name")
	case at.slash && !at.isDir():
		return at, p.refuse(syscall.ENOTDIR, "a slash ends the path, and it is not a directory's")
	}
	return at, nil
}

// pathAt is the path that the program has at a.
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
