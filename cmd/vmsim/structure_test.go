package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// sourceFile is a file of the project, parsed.
type sourceFile struct {
	path string
	ast  *ast.File
	set  *token.FileSet
}

func (s sourceFile) test() bool { return strings.HasSuffix(s.path, "_test.go") }

func sources(t *testing.T) (files []sourceFile) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && (d.Name() == "testdata" || strings.ContainsAny(d.Name()[:1], "._")):
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".go":
			return nil
		}
		f, err := parsed(path)
		files = append(files, f)
		return err
	})
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files found (%v)", len(files), err)
	}
	return files
}

func parsed(path string) (sourceFile, error) {
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, path, nil, parser.ParseComments)
	return sourceFile{filepath.ToSlash(path), f, set}, err
}

func TestExportedTypesNameTheirCounterpartInLinux(t *testing.T) {
	for _, s := range sources(t) {
		top, _, _ := strings.Cut(s.path, "/")
		if s.test() || !slices.Contains([]string{"vm", "pagecache", "fault", "disk"}, top) {
			continue
		}
		for _, d := range s.ast.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.TYPE {
				continue
			}
			for _, spec := range g.Specs {
				ts := spec.(*ast.TypeSpec)
				doc := ts.Doc
				if doc == nil {
					doc = g.Doc
				}
				if ts.Name.IsExported() && !namesLinux(doc) {
					t.Errorf("%v: the doc of %s does not end with a line that begins with \"Linux: \"",
						s.set.Position(ts.Pos()), ts.Name)
				}
			}
		}
	}
}

// namesLinux reports whether the last paragraph of a doc has a line that begins with "Linux: ".
func namesLinux(doc *ast.CommentGroup) bool {
	for line := range strings.Lines(doc.Text()) {
		if strings.HasPrefix(line, "Linux: ") {
			return true
		}
	}
	return false
}

const longestFunction = 57

func TestFunctionsAreShort(t *testing.T) {
	for _, s := range sources(t) {
		for _, d := range s.ast.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			if n := s.set.Position(f.End()).Line - s.set.Position(f.Pos()).Line + 1; n > longestFunction {
				t.Errorf("%v: %s has %d lines, more than %d", s.set.Position(f.Pos()), f.Name.Name, n, longestFunction)
			}
		}
	}
}

// widest is how many columns a line of code has at most, a tab counting as four.
const widest = 120

func TestLinesFitIntoTheWidthOfAnEditor(t *testing.T) {
	for _, s := range sources(t) {
		text, err := os.ReadFile(s.path)
		if err != nil {
			t.Fatal(err)
		}
		number := 0
		for line := range strings.Lines(string(text)) {
			number++
			line = strings.ReplaceAll(strings.TrimSuffix(line, "\n"), "\t", "    ")
			if n := utf8.RuneCountInString(line); n > widest {
				t.Errorf("%s:%d has %d columns, more than %d", s.path, number, n, widest)
			}
		}
	}
}

// A Go function may move the stack when it is called, and a number that was a pointer does not move with it. Only the
// system call itself keeps what its arguments point to in place.
func TestPointerBecomesANumberOnlyInASystemCall(t *testing.T) {
	for _, s := range sources(t) {
		ast.Inspect(s.ast, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || strings.Contains(called(call), "Syscall") {
				return true
			}
			for _, arg := range call.Args {
				if c, ok := arg.(*ast.CallExpr); ok && called(c) == "uintptr" && movable(c.Args[0], s.ast) {
					t.Errorf("%v: %s is given a pointer as a number: pass an unsafe.Pointer", s.set.Position(n.Pos()),
						called(call))
				}
			}
			return true
		})
	}
}

// called is the name of the function or type of a call, without its package.
func called(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// movable reports whether an expression is unsafe.Pointer of anything but a variable at the top of the same file.
func movable(e ast.Expr, f *ast.File) bool {
	c, ok := e.(*ast.CallExpr)
	if !ok || called(c) != "Pointer" {
		return false
	}
	u, ok := c.Args[0].(*ast.UnaryExpr)
	if !ok {
		return true
	}
	x, ok := u.X.(*ast.Ident)
	return !ok || !slices.ContainsFunc(f.Decls, func(d ast.Decl) bool { return declares(d, x.Name) })
}

// declares reports whether a declaration at the top of a file makes a variable of that name.
func declares(d ast.Decl, name string) bool {
	g, ok := d.(*ast.GenDecl)
	return ok && g.Tok == token.VAR && slices.ContainsFunc(g.Specs, func(s ast.Spec) bool {
		return slices.ContainsFunc(s.(*ast.ValueSpec).Names, func(x *ast.Ident) bool { return x.Name == name })
	})
}

// The library never talks: what it has to say it returns.
func TestLibraryDoesNotPrint(t *testing.T) {
	for _, s := range sources(t) {
		if s.test() || strings.HasPrefix(s.path, "cmd/") || strings.Contains(s.path, "/internal/") {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			x, ok := sel.X.(*ast.Ident)
			if ok &&
				(x.Name == "fmt" && strings.HasPrefix(sel.Sel.Name, "Print") || x.Name == "os" &&
					(sel.Sel.Name == "Stdout" || sel.Sel.Name == "Stderr")) {
				t.Errorf("%v: %s.%s in a library", s.set.Position(n.Pos()), x.Name, sel.Sel.Name)
			}
			return true
		})
	}
}

// stepless are the packages that must give the same steps for the same program.
var stepless = []string{"vm", "vm/phys", "vm/trace", "vm/clock", "pagecache", "pagecache/overlap",
	"pagecache/throttle", "pagecache/xarray", "disk", "fault", "syscalls", "syscalls/procfs"}

func TestModelHasNoClockNoChanceAndNoGoroutine(t *testing.T) {
	for _, s := range sources(t) {
		if s.test() || !slices.Contains(stepless, filepath.ToSlash(filepath.Dir(s.path))) {
			continue
		}
		for _, i := range s.ast.Imports {
			if q, _ := strconv.Unquote(i.Path.Value); strings.HasPrefix(q, "math/rand") || q == "crypto/rand" ||
				q == "sync" {
				t.Errorf("%s imports %s", s.path, q)
			}
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%v: a goroutine", s.set.Position(n.Pos()))
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" &&
					(n.Sel.Name == "Now" || n.Sel.Name == "Sleep" || n.Sel.Name == "Since") {
					t.Errorf("%v: time.%s", s.set.Position(n.Pos()), n.Sel.Name)
				}
			}
			return true
		})
	}
}
