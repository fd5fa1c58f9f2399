package run

import (
	"errors"
	"path"
	"strings"
	"syscall"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/vm"
)

// A call outside the model, or on something outside it (a pipe, a terminal, procfs), takes the answer that the program
// records. Its descriptors must count all the same, since the next open gets the lowest free number: behind each is an
// empty file that the machine does have.

// take gives a call its answer in the program, and touches what the kernel has touched.
func (r *Runner) take(s *step, p *proc) error {
	r.res.Taken, r.res.Nr = true, s.nr
	call := s.op.Do.(*script.Call)
	if r.res.Outside == "" {
		r.res.Outside = call.Name + " is outside the model"
	}
	switch {
	case call.Want == nil || call.Want.Any:
		r.res.Unknown = true
	case call.Want.Errno != 0:
		r.res.Errno = call.Want.Errno
		r.answer(s, ^uint64(0))
	default:
		v, err := r.value(&s.hold.value)
		if err != nil {
			return err
		}
		r.answer(s, v)
	}
	if s.bind >= 0 && r.res.Unknown {
		r.slots[s.bind] = 0
	}
	if err := r.kernelTouches(s, p); err != nil {
		return err
	}
	if s.duplicates() && !r.res.Unknown && r.res.Errno == 0 {
		p.outside[r.res.Value] = true
	}
	return r.newOutside(call, p)
}

func (r *Runner) kernelTouches(s *step, p *proc) error {
	for _, k := range s.hold.kernel {
		kind := script.TouchKernelRead
		if k.write {
			kind = script.TouchKernelWrite
		}
		if _, err := r.touchAt(p, k.addr, kind); err != nil {
			return err
		}
	}
	return nil
}

// outsideObject answers for a call of the model on a descriptor of something outside it.
func (r *Runner) outsideObject(s *step, p *proc) (taken bool, err error) {
	if s.nr != syscalls.SysClose {
		r.res.Outside = "what the descriptor leads to is outside the model"
	}
	switch s.nr {
	case syscalls.SysClose, syscalls.SysDup, syscalls.SysDup2, syscalls.SysDup3, syscalls.SysMmap:
		return r.ownOutside(s, p)
	case syscalls.SysFcntl:
		if cmd := r.res.Args[1]; duplicating(cmd) || cmd == setDescriptorFlags {
			return r.ownOutside(s, p)
		}
	}
	if err := r.implied(s, p); err != nil {
		return true, err
	}
	return true, r.take(s, p)
}

// duplicating reports whether an fcntl makes a descriptor: F_DUPFD, F_DUPFD_CLOEXEC.
func duplicating(cmd uint64) bool { return cmd == 0 || cmd == 1030 }

// setDescriptorFlags is F_SETFD: whether the descriptor ends with execve.
const setDescriptorFlags = 2

// duplicates reports whether s, which is taken from the program, gives a descriptor that is another one's copy.
func (s *step) duplicates() bool {
	switch s.nr {
	case syscalls.SysDup, syscalls.SysDup2, syscalls.SysDup3:
		return true
	case syscalls.SysFcntl:
		args := s.op.Do.(*script.Call).Args
		if len(args) < 2 {
			return false
		}
		cmd, ok := constantValue(args[1].X)
		return ok && duplicating(cmd)
	}
	return false
}

// touchesOutside reports whether a descriptor among the arguments is of something outside the model.
func (r *Runner) touchesOutside(s *step, p *proc) bool {
	for i, q := range s.row.Params {
		if q.IsFD() && p.outside[r.res.Args[i]] {
			return s.nr != syscalls.SysMmap || r.res.Args[3]&0x20 == 0
		}
	}
	return false
}

// ownOutside runs a call on a descriptor whose stand-in the machine may have; where it has none, the record answers.
func (r *Runner) ownOutside(s *step, p *proc) (taken bool, err error) {
	ret, cerr := p.caller.Call(s.nr, r.res.Args)
	if cerr == nil {
		r.answer(s, ret)
		return true, r.trackDescriptors(s, p)
	}
	n, err := asErrno(cerr)
	if err != nil {
		return true, err
	}
	if n == 9 && s.op.Do.(*script.Call).Want != nil { // EBADF: a standard descriptor that the machine does not have
		delete(p.outside, r.res.Args[0])
		return true, r.take(s, p)
	}
	r.res.Errno = n
	r.answer(s, ^uint64(0))
	return true, nil
}

// implied touches the memory that a read or write on something outside the model has moved bytes from or to. A
// recording says itself what was touched.
func (r *Runner) implied(s *step, p *proc) error {
	want := s.op.Do.(*script.Call).Want
	if r.recorded || want == nil || want.Any || want.Errno != 0 || s.scratch || s.kind == stepMade {
		return nil
	}
	kind, touches := bufferTouches[s.nr]
	if !touches {
		return nil
	}
	n, err := r.value(&s.hold.value)
	if err != nil || n > 1<<30 {
		return err
	}
	for a := vm.Addr(r.res.Args[1]); a < vm.Addr(r.res.Args[1]+n); a = a.Floor() + vm.PageSize {
		if _, err := r.touchAt(p, a, kind); err != nil {
			return err
		}
	}
	return nil
}

// bufferTouches is how the kernel touches the buffer of a call that moves bytes.
var bufferTouches = map[syscalls.Number]script.TouchKind{
	syscalls.SysRead: script.TouchKernelWrite, syscalls.SysPread64: script.TouchKernelWrite,
	syscalls.SysRecvfrom: script.TouchKernelWrite,
	syscalls.SysWrite:    script.TouchKernelRead, syscalls.SysPwrite64: script.TouchKernelRead,
	syscalls.SysSendto: script.TouchKernelRead,
}

// outsidePath finds the file that a path means, and answers for one outside the model. done means it has.
func (r *Runner) outsidePath(s *step, p *proc, call *script.Call) (done bool, err error) {
	at := s.pathArg()
	if at < 0 || at >= len(call.Args) {
		return false, nil
	}
	str, ok := call.Args[at].X.(script.Str)
	if !ok || str.Times != nil || s.row.Scope == script.Modelled && !s.opens() {
		return false, nil
	}
	name, want := str.Val, call.Want
	missing := want != nil && want.Errno == syscall.ENOENT // then the path means none of the files that are known
	if !missing && (s.fromCWD(r.res.Args) || strings.HasPrefix(name, "/")) {
		name = r.resolve(name)
	}
	if dirs, ok := r.m.(DirMaker); ok && r.foreign && !r.recorded && s.opens() && r.creates(s) &&
		(call.Want == nil || call.Want.Errno == 0) {
		if err := dirs.MakeDir(parentOf(name)); err != nil && !errors.Is(err, syscall.ENOTDIR) {
			return false, err // with a file in the way, the call itself says ENOTDIR
		}
	}
	if r.comp.lacks(name) {
		r.res.Outside = name + " is a device, whose file an ordinary user cannot make"
		return true, r.take(s, p)
	}
	held := want != nil && !want.Any
	// Neither the kernel's own file systems nor others of the machine make files as the model's does.
	elsewhere := held && (script.OutsidePath(name) || r.foreign && want.Errno != 0 && !missing && !r.has(name))
	if r.has(name) || s.opens() && r.creates(s) && !elsewhere {
		if name != str.Val {
			err = r.repath(s, p, at, name)
		}
		if s.opens() {
			r.paths[name] = true
		}
		return false, err
	}
	if !r.foreign && !script.OutsidePath(name) || !held || r.foreign && missing {
		return false, nil
	}
	r.res.Outside = name + " is outside the model"
	if !s.opens() || want.Errno != 0 {
		return true, r.take(s, p)
	}
	return true, r.openStandIn(s, p, name)
}

// aboutNames are the calls on names, which in a log take its answer: a log does not show what symbolic links and
// directories there were, and the importer follows which file has which name.
var aboutNames = map[syscalls.Number]bool{syscalls.SysAccess: true, syscalls.SysFaccessat: true,
	syscalls.SysFaccessat2: true, syscalls.SysReadlink: true, syscalls.SysReadlinkat: true, syscalls.SysGetcwd: true,
	syscalls.SysChdir: true, syscalls.SysFchdir: true, syscalls.SysMkdir: true, syscalls.SysMkdirat: true,
	syscalls.SysRmdir: true, syscalls.SysRename: true, syscalls.SysRenameat: true, syscalls.SysRenameat2: true,
	syscalls.SysLink: true, syscalls.SysLinkat: true, syscalls.SysSymlink: true, syscalls.SysSymlinkat: true,
	syscalls.SysChmod: true, syscalls.SysFchmod: true, syscalls.SysFchmodat: true,
	// and those on pipes: which of several processes runs when a pipe fills up or empties is not in the log
	syscalls.SysPipe: true, syscalls.SysPipe2: true, syscalls.SysSocketpair: true,
	syscalls.SysTee: true, syscalls.SysVmsplice: true,
	// and a userfaultfd, whose faults another thread handles
	syscalls.SysUserfaultfd: true,

	// and execve, behind which the importer puts the new image
	syscalls.SysExecve: true,

	syscalls.SysIoctl: true, syscalls.SysWait4: true, syscalls.SysWaitid: true}

// fromCWD reports whether a relative path of the call begins at the working directory.
func (s *step) fromCWD(args syscalls.Args) bool {
	for i, q := range s.row.Params {
		if q.IsDir() && int32(args[i]) != syscalls.AtCWD {
			return false
		}
	}
	return true
}

// parentOf is the directory of a path's last name.
func parentOf(p string) string { return path.Dir(path.Clean("/" + p)) }

// pathArg is which argument is the path, -1 for none. A symbolic link's target is not followed.
func (s *step) pathArg() int {
	for i, q := range s.row.Params {
		if q.Name == "target" {
			continue
		}
		if q.Kind == script.PathParam && s.nr != syscalls.SysMemfdCreate {
			return i
		}
	}
	return -1
}

func (s *step) opens() bool {
	return s.nr == syscalls.SysOpen || s.nr == syscalls.SysOpenat || s.nr == syscalls.SysCreat ||
		s.nr == syscalls.SysOpenat2
}

func (r *Runner) creates(s *step) bool {
	flags := map[syscalls.Number]uint64{syscalls.SysOpen: r.res.Args[1], syscalls.SysOpenat: r.res.Args[2]}[s.nr]
	return s.nr == syscalls.SysCreat || flags&0o100 != 0
}

// has reports whether the machine has the path, and not just a stand-in for it.
func (r *Runner) has(name string) bool {
	if _, ok := r.standIns[name]; ok {
		return false
	}
	if k, ok := r.m.(FileKnower); ok && r.log {
		return k.HasFile(name) || k.HasFile(path.Clean(name)) // r.paths still has what the log has removed
	} else if ok && (k.HasFile(name) || k.HasFile(path.Clean(name))) {
		return true
	}
	return r.paths[name]
}

// resolve is the file that a path of a log means: symbolic links are not in the log, but /lib is one to /usr/lib, and a
// library's short name is one to its full one.
func (r *Runner) resolve(path string) string {
	if !r.log || r.has(path) {
		return path
	}
	for _, try := range []string{path, "/usr" + path} {
		if f := r.installed(try); f != "" {
			return f
		}
	}
	if path != "" && !strings.HasPrefix(path, "/") {
		for _, f := range r.files {
			if strings.HasSuffix(f, "/"+strings.TrimPrefix(path, "./")) {
				return f
			}
		}
	}
	return path
}

// installed is the file of that name, or of a library of that name with a version behind it; empty for none.
func (r *Runner) installed(path string) string {
	if r.has(path) {
		return path
	}
	for _, f := range r.files {
		if strings.Contains(path, ".so") && strings.HasPrefix(f, path+".") {
			return f
		}
	}
	return ""
}

// repath lets the call see another path than the program's.
func (r *Runner) repath(s *step, p *proc, arg int, path string) error {
	a, err := r.put(p, script.Str{Val: path}, 0)
	r.res.Args[arg] = uint64(a)
	return err
}
