package prompt

import "fmt"

var metaCommands = []command{
	{
		name: "help", also: []string{"h", "?"}, group: "Meta", args: "[COMMAND]", line: "this page, or a command's own",
		example: "help next", shows: "next", run: (*Prompt).help,
	},
	{
		name: "quit", also: []string{"q", "exit"}, group: "Meta", line: "leave",
		example: "quit", shows: "", run: func(p *Prompt, _ string) error { p.quit = true; return nil },
	},
}

func (p *Prompt) help(rest string) error {
	for _, c := range table {
		if rest == "" || rest == c.name {
			fmt.Fprintf(p.out, "  %-10s %-14s %s\n", c.name, c.args, c.line)
		}
	}
	return nil
}
