package prompt

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
)

// Complete is what may replace the last word of text, which is the line up to the cursor; at is where that word begins.
func (p *Prompt) Complete(text string) (at int, words []string) {
	line := strings.TrimLeft(text, " ")
	indent := len(text) - len(line)
	if call, arg, from, ok := insideCall(line); ok {
		return indent + from, p.filter(p.argumentWords(call, arg), line[from:])
	}
	if at, words, ok := p.completeName(line); ok {
		return indent + at, words
	}
	at = strings.LastIndexAny(line, " =([,|+:") + 1
	if i := strings.LastIndexByte(line, ' ') + 1; i > 0 && !strings.ContainsAny(line, "=(") {
		at = i
	}
	word := line[at:]
	var all []string
	if first, rest := cutWord(line); at > 0 && !strings.ContainsAny(line, "=([*") {
		if c, err := p.find(first); err == nil {
			return indent + at, p.filter(p.wordsAfter(c, rest, word), word)
		}
		all = append(all, directiveWords(first)...)
	}
	if at == 0 {
		all = append(all, p.firstWords()...)
	}
	all = append(all, p.Session.Names()...)
	for _, c := range script.CallNames() {
		all = append(all, c+"(")
	}
	return indent + at, p.filter(all, word)
}

// wordsAfter are the words that may come next after a command; word is what is typed of the last one.
func (p *Prompt) wordsAfter(c *command, rest, word string) []string {
	if c.words == nil {
		return nil
	}
	args := strings.Fields(rest)
	if word != "" && len(args) > 0 {
		args = args[:len(args)-1]
	}
	return c.words(p, args)
}

// firstWords are the words that a line may begin with, beside names and calls.
func (p *Prompt) firstWords() []string {
	all := commandNames()
	for n := range p.aliases {
		all = append(all, n)
	}
	for _, d := range script.DirectiveNames() {
		all = append(all, "."+d)
	}
	return all
}

// completeName completes an argument of a command that may have a space in it: the name of a file without a path.
func (p *Prompt) completeName(line string) (at int, words []string, ok bool) {
	first, _ := cutWord(line)
	c, err := p.find(first)
	if err != nil || c.words == nil {
		return 0, nil, false
	}
	args := strings.Fields(line)[1:]
	at = len(first)
	for k := range args {
		at += strings.Index(line[at:], args[k])
		if typed := line[at:]; strings.ContainsAny(typed, " (") {
			if words = p.filter(c.words(p, args[:k]), typed); len(words) > 0 {
				return at, words, true
			}
		}
		at += len(args[k])
	}
	return 0, nil, false
}

// Closes reports whether a space follows a completed word, which comes after before: it does after commands and their
// arguments, but not where a parenthesis, a value or the number of a page comes next.
func (p *Prompt) Closes(before, word string) bool {
	if strings.ContainsAny(word, "(=:/") || before == "" && p.bound(word) {
		return false
	}
	first, _ := cutWord(before + word + " ")
	_, alias := p.aliases[first]
	_, known := named(first)
	return alias || known || first[0] == '.'
}

func directiveWords(name string) []string {
	switch name {
	case ".sysctl":
		var names []string
		for _, k := range syscalls.Knobs() {
			names = append(names, k+"=")
		}
		return names
	case ".expect":
		return model.CounterNames()
	case ".drop_caches":
		return []string{"1", "2", "3"}
	}
	return nil
}

// insideCall reports whether the cursor is between the parentheses of a call: its name, the number of the argument, and
// where in the line the last word of that begins.
func insideCall(line string) (call string, arg, from int, ok bool) {
	open := strings.LastIndexByte(line, '(')
	if open < 0 || strings.Contains(line[open:], ")") {
		return "", 0, 0, false
	}
	name := line[:open]
	name = name[strings.LastIndexAny(name, " =:\t*(")+1:]
	if _, known := script.Signature(name); !known {
		return "", 0, 0, false
	}
	inside := line[open+1:]
	from = open + 1 + strings.LastIndexAny(inside, ",| +-*\"") + 1
	return name, strings.Count(inside, ","), from, true
}

// argumentWords are the possible words for one argument of a call: the flags of that argument, and names.
func (p *Prompt) argumentWords(call string, arg int) []string {
	words := script.FlagNames(call, arg)
	words = append(words, p.Session.Names()...)
	if call == "openat" || call == "open" || call == "truncate" || call == "unlink" {
		for _, f := range p.filePages() {
			path, _, _ := p.Session.File(strings.TrimSuffix(f, ":0"))
			words = append(words, path)
		}
	}
	return append(words, "PAGE", "NULL", "scratch")
}

// filter keeps the words that begin as the typed one does, in order, each once.
func (p *Prompt) filter(words []string, typed string) (out []string) {
	for _, w := range words {
		if strings.HasPrefix(w, typed) {
			out = append(out, w)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// fileWords are the files of the directory that the typed path is in.
func (p *Prompt) fileWords(args []string) (names []string) {
	entries, err := os.ReadDir(".")
	if err != nil {
		return nil
	}
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() {
			name += string(filepath.Separator)
		}
		names = append(names, name)
	}
	return names
}
