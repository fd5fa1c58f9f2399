package run

import (
	"errors"
	"maps"
	"strings"
	"syscall"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
)

// openStandIn opens an empty file in the place of something outside the model.
func (r *Runner) openStandIn(s *step, p *proc, path string) error {
	place, err := r.placeOf(path)
	if err != nil {
		return err
	}
	flags := r.res.Args[s.pathArg()+1] & closeOnExec // that is all that matters
	if err := r.repath(s, p, s.pathArg(), place); err != nil {
		return err
	}
	args := r.res.Args
	args[s.pathArg()+1] = flags | 2
	ret, err := p.caller.Call(s.nr, args)
	if err != nil {
		if _, err = asErrno(err); err != nil {
			return err
		}
		return r.take(s, p)
	}
	p.outside[ret] = true
	r.answer(s, ret)
	r.res.Taken = true
	return nil
}

// placeOf is the path of the file that is opened in the place of another path. It is made where it is not there yet.
func (r *Runner) placeOf(path string) (string, error) {
	if place, known := r.standIns[path]; known {
		return place, nil
	}
	place := standInPath(path)
	if r.has(path) {
		return place, nil
	}
	err := r.m.AddFile(script.FileSpec{Path: place})
	if errors.Is(err, syscall.EISDIR) || errors.Is(err, syscall.ENOTDIR) {
		// The path is a directory's, or leads through one that was opened before and so has a file in its place.
		place, err = noName, r.addNoName()
	}
	if err != nil {
		return "", err
	}
	r.standsIn(path, place)
	return place, nil
}

// standsIn notes which file stands in for a path.
func (r *Runner) standsIn(path, place string) {
	if r.standIns == nil {
		r.standIns = map[string]string{}
	}
	r.standIns[path] = place
	if place != noName {
		r.standIns[place] = place
	}
}

// standInPath keeps the name of a device, where a mapping of it would show it. What else is outside the model may be a
// directory, and a file of its name would stand in the way of what lies in it.
func standInPath(path string) string {
	if script.OutsidePath(path) {
		return path
	}
	return noName
}

// newDescriptors are calls outside the model whose answer is a descriptor.
var newDescriptors = map[string]bool{
	"socket": true, "accept": true, "accept4": true, "epoll_create": true, "epoll_create1": true, "eventfd": true,
	"eventfd2": true, "timerfd_create": true, "signalfd": true, "signalfd4": true, "inotify_init": true,
	"inotify_init1": true, "pidfd_open": true, "perf_event_open": true, "userfaultfd": true,
	"fanotify_init": true, "io_uring_setup": true, "memfd_secret": true, "open_by_handle_at": true,
	"open_tree": true, "fsopen": true, "fsmount": true, "pidfd_getfd": true, "mq_open": true,
	"landlock_create_ruleset": true,
}

// newOutside opens stand-ins for the descriptors that a call outside the model has given.
func (r *Runner) newOutside(call *script.Call, p *proc) error {
	if !r.log || r.res.Errno != 0 || r.res.Unknown {
		return nil
	}
	switch {
	case newDescriptors[call.Name]:
		return r.standIn(p, r.res.Value, inheritanceOf(call))
	case call.Name == "pipe" || call.Name == "pipe2" || call.Name == "socketpair":
		for _, a := range call.Args {
			if c, ok := a.X.(script.Composite); ok && c.Open == '[' {
				return r.standInsFor(p, c, inheritanceOf(call))
			}
		}
	}
	return nil
}

// inheritanceOf is O_CLOEXEC where the call says that its descriptors end with the next execve.
func inheritanceOf(call *script.Call) uint64 {
	for _, a := range call.Args {
		if strings.Contains(a.X.String(), "_CLOEXEC") {
			return closeOnExec
		}
	}
	return 0
}

// closeOnExec is O_CLOEXEC.
const closeOnExec = 0o2000000

func (r *Runner) standInsFor(p *proc, c script.Composite, flags uint64) error {
	for _, f := range c.Items {
		fd, err := script.Eval(f.X, r.names)
		if err != nil {
			return nil // no numbers: nothing is known of them
		}
		if err := r.standIn(p, fd, flags); err != nil {
			return err
		}
	}
	return nil
}

const noName = "/outside-the-model"

// addNoName makes the file that descriptors without a path are open on.
func (r *Runner) addNoName() error {
	if r.has(noName) {
		return nil
	}
	if err := r.m.AddFile(script.FileSpec{Path: noName}); err != nil {
		return err
	}
	r.paths[noName] = true
	return nil
}

// standIn makes fd a descriptor of a file that is none. Only the lowest free number is given out; where the log's is
// another, it is outside all the same. flags are those that it is opened with.
func (r *Runner) standIn(p *proc, fd, flags uint64) error {
	p.outside[fd] = true
	if err := r.addNoName(); err != nil {
		return err
	}
	r.at = r.scratch
	a, err := r.put(p, script.Str{Val: noName}, 0)
	if err != nil {
		return err
	}
	_, err = p.caller.Call(syscalls.SysOpenat, syscalls.Args{^uint64(99), uint64(a), 2 | flags})
	if err != nil {
		_, err = asErrno(err)
	}
	return err
}

// trackDescriptors follows what a call has done to descriptors of things outside the model.
func (r *Runner) trackDescriptors(s *step, p *proc) error {
	if r.res.Errno != 0 {
		return nil
	}
	switch s.nr {
	case syscalls.SysClose:
		delete(p.outside, r.res.Args[0])
	case syscalls.SysDup, syscalls.SysDup2, syscalls.SysDup3:
		r.copyOutside(p, r.res.Args[0])
	case syscalls.SysFcntl:
		if duplicating(r.res.Args[1]) {
			r.copyOutside(p, r.res.Args[0])
		}
	case syscalls.SysOpen, syscalls.SysOpenat, syscalls.SysCreat, syscalls.SysOpenat2, syscalls.SysMemfdCreate:
		delete(p.outside, r.res.Value)
	case syscalls.SysFork, syscalls.SysVfork, syscalls.SysClone:
		return r.inherit(p, r.res.Value)
	}
	return nil
}

func (r *Runner) copyOutside(p *proc, from uint64) {
	if p.outside[from] {
		p.outside[r.res.Value] = true
	} else {
		delete(p.outside, r.res.Value)
	}
}

// inherit gives a child its parent's view of the descriptors.
func (r *Runner) inherit(p *proc, pid uint64) error {
	if pid == 0 || pid > script.MaxPID {
		return nil
	}
	child, err := r.process(&step{op: &script.Op{PID: int(pid)}})
	if err != nil {
		return nil // the machine may number it later; then it knows the standard ones only
	}
	// The child's first statement shows what fork left out of its areas.
	if r.scratches != nil {
		r.scratches[int(pid)] = r.scratch
	}
	child.text, child.maps, child.inherited = p.text, p.maps, p.maps != nil
	flags := syscalls.CloneFlags(0)
	if r.res.Nr == syscalls.SysClone {
		flags = syscalls.CloneFlags(r.res.Args[0])
	}
	r.joint = r.joint || flags&syscalls.CloneVM != 0 || r.res.Nr == syscalls.SysVfork
	if flags&syscalls.CloneFiles != 0 {
		child.outside = p.outside // they have one table of descriptors
		return nil
	}
	clear(child.outside)
	maps.Copy(child.outside, p.outside)
	return nil
}
