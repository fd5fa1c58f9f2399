package syscalls

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// TestRefusalSaysWhichOfSeveralReasonsItIs reads what the checks say: none leaves it to the reader which of two it was.
func TestRefusalSaysWhichOfSeveralReasonsItIs(t *testing.T) {
	or := regexp.MustCompile(`\bor\b`)
	for _, dir := range []string{".", "../vm", "../fault", "../pagecache"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files (%v)", dir, len(files), err)
		}
		for _, name := range files {
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				for _, said := range reasons(n) {
					if or.MatchString(said) && !allowedOr[said] {
						t.Errorf("%s: %q", name, said)
					}
				}
				return true
			})
		}
	}
}

// allowedOr are sentences in which the word joins nothing that the model could tell apart.
var allowedOr = map[string]bool{
	"the offset lies at the end of the file or beyond":                   true,
	"MAP_HUGETLB wants anonymous memory or a hugetlbfs file":             true,
	"MCL_ONFAULT says how, not what: it needs MCL_CURRENT or MCL_FUTURE": true,
}

// reasons are the texts that a node gives as the reason of a refusal.
func reasons(n ast.Node) (texts []string) {
	switch x := n.(type) {
	case *ast.CallExpr:
		if s, ok := x.Fun.(*ast.SelectorExpr); ok && (s.Sel.Name == "refuse" || s.Sel.Name == "Note") {
			texts = literals(x.Args)
		}
	case *ast.CompositeLit:
		if name, ok := x.Type.(*ast.Ident); ok && name.Name == "cause" {
			texts = literals(x.Elts)
		}
	case *ast.KeyValueExpr:
		if s, ok := x.Key.(*ast.SelectorExpr); ok && len(s.Sel.Name) > 1 && s.Sel.Name[0] == 'E' {
			texts = literals([]ast.Expr{x.Value})
		}
	}
	return texts
}

func literals(in []ast.Expr) (texts []string) {
	for _, e := range in {
		if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
			text, _ := strconv.Unquote(l.Value)
			texts = append(texts, text)
		}
	}
	return texts
}
