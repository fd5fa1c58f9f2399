package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// taught are packages, types with their methods, and names that courses and tests use, and that the project itself need
// not. Any other exported name has a user in another package.
var taught = map[string]string{
	"syscalls.Process":                  "a program of a course makes these calls, with their flags",
	"fault.Page":                        "what a Repairer or a CopyOnWrite of an exercise works with",
	"fault.ErrNoPage":                   "what such a Repairer answers",
	"fault.ErrRetry":                    "what such a Repairer answers",
	"fault.ErrGuard":                    "what such a Repairer answers",
	"fault.SegvMapErr":                  "what an exercise expects of a wild access",
	"pagecache.LinuxReadahead":          "what an exercise on readahead starts from",
	"pagecache.OldestFirst":             "what an exercise on writeback starts from",
	"pagecache/policy.Replacer":         "how a course plugs a policy into a machine",
	"disk.HDD":                          "a disk for Config.Disk",
	"disk.SSD":                          "a disk for Config.Disk",
	"fault/faulttest":                   "a kit: the tests of an exercise import it",
	"vm/vmtest":                         "a kit: the tests of an exercise import it",
	"pagecache/policytest":              "a kit: the tests of an exercise import it",
	"syscalls/procfs.Process":           "a program of a course reads its files of /proc",
	"syscalls/leash":                    "only tests start processes that need a leash",
	"syscalls/script/scripttest":        "only tests import it",
	"syscalls/difftest.Generator":       "tests elsewhere run random programs on the model",
	"syscalls/difftest.NewGenerator":    "tests elsewhere run random programs on the model",
	"syscalls/difftest.Rules":           "tests try each rule's example on the kernel",
	"syscalls/difftest.Omissions":       "tests try each omission's example on the kernel",
	"syscalls/host.CanCompare":          "tests ask whether there is a kernel to compare with",
	"syscalls/host.CanCount":            "tests ask whether the kernel's counters can be read",
	"vm/profile.Profile.GivesHugePages": "tests skip where the kernel does",
	"vm/profile.Release.Series":         "tests compare the kernel's release with the model's",
}

// unread are packages that were not gone through yet. Commands' own packages are not read either: they are internal.
var unread = map[string]bool{"syscalls/difftest": true, "syscalls/host": true, "disk": true,
	"syscalls/exercise": true, "syscalls/exercise/child": true, "docs/course": true}

// listed is a package as go list describes it.
type listed struct {
	ImportPath, Dir, Export                            string
	Standard                                           bool
	GoFiles, TestGoFiles, XTestGoFiles, IgnoredGoFiles []string
}

// world is the project with the types of all its names.
type world struct {
	set      *token.FileSet
	packages []*types.Package
	checked  map[string]*types.Package
	used     map[types.Object]bool // by another package
	inTests  map[types.Object]bool // by a test of another package
	elsewise map[string]bool       // names in files of other systems
	demanded []*types.Interface
}

func TestExportedNamesAreUsedByAnotherPackage(t *testing.T) {
	w := load(t)
	known := map[string]bool{}
	for _, p := range w.packages {
		for _, o := range exported(p) {
			if root := rootOf(p, o); root != "" {
				known[root] = true
				markUsed(w.used, o)
			}
		}
	}
	for _, p := range w.packages {
		if unread[strings.TrimPrefix(p.Path(), "vmsim/")] || strings.HasPrefix(p.Path(), "vmsim/cmd/") {
			continue
		}
		for _, o := range exported(p) {
			if !w.needed(o) && !w.elsewise[o.Name()] {
				t.Errorf("%v: no other package uses %s (tests do: %v)", w.set.Position(o.Pos()), nameOf(p, o),
					w.inTests[o])
			}
		}
	}
	for name, why := range taught {
		if !known[name] || why == "" {
			t.Errorf("taught has a row for %s, which does not exist or says no reason", name)
		}
	}
}

// rootOf is the row of taught that an object falls under, if any.
func rootOf(p *types.Package, o types.Object) string {
	name, pkg := nameOf(p, o), strings.TrimPrefix(p.Path(), "vmsim/")
	for row := range taught {
		if name == row || pkg == row || strings.HasPrefix(name, row+".") && strings.HasPrefix(row, pkg+".") {
			return row
		}
	}
	return ""
}

// load type-checks the project's packages, the lowest first, and their tests.
func load(t *testing.T) *world {
	t.Helper()
	out, err := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Dir,Export,Standard,GoFiles,"+
		"TestGoFiles,XTestGoFiles,IgnoredGoFiles", "./...").Output()
	if err != nil {
		t.Skipf("go list does not answer: %v", err)
	}
	w := &world{set: token.NewFileSet(), checked: map[string]*types.Package{}, used: map[types.Object]bool{},
		inTests: map[types.Object]bool{}, elsewise: map[string]bool{}}
	exports := map[string]string{}
	gc := importer.ForCompiler(w.set, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	imports := importFunc(func(path string) (*types.Package, error) {
		if p := w.checked[path]; p != nil {
			return p, nil
		}
		return gc.Import(path)
	})
	var own []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var l listed
		if err := d.Decode(&l); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		exports[l.ImportPath] = l.Export
		if l.ImportPath == "vmsim" || strings.HasPrefix(l.ImportPath, "vmsim/") {
			own = append(own, l)
			w.checked[l.ImportPath] = w.check(imports, l, l.GoFiles, w.used)
			w.packages = append(w.packages, w.checked[l.ImportPath])
		}
	}
	for _, l := range own {
		w.check(imports, l, append(l.TestGoFiles, l.GoFiles...), w.inTests)
		w.check(imports, l, l.XTestGoFiles, w.inTests)
		for _, f := range w.parse(l, l.IgnoredGoFiles) {
			ast.Inspect(f, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok {
					w.elsewise[s.Sel.Name] = true
				}
				return true
			})
		}
	}
	return w
}

type importFunc func(path string) (*types.Package, error)

func (f importFunc) Import(path string) (*types.Package, error) { return f(path) }

func (w *world) parse(l listed, files []string) (parsed []*ast.File) {
	for _, name := range files {
		if f, err := parser.ParseFile(w.set, filepath.Join(l.Dir, name), nil, parser.SkipObjectResolution); err == nil {
			parsed = append(parsed, f)
		}
	}
	return parsed
}

// check finds the types of some files, and marks what they use of other packages.
func (w *world) check(imports types.Importer, l listed, files []string, used map[types.Object]bool) *types.Package {
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{}}
	// An external test also sees names of the package's own tests, which are not there: such errors do not matter.
	conf := types.Config{Importer: imports, Error: func(error) {}}
	p, _ := conf.Check(l.ImportPath, w.set, w.parse(l, files), info)
	for _, o := range info.Uses {
		if o.Pkg() != nil && o.Pkg().Path() != l.ImportPath {
			markUsed(used, o)
		}
	}
	for _, of := range info.Types {
		if i, ok := of.Type.Underlying().(*types.Interface); ok && i.NumMethods() > 0 {
			w.demanded = append(w.demanded, i)
		}
	}
	return p
}

// markUsed marks a name, and the types without which it could not be written down.
func markUsed(used map[types.Object]bool, o types.Object) {
	if f, ok := o.(*types.Func); ok {
		o = f.Origin()
	}
	if v, ok := o.(*types.Var); ok {
		o = v.Origin()
	}
	if used[o] {
		return
	}
	used[o] = true
	if n, ok := o.(*types.TypeName); ok {
		markType(used, n.Type().Underlying())
		return
	}
	markType(used, o.Type())
}

func markType(used map[types.Object]bool, t types.Type) {
	switch t := t.(type) {
	case *types.Named:
		markUsed(used, t.Obj())
		for a := range t.TypeArgs().Types() {
			markType(used, a)
		}
	case interface{ Elem() types.Type }:
		markType(used, t.Elem())
		if m, ok := t.(*types.Map); ok {
			markType(used, m.Key())
		}
	case *types.Signature:
		for v := range t.Params().Variables() {
			markType(used, v.Type())
		}
		for v := range t.Results().Variables() {
			markType(used, v.Type())
		}
	case *types.Struct:
		for f := range t.Fields() {
			if f.Exported() {
				markType(used, f.Type())
			}
		}
	case *types.Interface:
		for m := range t.Methods() {
			markType(used, m.Type())
		}
	}
}

// exported are a package's names that others can use, methods included.
func exported(p *types.Package) (out []types.Object) {
	if p.Name() == "main" {
		return nil
	}
	for _, n := range p.Scope().Names() {
		o := p.Scope().Lookup(n)
		if !o.Exported() {
			continue
		}
		out = append(out, o)
		named, ok := o.Type().(*types.Named)
		if _, isType := o.(*types.TypeName); !ok || !isType {
			continue
		}
		for m := range named.Methods() {
			if m.Exported() {
				out = append(out, m)
			}
		}
	}
	return out
}

// nameOf is an object's name with that of its package, and of its type where it is a method.
func nameOf(p *types.Package, o types.Object) string {
	of := strings.TrimPrefix(p.Path(), "vmsim/") + "."
	if f, ok := o.(*types.Func); ok && f.Signature().Recv() != nil {
		t := f.Signature().Recv().Type()
		if pointer, ok := t.(*types.Pointer); ok {
			t = pointer.Elem()
		}
		of += t.(*types.Named).Obj().Name() + "."
	}
	return of + o.Name()
}

// needed reports whether a name has a user outside its package. A constant of a type is one of a set, which is used as
// a whole; a method may be demanded by an interface, and an interface be there for types of other packages.
func (w *world) needed(o types.Object) bool {
	if w.used[o] {
		return true
	}
	switch o := o.(type) {
	case *types.Const:
		n, ok := o.Type().(*types.Named)
		return ok && w.used[n.Obj()]
	case *types.Func:
		r := o.Signature().Recv()
		return r != nil && (o.Name() == "Unwrap" || w.demands(r.Type(), o.Name())) // errors.Is asks for Unwrap
	case *types.TypeName:
		i, ok := o.Type().Underlying().(*types.Interface)
		return ok && w.implemented(i, o.Pkg())
	}
	return false
}

// implemented reports whether a type of another package has the methods of an interface: one that a caller may have
// beyond what it must.
func (w *world) implemented(i *types.Interface, of *types.Package) bool {
	for _, p := range w.packages {
		for _, n := range p.Scope().Names() {
			t, ok := p.Scope().Lookup(n).(*types.TypeName)
			if ok && p != of && types.Implements(types.NewPointer(t.Type()), i) {
				return true
			}
		}
	}
	return false
}

func (w *world) demands(t types.Type, method string) bool {
	if _, ok := t.(*types.Pointer); !ok {
		t = types.NewPointer(t)
	}
	for _, i := range w.demanded {
		for m := range i.Methods() {
			if m.Name() == method && types.Implements(t, i) {
				return true
			}
		}
	}
	return false
}
