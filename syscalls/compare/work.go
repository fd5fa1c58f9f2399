package compare

import (
	"errors"
	"fmt"

	"golang.org/x/tools/txtar"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
)

// Want is one access of a file by a process.
type Want struct {
	PID   int
	Off   int64
	Len   int64
	Write bool
}

// Work is what a program wants of a file, whichever way it gets it.
type Work struct {
	Name    string // of the program
	File    script.FileSpec
	Wants   []Want
	Procs   int  // processes that take part
	Left    int  // accesses of other files, which are left out
	Written bool // some want is a write

	head  []string // the program's directives before its first statement
	files []txtar.File
}

// named is a backing that knows the file it shows.
type named interface{ Path() string }

// observer collects a program's wants while it runs.
type observer struct {
	model *model.Machine
	pos   map[uint64]int64 // the position of each descriptor
	by    map[string][]Want
	order []string
}

// Observe runs a program in the model and keeps what it wants of the file that it uses most. The error says where the
// program cannot run, or that it uses no file that .file has put there.
func Observe(prog *script.Program) (*Work, error) {
	m := model.New()
	r, err := run.NewRunner(prog, m, run.Options{})
	if err != nil {
		return nil, err
	}
	o := observer{m, map[uint64]int64{}, map[string][]Want{}, nil}
	for r.Next() {
		o.see(r.Result())
	}
	if r.Err() != nil {
		return nil, r.Err()
	}
	return o.work(prog)
}

// work picks the file.
func (o *observer) work(prog *script.Program) (*Work, error) {
	w := &Work{Name: prog.Name, Procs: 1, files: prog.Files}
	for i := range prog.Ops {
		d, ok := prog.Ops[i].Do.(*script.Directive)
		if !ok && prog.Ops[i].Do != nil {
			break
		}
		if ok && (d.File != nil || d.Name == "machine" || d.Name == "sysctl") {
			w.head = append(w.head, prog.Ops[i].String())
		}
		if ok && d.File != nil && len(o.by[d.File.Path]) > len(w.Wants) {
			w.File, w.Wants = *d.File, o.by[d.File.Path]
		}
	}
	if len(w.Wants) == 0 {
		return nil,
			errors.New("the program uses no file that a .file line has put there, so there is nothing to compare")
	}
	for _, path := range o.order {
		if path != w.File.Path {
			w.Left += len(o.by[path])
		}
	}
	for _, x := range w.Wants {
		w.Procs, w.Written = max(w.Procs, x.PID), w.Written || x.Write
		if x.Off+x.Len > w.File.Size {
			return nil, fmt.Errorf("the program goes beyond the end of %s; only what is in the file can be compared",
				w.File.Path)
		}
	}
	return w, nil
}

// see notes what one statement wanted.
func (o *observer) see(r *run.Result) {
	if len(r.Elems) > 0 {
		o.accesses(r)
		return
	}
	if r.Errno != 0 || r.Taken {
		return
	}
	fd, n := r.Args[0], int64(r.Value)
	switch r.Nr {
	case syscalls.SysPread64, syscalls.SysPwrite64:
		o.want(o.path(r.PID, fd), Want{r.PID, int64(r.Args[3]), n, r.Nr == syscalls.SysPwrite64})
	case syscalls.SysRead, syscalls.SysWrite:
		o.want(o.path(r.PID, fd), Want{r.PID, o.pos[fd], n, r.Nr == syscalls.SysWrite})
		o.pos[fd] += n
	case syscalls.SysLseek:
		o.pos[fd] = n
	case syscalls.SysOpenat, syscalls.SysOpen:
		o.pos[uint64(n)] = 0
	}
}

// accesses notes loads and stores of mapped files, those of one page together.
func (o *observer) accesses(r *run.Result) {
	p, ok := o.model.Kernel.Process(r.PID)
	if !ok {
		return
	}
	access, isAccess := r.Op.Do.(*script.Access)
	span := isAccess && access.Form == script.Span
	for i, e := range r.Elems {
		if span && i > 0 {
			return // the first counts for all of it
		}
		a := p.Space.Find(e.Addr)
		if e.Signal != nil || a == nil {
			continue
		}
		if f, ok := a.Backing.(named); ok {
			n := int64(1)
			if span {
				n = int64(len(r.Bytes))
			}
			o.want(f.Path(),
				Want{r.PID, a.IndexOf(e.Addr).FileOffset() + int64(e.Addr.Offset()), n, isAccess && access.Store})
		}
	}
}

func (o *observer) path(pid int, fd uint64) string {
	if p, ok := o.model.Kernel.Process(pid); ok {
		if m := p.FileOf(int(int32(fd))); m != nil {
			return m.Label
		}
	}
	return ""
}

// want adds an access; one that goes on in the page of the last is part of it.
func (o *observer) want(path string, w Want) {
	if path == "" || w.Len <= 0 {
		return
	}
	list := o.by[path]
	if list == nil {
		o.order = append(o.order, path)
	}
	if k := len(list) - 1; k >= 0 && list[k].PID == w.PID && list[k].Write == w.Write && w.Len == 1 &&
		list[k].Off+list[k].Len == w.Off && w.Off%vm.PageSize != 0 {
		list[k].Len++
		return
	}
	o.by[path] = append(list, w)
}
