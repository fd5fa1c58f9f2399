package prompt

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"vmsim/cmd/internal/words"
	"vmsim/syscalls/plural"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/vm/trace"
)

var metaCommands = []command{
	{
		name: "help", also: []string{"h"}, group: "Meta", args: "[COMMAND|.WORD|WORD]",
		line:    "the commands, or what one does; also what a word means",
		example: "help next", shows: "run a statement", run: (*Prompt).help, words: helpWords,
	},
	{
		name: "apropos", group: "Meta", args: "WORD",
		line:    "the commands, views, steps, calls and words that have to do with a word",
		example: "apropos dirty", shows: "info dirty", run: (*Prompt).apropos,
	},
	{
		name: "explain", group: "Ask", args: "WORD", line: "what a word means: a term, a step, a call, an errno",
		example: "explain minor-fault", shows: "", run: (*Prompt).explain,
	},
	{
		name: "gaps", group: "Ask", line: "what is not modelled",
		example: "gaps", shows: "", run: func(p *Prompt, rest string) error { return p.outside("gaps", rest) },
	},
	{
		name: "list", also: []string{"l"}, group: "Look",
		line:    "the program: what has run, the current place, what is to come",
		example: "list", shows: "openat", run: (*Prompt).list,
	},
	{
		name: ".read", group: "Meta", args: "FILE", line: "do the lines of a file as if they were typed",
		example: ".read testdata/lines", shows: "read by a test", run: (*Prompt).read, words: (*Prompt).fileWords,
	},
	{
		name: ".mode", group: "Meta", args: "text|json", line: "print views for people, or for a program",
		example: ".mode text", shows: "text", run: (*Prompt).mode, words: func(*Prompt,
			[]string) []string {
			return []string{"text", "json"}
		},
	},
	{
		name: "transcript", group: "Meta", args: "FILE|off", line: "keep all that is typed and answered in a file",
		example: "transcript off", shows: "no transcript", run: (*Prompt).transcript, words: (*Prompt).fileWords,
	},
	{
		name: "save", group: "Meta", args: "FILE.vms",
		line:    "keep what has run as a program that asserts what it did: vmsim test FILE.vms passes",
		example: "save", shows: "openat", run: (*Prompt).save, words: (*Prompt).fileWords,
	},
	{
		name: "web", group: "Meta", args: "[FILE.html]",
		line:    "this program in a browser, at this moment, as long as the prompt lasts; or as one file",
		example: "web", shows: "", run: func(p *Prompt, rest string) error { return p.outside("web", rest) },
	},
	{
		name: "alias", group: "Meta", args: "[NAME COMMAND]", line: "another name for a command with its arguments",
		example: "alias m info maps", shows: "m is info maps", run: (*Prompt).alias,
	},
	{
		name: "quit", also: []string{"q", "exit"}, group: "Meta", line: "leave",
		example: "quit", shows: "", run: func(p *Prompt, _ string) error { p.quit = true; return nil },
	},
}

func commandNames() (names []string) {
	for i := range table {
		names = append(names, table[i].name)
	}
	return names
}

// outside runs what only the program around the prompt can do.
func (p *Prompt) outside(what, rest string) error {
	run, ok := p.Outside[what]
	if !ok {
		return fmt.Errorf("%s is not available here", what)
	}
	return run(p.out, rest)
}

// explain says what a word means. A word that is only a command's name has the command's help.
func (p *Prompt) explain(rest string) error {
	if c, ok := named(rest); ok && words.Explain(rest) == nil {
		p.writePage(c.page())
		return nil
	}
	return p.outside("explain", rest)
}

// pageWidth is how many columns a line of help has.
const pageWidth = 80

// row is a name and a text beside it, in as many lines as the text needs.
func row(width int, name, text string) string {
	var b strings.Builder
	for _, l := range words.Wrap(text, pageWidth-width-3) {
		fmt.Fprintf(&b, "  %-*s %s\n", width, name, l)
		name = ""
	}
	return b.String()
}

// writePage prints a page of help. A line that is too long goes on in the next, as far to the right.
func (p *Prompt) writePage(page string) {
	for line := range strings.Lines(page) {
		text := strings.TrimLeft(line, " ")
		margin := line[:len(line)-len(text)]
		if utf8.RuneCountInString(line) <= pageWidth+1 {
			fmt.Fprint(p.out, line)
			continue
		}
		for _, l := range words.Wrap(text, pageWidth-len(margin)) {
			fmt.Fprintf(p.out, "%s%s\n", margin, l)
		}
	}
}

func (p *Prompt) help(rest string) error {
	if rest == "" {
		p.listCommands()
		return nil
	}
	c, err := p.find(rest)
	if err == nil {
		p.writePage(c.page())
		return nil
	}
	meanings := words.Explain(rest)
	if meanings == nil && rest[0] == '.' {
		return p.unknownOf("line", rest, directiveNames(), "help .machine")
	}
	if meanings == nil {
		return err
	}
	p.writePage(strings.Join(meanings, "\n\n") + "\n")
	return nil
}

// listCommands prints the commands by group.
func (p *Prompt) listCommands() {
	for _, g := range groups {
		fmt.Fprintf(p.out, "%s\n", g)
		for i := range table {
			if c := &table[i]; c.group == g {
				fmt.Fprint(p.out, row(12, c.name, c.line))
			}
		}
	}
	p.writePage("What looks like C is the program: p = mmap(NULL, PAGE, …), p[0] = 'x', fork().\n" +
		"A dot begins a line on the machine: .machine fs=ext4, .file /data/a 32768 cold. help .machine tells " +
		"more.\n" +
		"help COMMAND tells more of one. An empty line repeats the last motion.\n")
}

func helpWords(*Prompt, []string) []string { return append(commandNames(), directiveNames()...) }

func directiveNames() (names []string) {
	for _, n := range script.DirectiveNames() {
		names = append(names, "."+n)
	}
	return names
}

// page is a command's own help: the example first.
func (c *command) page() string {
	var b strings.Builder
	fmt.Fprintf(&b, "  %s\n\n%s\n\n%s.\n", c.example, strings.TrimSpace(c.name+" "+c.args), c.line)
	if c.text != "" {
		fmt.Fprintf(&b, "%s\n", c.text)
	}
	if len(c.also) > 0 {
		fmt.Fprintf(&b, "Also: %s\n", strings.Join(c.also, ", "))
	}
	if c.name == "info" {
		for _, v := range views {
			b.WriteString(row(22, strings.TrimSpace(v.name+" "+v.args), v.line))
		}
	}
	return b.String()
}

func (p *Prompt) apropos(rest string) error {
	word := strings.ToLower(strings.TrimSpace(rest))
	if word == "" {
		return wrong("apropos dirty", "apropos wants a word")
	}
	n := 0
	say := func(name, line string) {
		if strings.Contains(strings.ToLower(name+" "+line), word) {
			fmt.Fprintf(p.out, "  %-30s %s\n", name, line)
			n++
		}
	}
	for i := range table {
		say(table[i].name, table[i].line)
	}
	for _, v := range views {
		say("info "+v.name, v.line)
	}
	for k := range trace.NumKinds {
		say("break step "+k.String(), k.Info().Sentence)
	}
	for _, c := range script.CallNames() {
		if sig, _ := script.Signature(c); strings.Contains(c, word) {
			fmt.Fprintf(p.out, "  %-30s a system call\n", sig)
			n++
		}
	}
	n += p.aproposWords(word)
	if n == 0 {
		fmt.Fprintf(p.out, "Nothing has to do with %q. help lists all commands.\n", word)
	}
	return nil
}

// aproposWords lists the entries of the glossary that have the word, and counts them.
func (p *Prompt) aproposWords(word string) (n int) {
	words.Each(func(w, text string) {
		if strings.Contains(strings.ToLower(w+" "+text), word) {
			fmt.Fprintln(p.out,
				cut(fmt.Sprintf("  %-30s %s", "explain "+w, strings.TrimLeft(strings.TrimPrefix(text, w), ":, ")),
					aproposWidth))
			n++
		}
	})
	return n
}

// aproposWidth is how long a line is in which apropos says what a word means.
const aproposWidth = 100

// cut is the beginning of a text, at most n characters of its first line.
func cut(text string, n int) string {
	text, _, _ = strings.Cut(text, "\n")
	if r := []rune(text); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return text
}

func (p *Prompt) list(string) error {
	for _, l := range p.Program() {
		fmt.Fprintln(p.out, l)
	}
	return nil
}

// Program is the program, a statement a line: what has run is ticked off, and > marks the current place.
func (p *Prompt) Program() (lines []string) {
	s := p.Session
	b := s.Branch()
	for i := range b.Ops() {
		sign, when := " ", "       "
		switch {
		case i < s.Done():
			when = fmt.Sprintf("t=%-5d", b.Statements()[i].End)
		case i == s.Done():
			sign = ">"
			if s.Inside() {
				when = "inside "
			}
		}
		lines = append(lines, fmt.Sprintf("%s %3d %s %s", sign, i+1, when, firstLine(b.Ops()[i].Head())))
	}
	if s.AtEnd() {
		lines = append(lines, ">     the end")
	}
	return lines
}

func (p *Prompt) read(rest string) error {
	text, err := os.ReadFile(rest)
	if err != nil {
		return err
	}
	if p.reading++; p.reading > 8 {
		p.reading = 0
		return fmt.Errorf("%s reads itself", rest)
	}
	defer func() { p.reading = max(0, p.reading-1) }()
	notes := 0
	for n, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, " ") && script.IsNote(line) {
			notes++
			continue
		}
		if strings.TrimSpace(line) == "" || p.quit {
			continue
		}
		if err := p.Line(line); err != nil {
			return fmt.Errorf("%s:%d: %w", rest, n+1, err)
		}
	}
	if notes > 0 {
		fmt.Fprintf(p.out, "Here, nothing holds what %s says under its statements (%s): vmsim test %s does.\n", rest,
			plural.Count(notes, "line", "lines"), rest)
	}
	return nil
}

func (p *Prompt) mode(rest string) error {
	if rest != "json" && rest != "text" {
		return wrong(".mode json", ".mode is text or json")
	}
	p.json = rest == "json"
	fmt.Fprintf(p.out, "Views are printed as %s.\n", rest)
	return nil
}

func (p *Prompt) save(rest string) error {
	text := p.Session.Text()
	if rest == "" {
		if fmt.Fprint(p.out, text); text == "" {
			fmt.Fprintln(p.out, "Nothing has run that could be saved.")
		}
		return nil
	}
	if err := os.WriteFile(rest, []byte(text), 0o644); err != nil {
		p.unwritten = true
		return wrong("save cow.vms", "the program could not be written: %v", err)
	}
	prog, err := script.Parse(rest, text)
	if err != nil {
		return err
	}
	if v := run.Test(prog, model.New(), run.Testing{}); !v.Passed() {
		return fmt.Errorf("%s is written, but does not pass: %v %v", rest, v.Differences, v.Err)
	}
	fmt.Fprintf(p.out, "%s is written, and passes: vmsim test %s\n", rest, rest)
	return nil
}

func (p *Prompt) alias(rest string) error {
	name, line := cutWord(rest)
	if name == "" {
		p.listAliases()
		return nil
	}
	if line == "" {
		delete(p.aliases, name)
		fmt.Fprintf(p.out, "%s is no alias any more.\n", name)
		return nil
	}
	p.aliases[name] = line
	fmt.Fprintf(p.out, "%s is %s\n", name, line)
	return nil
}

func (p *Prompt) listAliases() {
	if len(p.aliases) == 0 {
		fmt.Fprintln(p.out, "There is no alias. Try: alias m info maps")
	}
	for _, n := range slices.Sorted(maps.Keys(p.aliases)) {
		fmt.Fprintf(p.out, "%-10s %s\n", n, p.aliases[n])
	}
}
