package main

import (
	"fmt"
	"strings"

	"vmsim/syscalls/difftest"
	"vmsim/syscalls/plural"
	"vmsim/syscalls/script"
	"vmsim/vm/profile"
)

// kernelsOf are the two releases that --kernels names.
func kernelsOf(f *flags, usage string) (older, newer *profile.Profile, err error) {
	first, second, ok := strings.Cut(f.set["kernels"], ",")
	if !ok {
		return nil, nil, &usageError{"--kernels wants two releases", usage}
	}
	if older, err = profile.Parse(first); err == nil {
		newer, err = profile.Parse(second)
	}
	if err != nil {
		return nil, nil, &usageError{"--kernels: " + err.Error(), usage}
	}
	return older, newer, nil
}

// diffKernels runs programs as two releases of Linux answer them, model against model, and names the rule behind each
// difference.
func (a *app) diffKernels(f *flags) int {
	older, newer, err := kernelsOf(f, "vmsim diff --kernels 6.12,6.18 FILE")
	if err != nil {
		return a.fail(err)
	}
	code := exitFine
	for _, file := range f.rest {
		code = max(code, a.betweenKernels(file, older, newer))
	}
	return code
}

func (a *app) betweenKernels(file string, older, newer *profile.Profile) int {
	prog, err := a.program(file)
	if err != nil {
		return a.fail(err)
	}
	var lines []difftest.Line
	w, err := difftest.Between(prog, older, newer, func(l difftest.Line) { lines = append(lines, l) })
	if err != nil {
		return a.fail(err)
	}
	reasons, err := difftest.Reasons(prog, older, newer, w)
	if err != nil {
		return a.fail(err)
	}
	fmt.Fprintf(a.out, "# %s as the model answers for %v, and where %v differs.\n", file, older, newer)
	at, shown := 0, 0
	seen := map[string]bool{} // what /proc shows stays different for long: once is enough
	show := func(n int, other string) {
		for ; n > 0; n, at = n-1, at+1 {
			d := w.Differences[at]
			if key := d.What + d.Want + d.Got; seen[key] {
				continue
			} else if d.Kind&(difftest.Smaps|difftest.Pagemap) != 0 {
				seen[key] = true
			}
			for line := range strings.Lines(other) {
				fmt.Fprintf(a.out, "#  %v: %s", newer.Release, line)
			}
			other, shown = "", shown+1
			a.kernelsDiffer(d, reasons[at], older, newer)
		}
	}
	for _, l := range lines {
		fmt.Fprint(a.out, l.Kernel)
		show(len(l.Differences), l.Model)
	}
	show(len(w.Differences)-at, "")
	fmt.Fprintf(a.out, "# %s.\n", plural.Count(shown, "difference", "differences"))
	return exitFine
}

// kernelsDiffer says in what two releases differ, and by which rules.
func (a *app) kernelsDiffer(d difftest.Judged, rules []profile.Rule, older, newer *profile.Profile) {
	fmt.Fprintf(a.out, "#  %s: %v %s, %v %s\n", d.What, older.Release, d.Want, newer.Release, d.Got)
	for _, r := range rules {
		c := r.Info()
		fmt.Fprintf(a.out, "#      since %v: %s (%s)\n", c.Since, c.Name, c.By)
	}
}

// rulesBehind names the rules that a finding of two releases comes from.
func (a *app) rulesBehind(b difftest.Bundle, f *flags) {
	older, newer, err := kernelsOf(f, "")
	if err != nil {
		return
	}
	prog := &script.Program{Ops: b.Program}
	w, err := difftest.Between(prog, older, newer, nil)
	if err != nil {
		return
	}
	reasons, err := difftest.Reasons(prog, older, newer, w)
	if err != nil {
		return
	}
	for i, d := range w.Differences {
		if d.What == b.Difference.What {
			a.kernelsDiffer(d, reasons[i], older, newer)
		}
	}
}

// kernelsDoc lists the known releases, and what changed between releases.
func kernelsDoc(b *strings.Builder) {
	b.WriteString("# What changed between kernels\n\nThe model answers as Linux " + profile.Default().Release.String() +
		" where nothing else is said; " +
		"`.machine kernel=6.12` at the head of a program takes another release.\n`vmsim diff --kernels 6.12,6.18 " +
		"FILE` shows what a program meets of the " +
		"changes below. `vmsim diff`, `fuzz` and `record` take on the kernel\nthat they run on, and say which on " +
		"their first line.\n\n" +
		"## Releases with a profile\n\n| release | held against Linux by |\n|---|---|\n")
	for _, k := range profile.AllKnown() {
		fmt.Fprintf(b, "| %v | %s |\n", k.Release, cell(k.Evidence))
	}
	fmt.Fprintf(b, "\nA program may also name %s. No kernel of these was at hand: which of the rules they follow was "+
		"read in\ntheir source. Nothing takes them on for the kernel that it runs on.\n", releases(profile.AllDated()))
	b.WriteString("\n## The rules\n")
	profile.Rules(func(_ profile.Rule, c *profile.Change) {
		ruleDoc(b, c)
	})
}

// ruleDoc writes what one rule changed, since when, by which change of Linux, and a program that shows it.
func ruleDoc(b *strings.Builder, c *profile.Change) {
	fmt.Fprintf(b, "\n### Since %v: %s\n\n%s\n", c.Since, c.Name, c.Says)
	if len(c.Backports) > 0 {
		fmt.Fprintf(b, "\nAlso since %s.\n", releases(c.Backports))
	}
	fmt.Fprintf(b, "\nLinux: %s.\n\n```\n%s```\n", strings.TrimSuffix(c.By, "."), c.Example)
	if c.Shows != "" {
		fmt.Fprintf(b, "\nThe difference shows in %s.\n", c.Shows)
	}
}

func releases(list []profile.Release) string {
	var words []string
	for _, r := range list {
		words = append(words, r.String())
	}
	return strings.Join(words, ", ")
}
