package main

import (
	"slices"
	"strings"
	"testing"

	"vmsim/syscalls/script"
)

// FuzzCommandLine reads command lines: what a command does not know is refused with a word to type instead, and what it
// takes is in its table.
func FuzzCommandLine(f *testing.F) {
	for _, c := range commands {
		for _, e := range c.examples {
			f.Add(strings.TrimPrefix(e, "vmsim "))
		}
		for _, flag := range c.flags {
			f.Add(c.name + " " + flag.name + " -- x")
		}
	}
	for _, s := range []string{"run --show=maps a.vms", "run --show", "run -json -", "run --jsno a", "run --json=1 a",
		"test -- --json", "tset a", "run ---x", "run --= a", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		words := strings.Split(line, " ")
		c, ok := commandNamed(words[0])
		if !ok {
			if near := script.Nearest(words[0], commandNames()); near != "" && !slices.Contains(commandNames(), near) {
				t.Fatalf("%q is near to %q, which is no command", words[0], near)
			}
			return
		}
		flags, err := c.parseFlags(words[1:])
		if err != nil {
			if err.Error() == "" || !strings.Contains(err.Error(), "Try: ") {
				t.Fatalf("%q: an error that does not help: %q", line, err)
			}
			return
		}
		for name := range flags.set {
			if _, known := c.flagNamed(name); !known {
				t.Fatalf("%q: took --%s, which %s does not have", line, name, c.name)
			}
		}
		if len(flags.rest)+len(flags.set) > len(words)-1 {
			t.Fatalf("%q: more words than were given: %v %v", line, flags.set, flags.rest)
		}
	})
}
