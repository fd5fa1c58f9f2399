package main

import (
	"fmt"
	"strings"

	"vmsim/syscalls/script"
	"vmsim/vm/trace"
)

var explainCommand = command{
	name: "explain", args: "WORD", line: "what a word means: a term, a step, a call, an errno",
	examples: []string{"vmsim explain minor-fault", "vmsim explain SIGBUS", "vmsim explain mremap", "vmsim explain EAGAIN"},
	run:      (*app).explain,
}

func (a *app) explain(f *flags) int {
	if len(f.rest) != 1 {
		return a.fail(&usageError{"explain wants one word", "vmsim explain page-cache"})
	}
	word := f.rest[0]
	found := false
	if text, ok := glossary[strings.ToLower(word)]; ok {
		fmt.Fprintf(a.out, "%s: %s\n", word, text)
		found = true
	}
	if k, ok := trace.KindNamed(word); ok {
		i := k.Info()
		fmt.Fprintf(a.out, "%s, a step of the model: %s.\nLinux: %s\n", word, i.Sentence, i.Linux)
		found = true
	}
	if sig, ok := script.Signature(word); ok {
		fmt.Fprintf(a.out, "%s, a system call: %s\n", word, sig)
		found = true
	}
	if n, ok := script.ErrnoOf(word); ok {
		fmt.Fprintf(a.out, "%s, errno %d: %s\n", word, int(n), script.ErrnoText(n))
		found = true
	}
	if found {
		return exitFine
	}
	fmt.Fprintf(a.err, "vmsim: nothing is known of %q", word)
	if near := nearest(word, explainable()); near != "" {
		fmt.Fprintf(a.err, "; did you mean %s?\nTry: vmsim explain %s\n", near, near)
		return exitUsage
	}
	fmt.Fprint(a.err, ".\nTry: vmsim explain page-cache\n")
	return exitUsage
}

// explainable are all words that explain knows, but for errnos.
func explainable() []string {
	words := script.CallNames()
	for k := range trace.NumKinds {
		words = append(words, k.String())
	}
	for w := range glossary {
		words = append(words, w)
	}
	return words
}
