package main

import (
	"fmt"
	"strings"

	"vmsim/syscalls/script"
)

// flags are a command line's words, parted into flags and the rest.
type flags struct {
	of   string // the command
	set  map[string]string
	rest []string
}

// parseFlags parts the words. A flag that takes a value is given with its name and "=" in known; "--name value" and
// "--name=value" are the same, and one dash or two. After -- all words are of the rest.
func (c command) parseFlags(args []string) (*flags, error) {
	f := &flags{of: c.name, set: map[string]string{}}
	for i := 0; i < len(args); i++ {
		word := args[i]
		if word == "--" {
			f.rest = append(f.rest, args[i+1:]...)
			break
		}
		if !strings.HasPrefix(word, "-") || word == "-" {
			f.rest = append(f.rest, word)
			continue
		}
		name, value, given := strings.Cut(strings.TrimLeft(word, "-"), "=")
		takes, ok := c.flagNamed(name)
		switch {
		case !ok:
			return nil, c.unknownFlag(name, word)
		case takes && !given && i+1 < len(args):
			i++
			value = args[i]
		case takes && !given:
			return nil, &usageError{fmt.Sprintf("--%s wants a value", name), "vmsim help " + c.name}
		case !takes && given:
			return nil, &usageError{fmt.Sprintf("--%s takes no value", name), "vmsim help " + c.name}
		}
		f.set[name] = value
	}
	return f, nil
}

// flagNamed reports whether the command has the flag, and whether that takes a value.
func (c command) flagNamed(name string) (takes, ok bool) {
	for _, f := range c.flags {
		n, rest, _ := strings.Cut(strings.TrimLeft(f.name, "-"), " ")
		if n == name {
			return rest != "", true
		}
	}
	return false, false
}

func (c command) unknownFlag(name, word string) error {
	var names []string
	for _, f := range c.flags {
		n, _, _ := strings.Cut(strings.TrimLeft(f.name, "-"), " ")
		names = append(names, n)
	}
	if typed, _, _ := strings.Cut(word, "="); len(name) == 1 {
		word = typed
	} else {
		word = "--" + name
	}
	what := fmt.Sprintf("%s has no flag %s", c.name, word)
	if near := script.Nearest(name, names); near != "" {
		return &usageError{what + "; did you mean --" + near + "?", "vmsim help " + c.name}
	}
	return &usageError{what, "vmsim help " + c.name}
}

func (f *flags) has(name string) bool {
	_, ok := f.set[name]
	return ok
}

// form is what an output is for: people, or a program that reads a line of JSON for each thing.
type form uint8

const (
	asText form = iota
	asJSON
	asTotal // asText, and the sums at the end
)

// form is what --json says.
func (f *flags) form() form {
	if f.has("json") {
		return asJSON
	}
	return asText
}
