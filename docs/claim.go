package docs

import (
	"fmt"
	"path"
	"strconv"
	"strings"
)

// Verdict is whether a claim is so.
type Verdict string

// The verdicts.
const (
	True   Verdict = "true"
	Partly Verdict = "true under a condition"
	False  Verdict = "false"
)

// Claim is what popular accounts say of mmap, tried: a program with a head.
type Claim struct {
	Number  int
	Name    string // the file's, without number: one-to-one
	File    string // from the top of the project
	Text    string // what is said
	Verdict Verdict
	Why     string // the condition, or why it is false; may be empty where it is true
	Say     string // the sentence to quote
	Kernel  string // why the program does not run on a real kernel; empty where it does
	Program string // the program, head included
}

// Claims are all claims, in order. A head that cannot be read is our own mistake, found by a test.
func Claims() []Claim {
	var all []Claim
	for _, file := range Programs("claims") {
		text, _ := Program(file)
		c, err := parseClaim(file, text)
		if err != nil {
			panic("docs.Claims: " + err.Error())
		}
		all = append(all, c)
	}
	return all
}

// parseClaim reads the head of a claim: comment lines "# Word: text", each of which goes on in lines that begin with "#
// ".
func parseClaim(file, text string) (Claim, error) {
	c := Claim{File: file, Program: text}
	number, name, _ := strings.Cut(strings.TrimSuffix(path.Base(file), ".vms"), "-")
	c.Name = name
	into := map[string]*string{"Claim": &c.Text, "Verdict": (*string)(&c.Verdict), "Condition": &c.Why,
		"Because": &c.Why,
		"Say":     &c.Say, "Kernel": &c.Kernel}
	var at *string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if more, ok := strings.CutPrefix(line, "#   "); ok && at != nil {
			*at += " " + more
			continue
		}
		line, ok := strings.CutPrefix(line, "# ")
		if !ok {
			break
		}
		word, rest, _ := strings.Cut(line, ": ")
		if word, n, ok := strings.Cut(word, " "); ok && word == "Claim" {
			if n != strings.TrimLeft(number, "0") {
				return c, fmt.Errorf("%s: it is claim %s by its name and %s by its head", file, number, n)
			}
			at, *into["Claim"] = &c.Text, rest
			continue
		}
		if at = into[word]; at == nil {
			return c, fmt.Errorf("%s: the head of a claim has the lines "+
				"Claim N, Verdict, Because or Condition, and Say, not %q", file, word)
		}
		*at = rest
	}
	var err error
	if c.Number, err = strconv.Atoi(number); err != nil {
		return c, fmt.Errorf("%s: a claim's file begins with its number", file)
	}
	return c, c.check()
}

// check says what the head lacks.
func (c *Claim) check() error {
	switch {
	case c.Text == "":
		return fmt.Errorf("%s: the line \"# Claim N: …\" is missing", c.File)
	case c.Verdict != True && c.Verdict != Partly && c.Verdict != False:
		return fmt.Errorf("%s: the verdict is %q: it must be %s, %s or %s", c.File, c.Verdict, True, Partly, False)
	case c.Verdict != True && c.Why == "":
		return fmt.Errorf("%s: %s, but no line says under which condition, or why", c.File, c.Verdict)
	case c.Say == "":
		return fmt.Errorf("%s: there is no sentence to quote", c.File)
	}
	return nil
}

// Body is the program without its head.
func (c *Claim) Body() string {
	text := c.Program
	for strings.HasPrefix(text, "#") {
		_, text, _ = strings.Cut(text, "\n")
	}
	return strings.TrimLeft(text, "\n")
}
