package run

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"vmsim/syscalls/binfmt"
	"vmsim/syscalls/script"
)

// stackLimit is RLIMIT_STACK of a process that starts.
const stackLimit = 8 << 20

// layoutOf is the layout that execve makes of a program of the machine that this runs on, with the interpreter that it
// names. What cannot be read stops the run before its first statement.
func (r *Runner) layoutOf(path string) *script.Layout {
	l, err := programLayout(path)
	if err != nil {
		r.unread = fmt.Errorf(".exec %s: %w", path, err)
		return nil
	}
	return r.withScratch(l)
}

// programLayout is the layout that execve makes of the ELF file at path.
func programLayout(path string) (*script.Layout, error) {
	program, err := openImage(path)
	if err != nil {
		return nil, err
	}
	var interpreter *binfmt.Image
	if program.Interpreter != "" {
		if interpreter, err = openImage(program.Interpreter); err != nil {
			return nil, err
		}
	}
	laid, err := binfmt.LayOut(program, interpreter, stackLimit, binfmt.Kernel{Clocks: true})
	if err != nil {
		return nil, err
	}
	return layoutOf(laid), nil
}

// layoutOf is a program that has been laid out, as .layout has it.
func layoutOf(laid *binfmt.Layout) *script.Layout {
	l := &script.Layout{Brk: laid.Break, Present: laid.Touched()}
	for _, a := range laid.Areas {
		l.Areas = append(l.Areas, script.Area{Start: a.Start, End: a.End, Perm: a.Flags.Permissions(), Offset: a.Offset,
			Name: a.Name})
	}
	slices.SortFunc(l.Areas, func(a, b script.Area) int { return cmp.Compare(a.Start, b.Start) })
	return l
}

// openImage reads the headers of the file that path leads to; maps shows it by the name without symbolic links.
func openImage(path string) (*binfmt.Image, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(real); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", real)
	}
	f, err := os.Open(real)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return binfmt.Read(real, f)
}
