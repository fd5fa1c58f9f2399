package difftest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
)

// fixed is a machine that is what it is: some of what a program asks of its machine it cannot do.
type fixed interface {
	Refuses(script.Directive) error // nil for a directive that it follows
	DiskRoom() uint64               // how many bytes of files its disk holds at least
}

// unfollowed are the settings of .machine that a fixed machine does not take on. Where one changes no answer of a
// program, that does not matter.
var unfollowed = []string{"ram", "swap", "memcg", "memcg_high", "reclaim", "disk_size", "anon_names", "soft_dirty",
	"pkeys", "ksm", "vsyscall", "lru_gen", "zero_page", "memory_failure", "erms", "xsave", "limits", "dac_override",
	"fsetid", "ipc_lock", "sys_nice", "sys_rawio", "sys_resource"}

// refuse is why a program cannot be compared: it asks for what the kernel's side does not do. Nothing has run on that
// side then.
func (l *Lab) refuse(prog *script.Program) error {
	k, ok := l.Kernel.(fixed)
	if !ok {
		return nil
	}
	ops, _ := runnable(prog)
	head, rest := setup(ops)
	not, err := leftOut(k, head.Ops)
	if err != nil {
		return err
	}
	if err := errors.Join(endless(ops), ownPolicy(head.Ops)); err != nil {
		return err
	}
	for i := range rest {
		switch do := rest[i].Do.(type) {
		case *script.Directive:
			if err := k.Refuses(*do); err != nil {
				return fmt.Errorf("line %d: %w", rest[i].Line, err)
			}
		case *script.Call:
			if err := handled(k, do); err != nil {
				return fmt.Errorf("line %d: %w", rest[i].Line, err)
			}
		case *script.Layout:
			return fmt.Errorf("line %d: a real machine cannot replace the image of a process", rest[i].Line)
		}
	}
	for _, v := range variants(head.Ops, not, k.DiskRoom()) {
		if err := l.decides(head.Ops, v, rest); err != nil {
			return err
		}
	}
	return nil
}

// handled is why a call cannot be compared: it makes a userfaultfd, and the kernel was built without that.
func handled(k fixed, call *script.Call) error {
	h, ok := k.(interface{ CanHandleFaults() error })
	if !ok || call.Name != "userfaultfd" {
		return nil
	}
	return h.CanHandleFaults()
}

// endless is why a program must not run on a real kernel: where a child has huge pages of a pool at another address
// than its parent, a store of the parent's for which the pool has no page never ends, and the process cannot be killed.
// Linux: unmap_ref_private (mm/hugetlb.c).
func endless(ops []script.Op) error {
	if !sets(ops, "vm.nr_hugepages") {
		return nil
	}
	forked := false
	for i := range ops {
		call, ok := ops[i].Do.(*script.Call)
		switch {
		case !ok:
		case call.Name == "fork", call.Name == "vfork", strings.HasPrefix(call.Name, "clone"):
			forked = true
		case call.Name == "mremap" && forked:
			return fmt.Errorf("line %d: mremap after fork, in a program that sets vm.nr_hugepages: a store of the "+
				"parent's may then loop in the kernel for good, so it does not run there (vmsim run runs it in the "+
				"model)", ops[i].Line)
		}
	}
	return nil
}

// ownPolicy is why a program for another policy of reclaim than Linux's is not compared, whether memory gets short in
// it or not.
func ownPolicy(head []script.Op) error {
	for i := range head {
		d, ok := head[i].Do.(*script.Directive)
		if !ok {
			continue
		}
		if name, ok := script.ValueOf(d.Settings, "reclaim"); ok && name != "linux" {
			return fmt.Errorf("line %d: .machine reclaim=%s: the kernel's side reclaims as Linux does (vmsim run "+
				"runs it in the model)", head[i].Line, name)
		}
	}
	return nil
}

// limiting is a fixed machine that may be able to have programs in a control group with a limit, and to give that a
// swap area.
type limiting interface {
	CanLimit() error
	CanSwap() error
}

// leftOut are the settings that the machine does not take on. The error is that it cannot give programs their limit, or
// their swap area.
func leftOut(k fixed, head []script.Op) ([]string, error) {
	l, ok := k.(limiting)
	if !ok || !limited(head) {
		return unfollowed, nil
	}
	if err := l.CanLimit(); err != nil {
		return nil, fmt.Errorf(".machine memcg=: %w", err)
	}
	if sets(head, "swap") {
		if slices.ContainsFunc(head, makesFile) {
			return nil, errors.New(".machine swap=: what is reclaimed first of a program's files and of its own " +
				"memory was not compared; the kernel's side runs programs without .file lines")
		}
		if err := l.CanSwap(); err != nil {
			return nil, fmt.Errorf(".machine swap=: %w", err)
		}
	}
	return slices.DeleteFunc(slices.Clone(unfollowed),
		func(name string) bool { return name == "memcg" || name == "swap" }), nil
}

// makesFile reports whether an operation puts a file on the machine.
func makesFile(op script.Op) bool {
	d, ok := op.Do.(*script.Directive)
	return ok && d.File != nil
}

// variant is a program's head with one setting as the kernel's side has it.
type variant struct {
	setting, here string
	head          []script.Op
}

// variants are the heads with one of the unfollowed settings left out each, so that what the Lab knows of the kernel's
// side counts. The disk of that side ends somewhere also where nothing is said.
func variants(head []script.Op, not []string, room uint64) (out []variant) {
	onDisk, disk := false, "1T"
	for i := range head {
		d, ok := head[i].Do.(*script.Directive)
		if !ok || d.Name != "machine" {
			continue
		}
		for _, s := range d.Settings {
			onDisk = s.Name == "fs" && s.Value == string(syscalls.Ext4) || onDisk && s.Name != "fs"
			switch {
			case s.Name == "disk_size":
				disk = s.Value
			case s.Name == "ram":
				v := variant{setting: s.Name + "=" + s.Value, head: without(head, s.Name)}
				if n, err := script.ParseSize(s.Value); err == nil { // the kernel's side does follow that
					share := script.Setting{Name: "tmpfs_size", Value: fmt.Sprint(syscalls.TmpfsShare(n))}
					v.head = append(directive("machine", []script.Setting{share}), v.head...)
				}
				out = append(out, v)
			case slices.Contains(not, s.Name):
				out = append(out, variant{setting: s.Name + "=" + s.Value, head: without(head, s.Name)})
			}
		}
	}
	if onDisk {
		v := variant{setting: "disk_size=" + disk, here: fmt.Sprintf("a disk with room for %dM", room>>20)}
		own := directive("machine", []script.Setting{{Name: "disk_size", Value: fmt.Sprint(room)}})
		v.head = append(without(head, "disk_size"), own...)
		out = append(out, v)
	}
	return out
}

// without is a head without a setting.
func without(head []script.Op, name string) []script.Op {
	out := slices.Clone(head)
	for i := range out {
		if d, ok := out[i].Do.(*script.Directive); ok && d.Name == "machine" {
			next := *d
			next.Settings = slices.DeleteFunc(slices.Clone(d.Settings),
				func(s script.Setting) bool { return s.Name == name })
			out[i].Do = &next
		}
	}
	return out
}

// decides runs a program on the model twice: unchanged, and with what the kernel's side has. The error names the first
// statement that answers otherwise.
func (l *Lab) decides(head []script.Op, v variant, rest []script.Op) error {
	own, err := l.answers(head, rest)
	if err != nil {
		return nil // the comparison reports it
	}
	here, err := l.answers(v.head, rest)
	if err != nil {
		return nil
	}
	i := 0
	for i < len(own) && i < len(here) && own[i] == here[i] {
		i++
	}
	if i == len(own) && i == len(here) {
		return nil
	}
	return v.decidesAt(i, rest, l.kinds())
}

// decidesAt says that the setting decides the answer of the statement at i, or what is looked at after the last.
func (v variant) decidesAt(i int, rest []script.Op, kinds run.Kinds) error {
	what := "the answer of the program"
	switch {
	case i < len(rest):
		what = fmt.Sprintf("the answer of line %d, %s", rest[i].Line, rest[i].Head())
	case kinds&Smaps != 0:
		what = "what smaps shows in the end"
	}
	text := fmt.Sprintf("%s decides %s", v.setting, what)
	if v.here != "" {
		return errors.New(text + "; the kernel's side has " + v.here)
	}
	return errors.New(text + "; the kernel's side does not follow that setting")
}

// answers are what the model answers to each statement, and what /proc shows of its processes at the end where that is
// compared.
func (l *Lab) answers(head, rest []script.Op) (out []string, err error) {
	kinds := Observed | run.Trace
	s, err := newSide(laidOut(script.Program{Ops: l.head(head)}, l.layout), l.Model, kinds)
	if err != nil {
		return nil, err
	}
	for i := range rest {
		if _, ok := l.Model.Process(rest[i].PID); rest[i].PID > 0 && !ok {
			continue
		}
		if _, err := s.do(&rest[i]); err != nil {
			return append(out, err.Error()), nil
		}
		out = append(out, textOf(s.run, &rest[i], run.Style{Show: kinds, PIDs: true}))
	}
	if l.kinds()&Smaps != 0 {
		out = append(out, shownAtEnd(l.Model))
	}
	return out, nil
}

// mostShown is how many processes of a program are looked at in the end.
const mostShown = 64

// shownAtEnd is what smaps shows of a machine's processes.
func shownAtEnd(m run.Machine) string {
	var b strings.Builder
	for pid := range mostShown {
		if v := viewer(m, pid); v != nil {
			text, err := v.ProcFile("smaps")
			fmt.Fprintln(&b, text, err)
		}
	}
	return b.String()
}
