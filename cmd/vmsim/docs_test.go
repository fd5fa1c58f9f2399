package main

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

func TestGeneratedDocumentsAreWhatTheTablesSay(t *testing.T) {
	for name := range documents {
		if strings.HasSuffix(name, ".svg") && runtime.GOARCH != "amd64" {
			t.Logf("%s is not compared: the last digits of a picture are the processor's", name)
			continue
		}
		file := filepath.Join("docs", name)
		if *update {
			if err := os.WriteFile(file, []byte(document(name)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		have, err := os.ReadFile(file)
		if err != nil || string(have) != document(name) {
			t.Errorf("%s is stale (%v); go test ./cmd/vmsim -update writes it anew", file, err)
		}
	}
}

func TestDocsWritesEveryDocument(t *testing.T) {
	dir := t.TempDir()
	if _, errs, code := vmsim("vmsim docs " + dir); code != exitFine {
		t.Fatal(errs)
	}
	for name := range documents {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err != nil || len(text) < 200 {
			t.Errorf("%s: %d bytes, %v", name, len(text), err)
		}
	}
}

func TestDocsNamesTheFolderThatCannotBeWrittenInto(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	_, errs, code := vmsim("vmsim docs " + dir)
	if code != exitUsage || !strings.Contains(errs, "into the folder "+dir+":") || strings.Contains(errs, ".md") {
		t.Errorf("exit code %d: %s", code, errs)
	}
}

var link = regexp.MustCompile(`\]\(([^)#:]+)\)`)

func TestLinksOfTheDocumentsLeadSomewhere(t *testing.T) {
	files, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, "README.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), m[1])); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}

var (
	mentioned = regexp.MustCompile("`vmsim ([a-z]+)")
	codeFile  = regexp.MustCompile("`([a-z0-9_/]+\\.go)`")
)

// A document that speaks of a command or a file of the code must speak of one that is there. It may name a file by its
// name alone where the package has been named before.
func TestDocumentsNameCommandsAndFilesThatExist(t *testing.T) {
	exists := map[string]bool{}
	for _, s := range sources(t) {
		exists[s.path], exists[filepath.Base(s.path)] = true, true
	}
	for _, file := range []string{"README.md", "docs/architecture.md", "docs/changing.md"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range mentioned.FindAllStringSubmatch(string(text), -1) {
			if _, ok := commandNamed(m[1]); !ok {
				t.Errorf("%s speaks of vmsim %s", file, m[1])
			}
		}
		for _, m := range codeFile.FindAllStringSubmatch(string(text), -1) {
			if !exists[m[1]] {
				t.Errorf("%s names %s, which does not exist", file, m[1])
			}
		}
	}
}

var qualified = regexp.MustCompile("`(\\w+\\.[A-Za-z]\\w*)")

// What the architecture calls pkg.Name or Type.Method must be so called.
func TestArchitectureNamesTypesAndMethodsThatExist(t *testing.T) {
	text, err := os.ReadFile("docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	have := declared(t)
	for _, m := range qualified.FindAllStringSubmatch(string(text), -1) {
		if !have[m[1]] && m[1] != "syscall.Errno" && filepath.Ext(m[1]) != ".go" {
			t.Errorf("there is no %s", m[1])
		}
	}
}

// declared are the names of the project's code: pkg.Name, and Type.Method.
func declared(t *testing.T) map[string]bool {
	have := map[string]bool{}
	for _, s := range sources(t) {
		for _, d := range s.ast.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				have[s.ast.Name.Name+"."+d.Name.Name] = true
				if d.Recv != nil {
					kind := d.Recv.List[0].Type
					if star, ok := kind.(*ast.StarExpr); ok {
						kind = star.X
					}
					if id, ok := kind.(*ast.Ident); ok {
						have[id.Name+"."+d.Name.Name] = true
					}
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if spec, ok := spec.(*ast.TypeSpec); ok {
						have[s.ast.Name.Name+"."+spec.Name.Name] = true
					}
				}
			}
		}
	}
	return have
}
