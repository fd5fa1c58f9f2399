package main

import (
	"fmt"

	"vmsim/cmd/internal/words"
)

var gapsCommand = command{
	name: "gaps", line: "what is not modelled",
	examples: []string{"vmsim gaps"},
	run:      (*app).gapsList,
}

func (a *app) gapsList(*flags) int {
	for _, g := range words.Gaps() {
		fmt.Fprintf(a.out, "%s\n%s", g.What, indent(wrap(g.Effect, 76), "    "))
	}
	return exitFine
}
