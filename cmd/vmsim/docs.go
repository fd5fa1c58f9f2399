package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"vmsim/cmd/internal/prompt"
	"vmsim/cmd/internal/words"
	"vmsim/docs"
	"vmsim/syscalls/plural"
	"vmsim/vm/trace"
)

var docsCommand = command{
	name: "docs", args: "DIR", line: "write the generated documents into a folder",
	text: `commands.md, glossary.md, linux-map.md, gaps.md, claims.md, examples.md, kernels.md, replacement.md and
pictures.md with their pictures, and whatever else comes from the tables that the commands themselves use. A test fails
where those in docs/ are stale.`,
	examples: []string{},
	run:      (*app).docs,
}

// documents are the generated ones, by name.
var documents = map[string]func(*strings.Builder){
	"commands.md": commandsDoc, "glossary.md": glossaryDoc, "linux-map.md": linuxMapDoc, "gaps.md": gapsDoc,
	"claims.md":   claimsDoc,
	"examples.md": examplesDoc, "kernels.md": kernelsDoc, "replacement.md": replacementDoc,
	"replacement.svg": replacementPicture, "pictures.md": picturesDoc, "screen.svg": screenPicture,
	"plot-faults.svg": picture("faults"), "plot-readahead.svg": picture("readahead"),
	"plot-compare.svg": picture("compare"), "plot-scale.svg": picture("scale"),
}

// document is the text of a generated document.
func document(name string) string {
	var b strings.Builder
	documents[name](&b)
	if strings.HasSuffix(name, ".md") {
		b.WriteString("\nThis page is generated; `vmsim docs docs` writes it anew.\n")
	}
	return b.String()
}

func (a *app) docs(f *flags) int {
	if len(f.rest) != 1 {
		return a.fail(&usageError{"docs wants a folder", "vmsim docs docs"})
	}
	for name := range documents {
		if err := os.WriteFile(filepath.Join(f.rest[0], name), []byte(document(name)), 0o644); err != nil {
			return a.fail(badFolder(f.rest[0], err))
		}
	}
	fmt.Fprintf(a.err, "%s written\n", plural.Count(len(documents), "document", "documents"))
	return exitFine
}

// badFolder is why nothing can be written into a folder, whatever file was the first.
func badFolder(dir string, err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("nothing can be written into the folder %s: %w", dir, err)
}

func commandsDoc(b *strings.Builder) {
	b.WriteString("# The commands\n\nData goes to stdout, talk to stderr. Exit codes: 0 fine; 1 an assertion, a " +
		"comparison or a grade failed; 2 the command line or a\n" +
		"program cannot be read; 3 vmsim broke an invariant of its own; 4 the evidence is not available here.\n")
	for _, c := range commands {
		fmt.Fprintf(b, "\n## vmsim %s\n\n%s.\n", strings.TrimSpace(c.name+" "+c.args),
			strings.ToUpper(c.line[:1])+c.line[1:])
		if c.text != "" {
			fmt.Fprintf(b, "\n%s\n", c.text)
		}
		if len(c.examples) > 0 {
			fmt.Fprintf(b, "\n```sh\n%s\n```\n", strings.Join(c.examples, "\n"))
		}
		if len(c.flags) > 0 {
			b.WriteString("\n| flag | |\n|---|---|\n")
		}
		for _, f := range c.flags {
			fmt.Fprintf(b, "| `%s` | %s |\n", f.name, cell(f.text))
		}
	}
	b.WriteString("\n" + prompt.Document())
}

// cell escapes a text for a table.
func cell(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "|", "\\|"), "\n", " ")
}

func glossaryDoc(b *strings.Builder) {
	b.WriteString("# The words\n\n`vmsim explain WORD` says the same, and knows steps, calls, flags, errors and " +
		"settings as well.\n\n| word | also | |\n|---|---|---|\n")
	words.Terms(func(term string, synonyms []string, meaning string) {
		fmt.Fprintf(b, "| %s | %s | %s |\n", term, strings.Join(synonyms, ", "), cell(meaning))
	})
}

func linuxMapDoc(b *strings.Builder) {
	b.WriteString("# Steps and where Linux takes them\n\nEverything the model does is a step of one of these kinds. " +
		"The cost is virtual time, besides the bytes that are moved; it orders\n" +
		"things and is no measurement. A, B and C are the step's arguments.\n\n| step | what happens | in Linux 6.18 " +
		"| tracepoint | ns |\n|---|---|---|---|---|\n")
	for k := range trace.NumKinds {
		i := k.Info()
		fmt.Fprintf(b, "| %s | %s | %s | %s | %d |\n", i.Name, cell(i.Sentence), i.Linux, i.Tracepoint, i.Cost)
	}
}

func gapsDoc(b *strings.Builder) {
	b.WriteString("# What is not modelled\n\n| | |\n|---|---|\n")
	for _, g := range words.Gaps() {
		fmt.Fprintf(b, "| %s | %s |\n", cell(g.What), cell(g.Effect))
	}
}

func claimsDoc(b *strings.Builder) {
	b.WriteString("# What popular accounts say of mmap, tried\n\nEach claim is a program that runs in the model and, " +
		"where it can, on the real kernel: `vmsim claims 11 --kernel`. The tests hold every\n" +
		"line of all of them.\n")
	for _, c := range docs.Claims() {
		fmt.Fprintf(b, "\n## %d. %s: %s\n\n> %s\n\n", c.Number, strings.ReplaceAll(c.Name, "-", " "), c.Verdict, c.Text)
		switch {
		case c.Verdict == docs.False:
			fmt.Fprintf(b, "Because %s\n\n", c.Why)
		case c.Why != "":
			fmt.Fprintf(b, "Condition: %s\n\n", c.Why)
		}
		fmt.Fprintf(b, "**%s**\n\nThe evidence: [%s](claims/%s)\n", c.Say, filepath.Base(c.File), filepath.Base(c.File))
	}
}

func examplesDoc(b *strings.Builder) {
	b.WriteString("# The examples\n\nEach begins with a note on what to look for and what to change.\n\n| program | " +
		"|\n|---|---|\n")
	for _, file := range docs.Programs("examples") {
		text, _ := docs.Program(file)
		first, _, _ := strings.Cut(strings.TrimPrefix(text, "# "), "\n")
		fmt.Fprintf(b, "| [%s](examples/%s) | %s |\n", filepath.Base(file), filepath.Base(file), cell(first))
	}
}
