package difftest

import (
	"fmt"
	"strings"
)

// Document is docs/differences.md: the list of differences for people.
func Document() string {
	var b strings.Builder
	b.WriteString("# Where the model does not answer as Linux does\n\n" +
		"This page is printed from the list that vmsim diff and vmsim fuzz judge by (syscalls/difftest/rules.go). A " +
		"difference that no entry\n" +
		"explains is UNEXPLAINED and fails; an entry that its own example does not need fails too.\n")
	for _, r := range Rules {
		r.document(&b)
	}
	for _, o := range Omissions {
		o.document(&b)
	}
	b.WriteString("\n## What else is not compared\n\n")
	for _, text := range NotCompared {
		b.WriteString("- " + text + "\n")
	}
	return b.String()
}

// document prints what is not compared, and why.
func (o *Omission) document(b *strings.Builder) {
	fmt.Fprintf(b, "\n## %s\n\n", strings.ToUpper(o.Name[:1])+o.Name[1:])
	fmt.Fprintf(b, "**Linux:** %s\n\n**The model, and what is compared:** %s\n\n**Why:** %s\n\n", o.Kernel,
		o.Model, o.Why)
	b.WriteString("A program that shows it:\n\n")
	for line := range strings.Lines(o.Example) {
		b.WriteString("    " + line)
	}
}

// document prints a rule: the two answers, the reason, and a program that shows the difference.
func (r *Rule) document(b *strings.Builder) {
	fmt.Fprintf(b, "\n## %s\n\n", strings.ToUpper(r.Name[:1])+r.Name[1:])
	fmt.Fprintf(b, "**Linux 6.18:** %s\n\n**The model:** %s\n\n**Why:** %s\n\n", r.Kernel, r.Model, r.Why)
	if r.Kinds == 0 {
		b.WriteString("A program that shows it:\n\n")
	} else {
		fmt.Fprintf(b, "A program that shows it with --evidence %s:\n\n", EvidenceOf(r.Kinds))
	}
	for line := range strings.Lines(r.Example) {
		b.WriteString("    " + line)
	}
	if r.Ends {
		b.WriteString("\nWhat follows the difference in a program is not compared any more.\n")
	}
}
