package main

import (
	"fmt"
	"strings"

	"vmsim/cmd/internal/prompt"
	"vmsim/cmd/internal/words"
)

var explainCommand = command{
	name: "explain", args: "WORD…", line: "what a word means: a term, a step, a call, a flag, an error, a setting",
	text: "Without a word: the words that it knows.",
	examples: []string{"vmsim explain minor-fault", "vmsim explain page cache", "vmsim explain SIGBUS",
		"vmsim explain mremap",
		"vmsim explain MAP_POPULATE", "vmsim explain EAGAIN", "vmsim explain vm.dirty_ratio"},
	run: (*app).explain,
}

func (a *app) explain(f *flags) int {
	if len(f.rest) == 0 {
		words.Groups(func(kind string, all []string) {
			fmt.Fprintf(a.out, "%s\n%s", strings.ToUpper(kind[:1])+kind[1:],
				indent(wrap(strings.Join(all, " "), 78), "  "))
		})
		return exitFine
	}
	word := strings.Join(f.rest, " ")
	if bare := strings.Trim(word, `"`); bare != "" {
		word = bare // quoted at the prompt, which has no shell
	}
	meanings := words.Explain(word)
	for i, text := range meanings {
		if i > 0 {
			fmt.Fprintln(a.out)
		}
		for line := range strings.Lines(text) {
			fmt.Fprint(a.out, indent(wrap(line, 80), ""))
		}
	}
	if len(meanings) > 0 {
		return exitFine
	}
	if _, ok := commandNamed(word); ok {
		return a.fail(&usageError{fmt.Sprintf("%s is a command of vmsim", word), "vmsim help " + word})
	}
	if prompt.HasCommand(word) {
		return a.fail(&usageError{fmt.Sprintf("%s is a command of the prompt", word), "vmsim, and there: help " + word})
	}
	if near := words.Nearest(word); near != "" {
		return a.fail(&usageError{fmt.Sprintf("nothing is known of %q; did you mean %s?", word, near),
			"vmsim explain " + near})
	}
	return a.fail(&usageError{fmt.Sprintf("nothing is known of %q", word),
		"vmsim explain, which lists the words that it knows"})
}
