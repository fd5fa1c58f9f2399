package main

import (
	"fmt"

	"vmsim/syscalls/difftest"
	"vmsim/syscalls/host"
	"vmsim/syscalls/script"
)

// newLab is the real kernel beside the model.
func newLab(kinds script.Kinds) (lab *difftest.Lab, done func(), err error) {
	m, err := host.New()
	if err != nil {
		return nil, nil, err
	}
	lab, err = difftest.NewLab(m, script.NewModel())
	if err != nil {
		m.Close()
		return nil, nil, err
	}
	lab.Kinds, lab.Release = kinds, host.Kernel()
	return lab, m.Close, nil
}

// noKernel says that the real kernel cannot be asked here.
func (a *app) noKernel(err error) int {
	fmt.Fprintf(a.err, "vmsim: the real kernel cannot be asked here: %v\nWhat is missing, and what would give it: vmsim doctor\n", err)
	return exitNoWay
}

// evidence reads --evidence; asked is false where it is not given.
func (a *app) evidence(f *flags) (kinds script.Kinds, asked bool, err error) {
	if !f.has("evidence") {
		return difftest.Observed, false, nil
	}
	kinds, err = difftest.ParseEvidence(f.set["evidence"])
	if err != nil {
		return 0, true, &usageError{"--evidence: " + err.Error(), "vmsim diff --evidence results,maps,faults FILE"}
	}
	return kinds, true, nil
}

// allEvidence is what this machine can give of a program and no other process changes. On which list of the old and the young
// a file's page is depends on what else went through the processor's batches, so page flags are for programs without files.
func allEvidence(prog *script.Program, list []host.Evidence) script.Kinds {
	kinds := difftest.Observed
	for _, e := range list {
		k, err := difftest.ParseEvidence(e.Name)
		switch {
		case err != nil || !e.Have:
		case k == difftest.KPageFlags && hasFiles(prog):
		case k&(difftest.Smaps|difftest.Pagemap|difftest.KPageFlags) != 0:
			kinds |= k
		}
	}
	return kinds
}

func hasFiles(prog *script.Program) bool {
	for _, op := range prog.Ops {
		switch do := op.Do.(type) {
		case *script.Directive:
			if do.File != nil {
				return true
			}
		case *script.Call:
			if do.Name == "open" || do.Name == "openat" || do.Name == "creat" || do.Name == "memfd_create" {
				return true
			}
		}
	}
	return len(prog.Files) > 0
}
