package main

import (
	"encoding/json"
	"fmt"

	"vmsim/syscalls/host"
)

var doctorCommand = command{
	name: "doctor", line: "what evidence this machine can give of what its kernel does, and what would give more",
	text: `vmsim diff, record and fuzz ask the kernel they run on. Exit code 4 where it cannot be asked at all. It changes nothing: the
processes and file systems that it tries are gone when it ends.`,
	examples: []string{"vmsim doctor"},
	flags:    []flagHelp{{"--json", "the same as JSON"}},
	run:      (*app).doctor,
}

func (a *app) doctor(f *flags) int {
	list, settings := host.Examine(), host.Settings()
	code := exitFine
	for _, e := range list {
		if e.Name == "results" && !e.Have {
			code = exitNoWay
		}
	}
	if f.has("json") {
		_ = json.NewEncoder(a.out).Encode(struct {
			Evidence []host.Evidence `json:"evidence"`
			Settings []host.Setting  `json:"settings"`
		}{list, settings})
		return code
	}
	fmt.Fprintln(a.out, "Evidence that this machine can give:")
	for _, e := range list {
		mark, text := "yes", e.What
		if !e.Have {
			mark, text = "no", e.What+"\n                  "+e.More
		}
		if e.Named != "" {
			text += "\n                  compared only where --evidence names it: " + e.Named
		}
		fmt.Fprintf(a.out, "  %-3s %-11s %s\n", mark, e.Name, text)
	}
	if len(settings) > 0 {
		fmt.Fprintf(a.out, "\nWhat decides answers:    %-12s %s\n", "here", "the model")
	}
	for _, s := range settings {
		differs := ""
		if s.Here != s.Model && !(s.Name == "kernel" && len(s.Here) > 4 && s.Here[:5] == s.Model+".") {
			differs = "   (differs)"
		}
		fmt.Fprintf(a.out, "  %-22s %-12s %s%s\n", s.Name, s.Here, s.Model, differs)
	}
	fmt.Fprintln(a.out, "\nNext: vmsim diff docs/examples/cow.vms")
	return code
}
