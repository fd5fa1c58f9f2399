package main

import (
	"fmt"
	"strings"
)

// flags are a command line's words, parted into flags and the rest.
type flags struct {
	set  map[string]string
	rest []string
}

// parseFlags parts the words. A flag that takes a value is given with its name and "=" in known; "--name value" and
// "--name=value" are the same, and one dash or two.
func (c command) parseFlags(args []string) (*flags, error) {
	f := &flags{set: map[string]string{}}
	for i := 0; i < len(args); i++ {
		word := args[i]
		if !strings.HasPrefix(word, "-") || word == "-" {
			f.rest = append(f.rest, word)
			continue
		}
		name, value, given := strings.Cut(strings.TrimLeft(word, "-"), "=")
		takes, ok := c.flagNamed(name)
		switch {
		case !ok:
			return nil, c.unknownFlag(name)
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
		n, rest, _ := strings.Cut(strings.TrimPrefix(f.name, "--"), " ")
		if n == name {
			return rest != "", true
		}
	}
	return false, false
}

func (c command) unknownFlag(name string) error {
	var names []string
	for _, f := range c.flags {
		n, _, _ := strings.Cut(strings.TrimPrefix(f.name, "--"), " ")
		names = append(names, n)
	}
	what := fmt.Sprintf("%s has no flag --%s", c.name, name)
	if near := nearest(name, names); near != "" {
		return &usageError{what + "; did you mean --" + near + "?", "vmsim help " + c.name}
	}
	return &usageError{what, "vmsim help " + c.name}
}

func (f *flags) has(name string) bool {
	_, ok := f.set[name]
	return ok
}

// nearest is the name at most two letters away from word, the nearest first; empty where there is none.
func nearest(word string, names []string) string {
	best, at := "", 3
	for _, n := range names {
		if d := distance(word, n); d < at && d < len(n) {
			best, at = n, d
		}
	}
	return best
}

// distance is how many letters have to be changed, put in or taken out to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
