package prompt

import (
	"fmt"
	"strings"
)

// Document is the table of commands as a part of docs/commands.md.
func Document() string {
	var b strings.Builder
	b.WriteString("## At the prompt\n\nWhat looks like C is the program; bare words are commands, of which any " +
		"beginning will do that no other command has. " +
		"An empty line\nrepeats the last motion. Each example below is run by a test.\n")
	for _, g := range groups {
		fmt.Fprintf(&b, "\n### %s\n\n| command | | for example |\n|---|---|---|\n", g)
		for i := range table {
			if c := &table[i]; c.group == g {
				fmt.Fprintf(&b, "| `%s` | %s | `%s` |\n", escape(strings.TrimSpace(c.name+" "+c.args)),
					escape(c.line+also(c)), escape(c.example))
			}
		}
	}
	b.WriteString("\n### Views: info VIEW\n\n| view | |\n|---|---|\n")
	for _, v := range views {
		fmt.Fprintf(&b, "| `%s` | %s |\n", escape(strings.TrimSpace(v.name+" "+v.args)), escape(v.line))
	}
	return b.String()
}

func also(c *command) string {
	if len(c.also) == 0 {
		return ""
	}
	return " (also: " + strings.Join(c.also, ", ") + ")"
}

func escape(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "|", "\\|"), "\n", " ")
}
