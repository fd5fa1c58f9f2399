package prompt

import (
	"slices"
	"strconv"
	"strings"

	"vmsim/cmd/internal/words"
	"vmsim/syscalls/script"
)

// command is a row of the table of commands: help, completion and docs/commands.md are made from it.
type command struct {
	name    string
	also    []string // its other names, abbreviations that it has before others
	group   string
	args    string // as in [N]
	line    string // what it does, in a line
	text    string // what more is to be said
	example string // a line that a test runs, in the session of exampleSetup
	shows   string // what the example's output has in it
	again   bool   // an empty line repeats it
	run     func(p *Prompt, rest string) error
	words   func(p *Prompt, args []string) []string // what may come after args; nil for nothing
}

// groups are the parts of the table, in the order in which help shows them.
var groups = []string{"Run", "Time", "Stop", "Look", "Ask", "Compare", "Meta"}

var table []command

// The functions of the table print the table, so it is filled in at the start.
func init() {
	for _, part := range [][]command{
		runCommands, timeCommands, stopCommands, lookCommands, walkCommands, catCommands, askCommands, predictCommands,
		compareCommands,
		metaCommands,
	} {
		table = append(table, part...)
	}
}

// named is the command with exactly that name.
func named(word string) (*command, bool) {
	for i := range table {
		if table[i].name == word {
			return &table[i], true
		}
	}
	for i := range table {
		for _, a := range table[i].also {
			if a == word {
				return &table[i], true
			}
		}
	}
	return nil, false
}

// HasCommand reports whether the prompt has a command of that name.
func HasCommand(name string) bool {
	_, ok := named(name)
	return ok
}

// find is the command that a word names: in full, or by a beginning that no other has.
func (p *Prompt) find(word string) (*command, error) {
	if c, ok := named(word); ok {
		return c, nil
	}
	var all, fitting []string
	for i := range table {
		all = append(all, table[i].name)
		if strings.HasPrefix(table[i].name, word) {
			fitting = append(fitting, table[i].name)
		}
	}
	switch len(fitting) {
	case 1:
		c, _ := named(fitting[0])
		return c, nil
	case 0:
		return nil, p.unknown(word, all)
	}
	return nil, wrong(fitting[0], "%q may be %s", word, orList(fitting))
}

// unknown is a word that is no command, with the nearest that is one, or a call, or a bound name.
func (p *Prompt) unknown(word string, commands []string) error {
	if meant := elsewhere[word]; meant != "" {
		return wrong(meant, "there is no command %q here", word)
	}
	if slices.Contains(viewNames(), word) {
		return wrong("info "+word, "%q is a view", word)
	}
	if sig, ok := script.Signature(word); ok {
		return wrong(sig, "%q is a call: its arguments stand in parentheses", word)
	}
	if words.Explain(word) != nil {
		return wrong("explain "+word, "%q is no command and no bound name, but a word that explain knows", word)
	}
	if near := script.Nearest(word, commands); near != "" {
		return wrong(near, "there is no command %q; did you mean %s?", word, near)
	}
	if near := script.Nearest(word, p.Session.Names()); near != "" {
		return wrong(near, "%q is no command and no bound name; did you mean %s?", word, near)
	}
	if near := script.Nearest(word, script.CallNames()); near != "" {
		return wrong(near+"(…)", "%q is no command; did you mean the call %s?", word, near)
	}
	if strings.Contains(word, "->") {
		return wrong("p[0] = 1", "%q: memory has no structures here; a byte of it is p[0]", word)
	}
	return wrong("help", "there is no command %q, and no bound name", word)
}

// elsewhere are commands of shells and of other debuggers, and what does here what they do there.
var elsewhere = map[string]string{
	"run": "continue", "bt": "why fault", "backtrace": "why fault", "undo": "back", "history": "log", "ls": "info disk",
	"ps":  "info procs",
	"set": "p[0] = 'x'", "free": "info meminfo", "disas": "step", "reset": "start", "restart": "start",
	"clear": "delete all", "trace": "log",
	"threads": "info procs", "files": "info disk", "mem": "x/16 p", "echo": "print p[0]", "man": "explain mmap",
	"strace": "list",
}

// unknownOf is a word that is none of those known.
func (p *Prompt) unknownOf(what, word string, known []string, try string) error {
	if near := script.Nearest(word, known); near != "" {
		return wrong(try, "there is no %s %q; did you mean %s?", what, word, near)
	}
	return wrong(try, "there is no %s %q; there are %s", what, word, strings.Join(known, ", "))
}

func orList(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// count reads an optional number of times.
func count(rest string, c string) (int, error) {
	if rest == "" {
		return 1, nil
	}
	n, err := strconv.Atoi(rest)
	if err != nil || n < 0 || n > 1<<40 {
		return 0, wrong(c+" 3", "%s wants a number of times, not %q", c, rest)
	}
	return n, nil
}
