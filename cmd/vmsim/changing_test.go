package main

import (
	"go/ast"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	quotedWord = regexp.MustCompile("`([^`]+)`")
	identifier = regexp.MustCompile(`^[A-Za-z]\w*(\.[A-Za-z]\w*)?$`)
)

// systemCalls are the words of docs/changing.md that are Linux's names and not ours.
var systemCalls = []string{"madvise", "mmap", "mremap"}

// TestChangingNamesIdentifiersOfItsFiles holds each row of docs/changing.md against the files that the row itself
// names: a reader who opens one must find there what the row says.
func TestChangingNamesIdentifiersOfItsFiles(t *testing.T) {
	text, err := os.ReadFile("docs/changing.md")
	if err != nil {
		t.Fatal(err)
	}
	inFile := identifiersByFile(t)
	rows := 0
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || strings.HasPrefix(cells[1], "---") || strings.TrimSpace(cells[1]) == "task" {
			continue
		}
		rows++
		files, words := filesAndWords(cells[2] + cells[3])
		if len(files) == 0 {
			t.Errorf("%s: no file is named", strings.TrimSpace(cells[1]))
		}
		for _, w := range words {
			_, name, method := strings.Cut(w, ".")
			if !method {
				name = w
			}
			if !slices.ContainsFunc(files, func(f string) bool { return inFile[f][name] }) {
				t.Errorf("%s: none of %v has %s", strings.TrimSpace(cells[1]), files, w)
			}
		}
	}
	if rows < 20 {
		t.Errorf("%d rows were read", rows)
	}
}

// filesAndWords are the Go files that a text names, a bare name being in the folder of the file before it, and its
// other quoted words that may be identifiers.
func filesAndWords(text string) (files, words []string) {
	folder := ""
	for _, m := range quotedWord.FindAllStringSubmatch(text, -1) {
		switch w := m[1]; {
		case path.Ext(w) == ".go" && path.Dir(w) == ".":
			files = append(files, path.Join(folder, w))
		case path.Ext(w) == ".go":
			folder = path.Dir(w)
			files = append(files, w)
		case strings.Contains(w, "/"):
			folder = strings.TrimSuffix(w, "/")
			files = append(files, folder)
		case identifier.MatchString(w) && !slices.Contains(systemCalls, w):
			words = append(words, w)
		}
	}
	return files, words
}

// identifiersByFile are the identifiers that occur in each file, and in each folder's files together.
func identifiersByFile(t *testing.T) map[string]map[string]bool {
	t.Helper()
	found := map[string]map[string]bool{}
	for _, s := range sources(t) {
		for _, at := range []string{s.path, path.Dir(s.path)} {
			noteIdentifiers(found, at, s.ast)
		}
	}
	return found
}

// noteIdentifiers adds the identifiers below a node to those found at a place.
func noteIdentifiers[K comparable](found map[K]map[string]bool, at K, below ast.Node) {
	if found[at] == nil {
		found[at] = map[string]bool{}
	}
	ast.Inspect(below, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			found[at][id.Name] = true
		}
		return true
	})
}
