package main

import (
	"fmt"
	"strings"
)

var completionCommand = command{
	name: "completion", args: "bash|zsh|fish", line: "a script that teaches the shell vmsim's commands and flags",
	examples: []string{"vmsim completion bash"},
	words:    func() []string { return []string{"bash", "zsh", "fish"} },
	run:      (*app).completion,
}

func (a *app) completion(f *flags) int {
	if len(f.rest) != 1 {
		return a.fail(&usageError{"completion wants the shell's name", "vmsim completion bash"})
	}
	switch f.rest[0] {
	case "bash":
		a.completeBash()
	case "zsh":
		fmt.Fprintln(a.out, "autoload -U +X bashcompinit && bashcompinit")
		a.completeBash()
	case "fish":
		a.completeFish()
	default:
		return a.fail(&usageError{fmt.Sprintf("no completion for %q", f.rest[0]), "vmsim completion bash"})
	}
	return exitFine
}

// completeFish prints a line of fish for each command, and one for each of its flags.
func (a *app) completeFish() {
	for _, c := range commands {
		fmt.Fprintf(a.out, "complete -c vmsim -n __fish_use_subcommand -a %s -d %q\n", c.name, c.line)
		for _, f := range c.flags {
			name, _, _ := strings.Cut(f.name, " ")
			option := "-s " + strings.TrimPrefix(name, "-")
			if long, ok := strings.CutPrefix(name, "--"); ok {
				option = "-l " + long
			}
			fmt.Fprintf(a.out, "complete -c vmsim -n '__fish_seen_subcommand_from %s' %s -d %q\n", c.name, option,
				f.text)
		}
		if c.words != nil {
			fmt.Fprintf(a.out, "complete -c vmsim -n '__fish_seen_subcommand_from %s' -a '%s'\n", c.name,
				strings.Join(c.words(), " "))
		}
	}
}

func (a *app) completeBash() {
	fmt.Fprint(a.out, "_vmsim() {\n  local cur=${COMP_WORDS[COMP_CWORD]}\n  if [ \"$COMP_CWORD\" = 1 ]; then\n")
	fmt.Fprintf(a.out, "    COMPREPLY=($(compgen -W '%s' -- \"$cur\")); return\n  fi\n",
		strings.Join(commandNames(), " "))
	fmt.Fprint(a.out, "  case \"${COMP_WORDS[1]},$cur\" in\n")
	for _, c := range commands {
		var names []string
		for _, f := range c.flags {
			name, _, _ := strings.Cut(f.name, " ")
			names = append(names, name)
		}
		if names != nil {
			fmt.Fprintf(a.out, "    %s,-*) COMPREPLY=($(compgen -W '%s' -- \"$cur\")); return;;\n", c.name,
				strings.Join(names, " "))
		}
		if c.words != nil {
			fmt.Fprintf(a.out, "    %s,*) COMPREPLY=($(compgen -W '%s' -f -- \"$cur\")); return;;\n", c.name,
				strings.Join(c.words(), " "))
		}
	}
	fmt.Fprint(a.out, "  esac\n  COMPREPLY=($(compgen -f -- \"$cur\"))\n}\ncomplete -F _vmsim vmsim\n")
}
