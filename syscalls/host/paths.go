//go:build linux && amd64

package host

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/vm"
)

// paths translates between a program's paths and those of a tree that is a plain directory.
type paths struct{ prefix string }

// pathArgs are the arguments that are paths.
var pathArgs = map[syscalls.Number]int{
	syscalls.SysOpen: 0, syscalls.SysCreat: 0, syscalls.SysTruncate: 0, syscalls.SysUnlink: 0, syscalls.SysAccess: 0,
	syscalls.SysStat: 0, syscalls.SysLstat: 0, syscalls.SysReadlink: 0,
	syscalls.SysOpenat: 1, syscalls.SysUnlinkat: 1, syscalls.SysNewfstatat: 1, syscalls.SysStatx: 1, syscalls.SysOpenat2: 1,
}

// atRewritten is where a rewritten path goes: the end of the scratch memory, which no program of the language uses up.
const atRewritten = script.ScratchAddr + script.ScratchSize - vm.PageSize

// maxPath is PATH_MAX.
const maxPath = 4096

// inward replaces an absolute path by the one that it means here.
func (t paths) inward(c *Process, nr syscalls.Number, args *syscalls.Args) error {
	i, ok := pathArgs[nr]
	if t.prefix == "" || !ok {
		return nil
	}
	path, ok := c.text0(vm.Addr(args[i]))
	if !ok || !strings.HasPrefix(path, "/") || len(t.prefix)+len(path) >= maxPath {
		return nil
	}
	if err := c.Poke(atRewritten, []byte(t.prefix+path+"\x00")); err != nil {
		return fmt.Errorf("no room for a path: %w", err)
	}
	args[i] = uint64(atRewritten)
	return nil
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
	if t.prefix == "" {
		return string(text)
	}
	return strings.ReplaceAll(string(text), t.prefix, "")
}

// plain makes the tree a directory in /dev/shm.
func (t *tree) plain() error {
	sweep()
	dir, err := os.MkdirTemp(plainParent, fmt.Sprintf("%s%d-", plainPrefix, os.Getpid()))
	if err != nil {
		return err
	}
	t.dir, t.rewrite = dir, dir
	t.unguard = startGuardian(`rm -rf -- "$0"`, t.dir, nil)
	return t.populate()
}

const (
	plainParent = "/dev/shm"
	plainPrefix = "vmsim-"
)

// sweep removes the directories of processes that were killed before they could do it themselves.
func sweep() {
	dirs, _ := filepath.Glob(filepath.Join(plainParent, plainPrefix+"*"))
	for _, d := range dirs {
		var pid int
		if _, err := fmt.Sscanf(filepath.Base(d), plainPrefix+"%d-", &pid); err != nil {
			continue
		}
		if _, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); os.IsNotExist(err) {
			_ = os.RemoveAll(d)
		}
	}
}
