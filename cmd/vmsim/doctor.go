package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"vmsim/syscalls/host"
	"vmsim/syscalls/plural"
)

var doctorCommand = command{
	name: "doctor", line: "what evidence this machine can give of what its kernel does, and what would give more",
	text: `vmsim diff, record and fuzz ask the kernel they run on. Exit code 4 where it cannot be asked at all. It
changes nothing: it removes the processes and file systems that it has made.`,
	examples: []string{"vmsim doctor"},
	flags: []flagHelp{
		{"--json", "the same as JSON"},
		{"--calibrate", "measure what calls, faults, copies and the disk cost here, and print it as a file for " +
			"vmsim compare --costs"},
	},
	run: (*app).doctor,
}

func (a *app) doctor(f *flags) int {
	if f.has("calibrate") {
		return a.calibrate()
	}
	list, settings := host.Examine(), host.Settings()
	code := exitFine
	if slices.ContainsFunc(list, func(e host.Evidence) bool { return e.Name == "results" && !e.Have }) {
		code = exitNoWay
	}
	if f.has("json") {
		_ = json.NewEncoder(a.out).Encode(struct {
			Evidence []host.Evidence `json:"evidence"`
			Settings []host.Setting  `json:"settings"`
		}{list, settings})
		return code
	}
	a.listEvidence(list)
	a.settings(settings)
	fmt.Fprintln(a.out, "\nNext: vmsim diff docs/examples/cow.vms")
	return code
}

// listEvidence prints a line for each kind of evidence: whether this machine can give it, and what is missing.
func (a *app) listEvidence(list []host.Evidence) {
	fmt.Fprintln(a.out, "Evidence that this machine can give:")
	for _, e := range list {
		mark := "yes"
		lines := wrap(e.What, evidenceWidth)
		if !e.Have {
			mark, lines = "no", append(lines, wrap(e.More, evidenceWidth)...)
		}
		if e.Named != "" {
			lines = append(lines, wrap("compared only where --evidence names it: "+e.Named, evidenceWidth)...)
		}
		fmt.Fprintf(a.out, "  %-3s %-11s %s", mark, e.Name, strings.TrimLeft(indent(lines, evidenceIndent), " "))
	}
}

// The evidence has a column of its own, within 80 columns.
const (
	evidenceWidth  = 62
	evidenceIndent = "                  "
)

// settings prints what this machine has, beside what the model takes it to be.
func (a *app) settings(list []host.Setting) {
	if len(list) > 0 {
		fmt.Fprintf(a.out, "\nWhat decides answers:      %-12s %s\n", "here", "the model")
	}
	stands := 0
	for _, s := range list {
		differs := ""
		switch {
		case s.InTheWay:
			differs = "   (in the way)\n" + strings.Repeat(" ", 27) + s.Fix
			stands++
		case s.Differs():
			differs = "   (differs)"
		}
		fmt.Fprintf(a.out, "  %-24s %-12s %s%s\n", s.Name, s.Here, s.Model, differs)
	}
	if stands > 0 {
		fmt.Fprintf(a.out, "\nThe model does not follow %s:\na difference that it causes is no mistake of the model.\n"+
			"The tests do not compare here, but with %s=1.\n",
			plural.Count(stands, "setting of this machine", "settings of this machine"), host.AnyKernel)
	}
}
