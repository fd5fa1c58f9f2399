package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"vmsim/cmd/internal/prompt"
	"vmsim/syscalls/script"
)

// guide goes through the tour: a block of vms begins a session, a block of text is a conversation in it.
type guide struct {
	t      *testing.T
	prompt *prompt.Prompt
	out    *bytes.Buffer
}

func (g *guide) begin(program string) {
	g.t.Helper()
	prog, err := script.Parse("tour", program)
	if err != nil {
		g.t.Fatal(err)
	}
	g.out = &bytes.Buffer{}
	if g.prompt, err = prompt.New(prog, g.out, nil); err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(g.prompt.Session.Close)
}

// talk types the lines after each prompt, and returns the actual conversation.
func (g *guide) talk(block string) string {
	var b strings.Builder
	for line := range strings.Lines(block) {
		if !strings.HasPrefix(line, "(vmsim") {
			continue
		}
		_, typed, _ := strings.Cut(strings.TrimRight(line, "\n"), ") ")
		b.WriteString(g.prompt.Text() + typed + "\n")
		g.out.Reset()
		if err := g.prompt.Line(typed); err != nil {
			b.WriteString(err.Error() + "\n")
		}
		b.Write(g.out.Bytes())
	}
	return b.String()
}

// asTyped is docs/tour.md as it goes when it is typed.
func asTyped(t *testing.T, text string) string {
	g := &guide{t: t}
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "```")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		kind, rest, _ := strings.Cut(rest, "\n")
		block, after, _ := strings.Cut(rest, "```")
		if kind == "vms" {
			g.begin(block)
		} else {
			block = g.talk(block)
		}
		b.WriteString("```" + kind + "\n" + block + "```")
		text = after
	}
}

func TestTourGoesAsItIsWritten(t *testing.T) {
	text, err := os.ReadFile("docs/tour.md")
	if err != nil {
		t.Fatal(err)
	}
	got := asTyped(t, string(text))
	if *update {
		if err := os.WriteFile("docs/tour.md", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	a, b := strings.Split(got, "\n"), strings.Split(string(text), "\n")
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			t.Fatalf("docs/tour.md:%d: it goes\n%s\nwritten is\n%s\n(go test ./cmd/vmsim -run Tour -update writes it "+
				"anew)", i+1, a[i], b[min(i, len(b)-1)])
		}
	}
}
