package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

var versionCommand = command{
	name: "version", line: "which vmsim this is, and which Linux it models",
	examples: []string{"vmsim version"},
	run:      (*app).version,
}

func (a *app) version(*flags) int {
	revision := "unknown revision"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = s.Value
			}
		}
	}
	fmt.Fprintf(a.out, "vmsim (%s, %s), model: Linux 6.18, x86-64, 4 KiB pages\n", revision, runtime.Version())
	return exitFine
}
