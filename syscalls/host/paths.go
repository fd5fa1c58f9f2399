//go:build linux && amd64

package host

import (
	"bytes"
	"path/filepath"
	"strings"

	"vmsim/syscalls"
	"vmsim/syscalls/binfmt"
	"vmsim/syscalls/leash"
	"vmsim/vm"
)

// paths translates between a program's paths and those of a tree that is a plain directory.
type paths struct {
	// what this process finds before every path of the program's; empty where the tree is mounted nowhere
	outside string
	shared  bool // puppets have the whole system's root, and the tree is where they work
}

// pathArg is an argument that is a path; dir is the one that says where it begins if it is not absolute, -1 for none.
type pathArg struct{ dir, path int }

// pathArgs are the paths of the calls that have any.
var pathArgs = map[syscalls.Number][]pathArg{
	syscalls.SysOpen: {{-1, 0}}, syscalls.SysCreat: {{-1, 0}}, syscalls.SysTruncate: {{-1, 0}},
	syscalls.SysUnlink: {{-1, 0}}, syscalls.SysAccess: {{-1, 0}}, syscalls.SysStat: {{-1, 0}},
	syscalls.SysLstat: {{-1, 0}}, syscalls.SysReadlink: {{-1, 0}}, syscalls.SysMkdir: {{-1, 0}},
	syscalls.SysRmdir: {{-1, 0}}, syscalls.SysChmod: {{-1, 0}}, syscalls.SysRename: {{-1, 0}, {-1, 1}},
	syscalls.SysLink: {{-1, 0}, {-1, 1}}, syscalls.SysSymlink: {{-1, 1}},
	syscalls.SysOpenat: {{0, 1}}, syscalls.SysUnlinkat: {{0, 1}}, syscalls.SysNewfstatat: {{0, 1}},
	syscalls.SysStatx: {{0, 1}}, syscalls.SysOpenat2: {{0, 1}}, syscalls.SysReadlinkat: {{0, 1}},
	syscalls.SysMkdirat: {{0, 1}}, syscalls.SysFchmodat: {{0, 1}}, syscalls.SysFaccessat: {{0, 1}},
	syscalls.SysFaccessat2: {{0, 1}}, syscalls.SysRenameat: {{0, 1}, {2, 3}}, syscalls.SysRenameat2: {{0, 1}, {2, 3}},
	syscalls.SysLinkat: {{0, 1}, {2, 3}}, syscalls.SysSymlinkat: {{1, 2}},
}

// throughRoot are the calls that would show a puppet that its root is the whole system's: its working directory,
// and links to absolute paths.
var throughRoot = map[syscalls.Number]bool{
	syscalls.SysChdir: true, syscalls.SysFchdir: true, syscalls.SysGetcwd: true, syscalls.SysSymlink: true,
	syscalls.SysSymlinkat: true,
}

// locksOut are the calls that might lock this process out of a tree that is its user's.
var locksOut = map[syscalls.Number]bool{
	syscalls.SysChmod: true, syscalls.SysFchmod: true, syscalls.SysFchmodat: true,
}

// maxPath is PATH_MAX.
const maxPath = 4096

// inward replaces a path by the one that it means where the puppet's working directory serves as its root. Nothing is
// written for it into the program's memory, where it would show: what is left of an absolute path without what it
// begins with is a path too, and for the root itself there is one in the image.
func (t paths) inward(c *Process, nr syscalls.Number, args *syscalls.Args) {
	if !t.shared {
		return
	}
	for _, q := range pathArgs[nr] {
		t.inwardOne(c, q, args)
	}
}

func (t paths) inwardOne(c *Process, q pathArg, args *syscalls.Args) {
	path, ok := c.text0(vm.Addr(args[q.path]))
	if !ok || path == "" {
		return
	}
	if path[0] == '/' && q.dir >= 0 {
		args[q.dir] = workingDir
	}
	if path[0] != '/' && q.dir >= 0 && args[q.dir] != workingDir {
		return // a directory that was opened before
	}
	rest := below(path)
	args[q.path] += uint64(len(path) - len(rest))
	if rest == "" {
		args[q.path] = uint64(c.p.at(binfmt.StubHere))
	}
}

// workingDir is AT_FDCWD as an argument.
const workingDir = 1<<64 - 100

// below is what is left of a path without what stays at the root, or would lead above it, at its beginning: one that
// climbs above the root further on is left as it is.
func below(path string) string {
	for {
		rest := strings.TrimLeft(path, "/")
		switch {
		case rest == "..":
			return ""
		case strings.HasPrefix(rest, "../"):
			rest = rest[2:]
		case strings.HasPrefix(rest, "./"):
			rest = rest[1:]
		}
		if rest == path {
			return path
		}
		path = rest
	}
}

// text0 is the string at a, up to its zero byte.
func (c *Process) text0(a vm.Addr) (string, bool) {
	var buf [maxPath]byte
	for n := 0; n < maxPath; {
		end := min(maxPath, n+int(vm.PageSize-(uint64(a)+uint64(n))%vm.PageSize))
		if c.Peek(a+vm.Addr(n), buf[n:end]) != nil {
			return "", false
		}
		if i := bytes.IndexByte(buf[n:end], 0); i >= 0 {
			return string(buf[:n+i]), true
		}
		n = end
	}
	return "", false
}

// outward is a text of maps with the program's paths in it.
func (t paths) outward(text []byte) string {
	if t.outside == "" {
		return string(text)
	}
	return strings.ReplaceAll(string(text), t.outside, "")
}

// plain makes the tree a directory in /dev/shm. Others may not look into it, though they could into the root of the
// tree, which has the mode that roots have.
func (t *tree) plain() (err error) {
	sweep(plainParent, leash.RemoveAll)
	name := claimName()
	if t.claim, err = newClaim(plainParent, name, leash.Removal, nil, 0o700); err != nil {
		return err
	}
	t.top = filepath.Join(plainParent, name)
	t.dir = filepath.Join(t.top, "root")
	if err := makeDir(t.dir, rootMode); err != nil {
		return err
	}
	return t.populate()
}

const plainParent = "/dev/shm"
