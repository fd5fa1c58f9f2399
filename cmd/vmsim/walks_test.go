package main

import (
	"go/ast"
	"os"
	"regexp"
	"strings"
	"testing"
)

// mostWalkFiles is how many files a walk of docs/architecture.md leads through at most.
const mostWalkFiles = 7

// walkStep is a line of a walk: a function, its file, and how deep it is indented.
type walkStep struct {
	depth      int
	name, file string
}

var walkLine = regexp.MustCompile(`^( *)(\w+) {2,}(\S+\.go)$`)

// walks are the drawings of docs/architecture.md: the fenced blocks of lines that name a function and its file.
func walks(t *testing.T) (all [][]walkStep) {
	t.Helper()
	text, err := os.ReadFile("docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	for i, block := range strings.Split(string(text), "```") {
		if i%2 == 0 {
			continue
		}
		var walk []walkStep
		for line := range strings.Lines(block) {
			if m := walkLine.FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil {
				walk = append(walk, walkStep{len(m[1]), m[2], m[3]})
			}
		}
		if walk != nil {
			all = append(all, walk)
		}
	}
	return all
}

// functionsNamed are the functions of each file by name, with all that their bodies name.
func functionsNamed(t *testing.T) map[walkStep]map[string]bool {
	found := map[walkStep]map[string]bool{}
	for _, s := range sources(t) {
		for _, d := range s.ast.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			noteIdentifiers(found, walkStep{name: f.Name.Name, file: s.path}, f.Body)
		}
	}
	return found
}

func TestWalksAreDrawnFromTheCode(t *testing.T) {
	functions, drawn := functionsNamed(t), walks(t)
	if len(drawn) != 4 {
		t.Fatalf("%d walks are drawn, want mmap, load, read and msync", len(drawn))
	}
	for _, walk := range drawn {
		files := map[string]bool{}
		var callers []walkStep
		for _, s := range walk {
			files[s.file] = true
			for len(callers) > 0 && callers[len(callers)-1].depth >= s.depth {
				callers = callers[:len(callers)-1]
			}
			here := walkStep{name: s.name, file: s.file}
			if functions[here] == nil {
				t.Errorf("%s has no function %s", s.file, s.name)
			}
			if n := len(callers); n > 0 {
				c := callers[n-1]
				if !functions[walkStep{name: c.name, file: c.file}][s.name] {
					t.Errorf("%s in %s does not call %s", c.name, c.file, s.name)
				}
			}
			callers = append(callers, s)
		}
		if len(files) > mostWalkFiles {
			t.Errorf("the walk from %s leads through %d files, at most %d", walk[0].name, len(files), mostWalkFiles)
		}
	}
}
