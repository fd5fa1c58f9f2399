package run

import (
	"slices"
	"strings"

	"golang.org/x/tools/txtar"

	"vmsim/syscalls/script"
	"vmsim/vm"
)

// noteKinds are the kinds of all observations in the program.
func noteKinds(prog *script.Program) (k Kinds) {
	for i := range prog.Ops {
		for _, n := range prog.Ops[i].Notes {
			k |= kindOfNote[n.Word]
		}
	}
	return k
}

// Head is what the program says before its first statement, as a run prints it: with what the run prints after it, it
// is a program that passes a test. A recording's own words are left out, since what a run prints is none.
func (r *Runner) Head() string {
	var b strings.Builder
	if r.log {
		b.WriteString("# Imported from " + script.Visible(r.source()) + ".\n")
	}
	for i, skip := range r.skip {
		if op := &r.prog.Ops[i]; skip || op.Do == nil && !ofALog(op.Comment) {
			b.WriteString(op.String() + r.startsDirty(op) + "\n")
		}
	}
	return b.String()
}

// source is what the program was imported from, as its head says; else its own name.
func (r *Runner) source() string {
	for i := range r.prog.Ops {
		if from, ok := strings.CutPrefix(r.prog.Ops[i].Comment, "# Imported from "); ok && r.prog.Ops[i].Do == nil {
			return strings.TrimSuffix(from, ".")
		}
	}
	return r.prog.Name
}

// startsDirty is a remark on a file of a disk whose pages have not reached it; empty for any other line.
func (r *Runner) startsDirty(op *script.Op) string {
	d, ok := op.Do.(*script.Directive)
	if !ok || d.File == nil || d.File.Cold || d.File.Cached || op.Comment != "" || !r.onDisk() {
		return ""
	}
	return "  # its pages are cached and dirty; with cold they are on the disk alone"
}

// onDisk reports whether a line at the program's head puts its files on a disk.
func (r *Runner) onDisk() bool {
	for i := range r.skip {
		d, ok := r.prog.Ops[i].Do.(*script.Directive)
		if ok && slices.Contains(d.Settings, script.Setting{Name: "fs", Value: "ext4"}) {
			return true
		}
	}
	return false
}

// ofALog reports whether a comment makes the program a recording or a log.
func ofALog(comment string) bool {
	comment = strings.ToLower(comment)
	return strings.Contains(comment, "recorded on ") || strings.Contains(comment, "imported from ")
}

// Tail is the sections at the program's end.
func (r *Runner) Tail() string { return string(txtar.Format(&txtar.Archive{Files: r.prog.Files})) }

// config gathers the directives before the first statement; skip marks the operations that are done with it.
func (r *Runner) config() (cfg Config, skip []bool) {
	ops := r.prog.Ops
	skip = make([]bool, len(ops))
	r.scratch = script.ScratchAddr
	for i := range ops {
		d, isDirective := ops[i].Do.(*script.Directive)
		l, isLayout := ops[i].Do.(*script.Layout)
		switch {
		case ops[i].Do == nil:
			continue
		case isLayout && cfg.Layout == nil:
			cfg.Layout = r.withScratch(l)
		case isDirective && (d.Name == "machine" || d.Name == "sysctl"):
			cfg.Settings = append(cfg.Settings, d.Settings...)
		case isDirective && d.Name == "exec" && cfg.Layout == nil:
			cfg.Layout = r.layoutOf(d.Args[0])
		case isDirective && d.Name == "file":
			cfg.Files = append(cfg.Files, r.fileSpec(d))
		default:
			return r.addSections(cfg), skip[:i]
		}
		skip[i] = true
	}
	return r.addSections(cfg), skip
}

// addSections adds the files that have a section but no .file line.
func (r *Runner) addSections(cfg Config) Config {
	for _, f := range r.prog.Files {
		path := "/" + strings.TrimPrefix(f.Name, "/")
		if !declares(r.prog, path) {
			r.know(path)
			cfg.Files = append(cfg.Files, script.FileSpec{Path: path, Size: int64(len(f.Data)), Content: f.Data})
		}
	}
	return cfg
}

func declares(prog *script.Program, path string) bool {
	for i := range prog.Ops {
		if d, ok := prog.Ops[i].Do.(*script.Directive); ok && d.File != nil && d.File.Path == path {
			return true
		}
	}
	return false
}

// fileSpec is the file of a .file line with its content, and makes its path known.
func (r *Runner) fileSpec(d *script.Directive) script.FileSpec {
	f := *d.File
	if data, ok := r.prog.Section(f.Path); ok {
		f.Content = slices.Clone(data)
	}
	r.know(f.Path)
	return f
}

func (r *Runner) know(path string) {
	if !r.paths[path] {
		r.paths[path] = true
		r.files = append(r.files, path)
	}
}

// lowScratch is where scratch goes when a program's own image lies at ScratchAddr and its stack at the end of the
// address space: below anything that a linker places.
const lowScratch vm.Addr = 0x10000

// aboveStack is how far above the stack scratch lies: room for what the kernel may put there.
const aboveStack vm.Addr = 1 << 20

// withScratch is the layout with the scratch area in it.
func (r *Runner) withScratch(l *script.Layout) *script.Layout {
	for _, a := range l.Areas {
		if a.Start <= script.ScratchAddr && a.End >= script.ScratchAddr+script.ScratchSize && holdsData(a) {
			r.scratch = script.ScratchAddr
			return l
		}
	}
	r.scratch = freeScratch(l)
	if r.scratch == 0 {
		return l
	}
	out := *l
	area := script.Area{Start: r.scratch, End: r.scratch + script.ScratchSize, Perm: "rw-p"}
	at, _ := slices.BinarySearchFunc(l.Areas, area, func(a, b script.Area) int { return int(int64(a.Start - b.Start)) })
	out.Areas = slices.Insert(slices.Clone(l.Areas), at, area)
	return &out
}

// holdsData reports whether the area is a program's memory of no file. Before 6.7, maps calls zeroed data [heap] where
// the heap follows it.
func holdsData(a script.Area) bool { return a.Name == "" || a.Name == "[heap]" }

// freeScratch is a place for scratch: above the stack, where programs hardly ever ask for memory, else its own, else
// the lowest that is free; 0 where the layout leaves none.
func freeScratch(l *script.Layout) vm.Addr {
	for _, a := range l.Areas {
		if at := a.End + aboveStack; a.Name == "[stack]" && at+script.ScratchSize < vm.TaskSize && isFree(l, at) {
			return at
		}
	}
	for _, at := range []vm.Addr{script.ScratchAddr, lowScratch} {
		if isFree(l, at) {
			return at
		}
	}
	for _, a := range l.Areas {
		if a.End >= lowScratch && a.End+script.ScratchSize <= vm.TaskSize && isFree(l, a.End) {
			return a.End
		}
	}
	return 0
}

func isFree(l *script.Layout, at vm.Addr) bool {
	return !slices.ContainsFunc(l.Areas, func(a script.Area) bool {
		return a.Start < at+script.ScratchSize &&
			at < a.End
	})
}
