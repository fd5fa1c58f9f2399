package main

import (
	"fmt"

	"vmsim/syscalls/difftest"
	"vmsim/syscalls/host"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
)

// newLab is the real kernel beside the model.
func newLab(kinds run.Kinds, machine ...script.Setting) (lab *difftest.Lab, done func(), err error) {
	m, err := host.New()
	if err != nil {
		return nil, nil, err
	}
	lab, err = difftest.NewLab(m, model.New(), machine...)
	if err != nil {
		m.Close()
		return nil, nil, err
	}
	lab.Kinds, lab.Release = kinds, host.Kernel()
	return lab, m.Close, nil
}

// kernels names both sides: this Linux, and the one that the model answers as.
func kernels() string {
	p := host.Profile()
	text := fmt.Sprintf("Linux %s and the model as %v", host.Kernel(), p)
	if err := host.Comparable(); err != nil {
		text += ": " + err.Error()
	}
	for _, s := range host.InTheWay() {
		text += fmt.Sprintf("; %s=%s of this kernel is left out of the model", s.Name, s.Here)
	}
	return text
}

// noKernel says that the real kernel cannot be asked here.
func (a *app) noKernel(err error) int {
	fmt.Fprintf(a.err,
		"vmsim: the real kernel cannot be asked here: %v\nWhat is missing, and what would give it: vmsim doctor\n", err)
	return exitNoWay
}

// evidence reads --evidence; asked is false where it is not given.
func (a *app) evidence(f *flags) (kinds run.Kinds, asked bool, err error) {
	if !f.has("evidence") {
		return difftest.Observed, false, nil
	}
	kinds, err = difftest.ParseEvidence(f.set["evidence"])
	if err != nil {
		return 0, true, &usageError{"--evidence: " + err.Error(), "vmsim " + f.of + " --evidence results,maps,faults"}
	}
	return kinds, true, nil
}

// allEvidence is what this machine can give of a program, but for what has to be asked for by name.
func allEvidence(list []host.Evidence) run.Kinds {
	kinds := difftest.Observed
	for _, e := range list {
		if k, err := difftest.ParseEvidence(e.Name); err == nil && e.Have && e.Named == "" && e.Name != "ext4" {
			kinds |= k
		}
	}
	return kinds
}
