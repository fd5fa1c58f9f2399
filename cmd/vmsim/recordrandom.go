package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"

	"vmsim/syscalls/difftest"
	"vmsim/syscalls/host"
	"vmsim/syscalls/script"
)

// recordRandom records random programs. They are made beside the model, as those of vmsim fuzz are, and so end where
// the first difference is: then the recording shows it.
func (a *app) recordRandom(f *flags) int {
	kinds, err := difftest.ParseKinds(f.set["random"])
	if err != nil {
		return a.fail(&usageError{"--random: " + err.Error(), "vmsim record --random anon"})
	}
	var n [3]uint64
	for i, name := range [...]string{"seed", "len", "programs"} {
		number := f.count
		if name == "seed" {
			number = f.number
		}
		if n[i], err = number(name); err != nil {
			return a.fail(err)
		}
	}
	if dir := f.set["out"]; dir != "" {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return a.fail(err)
		}
	}
	lab, done, err := newLab(difftest.Observed)
	if err != nil {
		return a.noKernel(err)
	}
	defer done()
	first, length, count := cmp.Or(n[0], 1), cmp.Or(n[1], 16), cmp.Or(n[2], 1)
	for _, kind := range kinds {
		for seed := first; seed < first+count; seed++ {
			r := difftest.Recipe{Kind: kind, Seed: seed, Len: int(length), Wide: difftest.Span(seed % 2)}
			if err := a.recordRecipe(lab, r, f.set["out"]); err != nil {
				fmt.Fprintf(a.err, "vmsim: %v cannot be recorded on this kernel: %v\n", r, err)
				return exitNoWay
			}
		}
	}
	return exitFine
}

// recordRecipe records one random program, into dir where there is one.
func (a *app) recordRecipe(lab *difftest.Lab, r difftest.Recipe, dir string) error {
	made, err := lab.Make(r)
	if err != nil {
		return err
	}
	text, err := lab.Kernel.(*host.Machine).Record(&script.Program{Name: r.Kind.String(), Ops: made.Ops})
	if err != nil {
		return err
	}
	text = fmt.Sprintf("# Random: vmsim fuzz %v --programs 1\n%s", r, text)
	if dir == "" {
		_, err = fmt.Fprint(a.out, text)
		return err
	}
	return os.WriteFile(filepath.Join(dir, fmt.Sprintf("%v-%02d.vms", r.Kind, r.Seed)), []byte(text), 0o644)
}
