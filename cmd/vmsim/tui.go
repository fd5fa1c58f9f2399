package main

import (
	"fmt"
	"os"

	tea "charm.land/bubbletea/v2"

	"vmsim/cmd/internal/prompt"
	"vmsim/cmd/internal/tui"
)

var tuiCommand = command{
	name: "tui", args: "FILE",
	line: "the prompt on a full screen: program, areas, page table, page cache, disk and copies side by side",
	text: `The keys are the prompt's commands: n, s, i, f, c forward, b, S, I, C back, and : for a line of any other
one. A number shows the pane of that number whole. Of two processes the page tables stand beside each other. With
NO_COLOR in the environment there are no colours; what has changed has a sign in any case.`,
	examples: []string{"vmsim tui docs/examples/cow.vms"},
	flags:    []flagHelp{costsFlag},
	run:      (*app).tui,
}

func (a *app) tui(f *flags) int {
	if len(f.rest) != 1 {
		return a.fail(&usageError{"tui wants a program", "vmsim tui docs/examples/cow.vms"})
	}
	if !isTerminal(a.in, a.out) || os.Getenv("TERM") == "dumb" {
		fmt.Fprintf(a.err, "vmsim: tui wants a terminal that can be drawn on\nTry: vmsim -i %s\n", f.rest[0])
		return exitNoWay
	}
	prog, err := a.program(f.rest[0])
	if err != nil {
		return a.fail(err)
	}
	var page served
	defer page.close()
	outside := func(p *prompt.Prompt) { p.Outside = a.outside(p, &page) }
	s, err := tui.New(prog, tui.Colours(mayEscape()), a.costs, outside)
	if err != nil {
		return a.fail(err)
	}
	defer s.Close()
	if _, err := tea.NewProgram(s, tea.WithInput(a.in), tea.WithOutput(a.out)).Run(); err != nil {
		return a.fail(err)
	}
	return exitFine
}
