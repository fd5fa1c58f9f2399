package main

import (
	"go/ast"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// argTypes are the types that a step's function may take for each kind of argument in vm/trace's table.
var argTypes = map[string][]string{
	"ArgNumber": {"int", "uint64", "SignalCode", "Flags", "FrameRefusal"},
	"ArgAddr":   {"Addr"}, "ArgPage": {"PageIndex"},
	"ArgFrame": {"PFN"},
	"ArgBlock": {"Block"}, "ArgInode": {"uint64"}, "ArgAreaFlags": {"Flags"}, "ArgPID": {"int"}, "ArgErrno": {"Errno"},
	"ArgCall": {"Number"}, "ArgSignal": {"SignalNumber"}, "ArgDirection": {"Op"}, "ArgAccess": {"Access"},
	"ArgSwap": {"SwapEntry"},
}

// tabledArgs is vm/trace's table of arguments as its source has it.
func tabledArgs(t *testing.T, files []sourceFile) map[string][]string {
	args := map[string][]string{}
	eachRow(files, "vm/trace/kinds.go", func(kind string, row ast.Expr) {
		for _, field := range row.(*ast.CompositeLit).Elts {
			list, ok := field.(*ast.CompositeLit)
			if !ok {
				continue
			}
			for _, a := range list.Elts {
				args[kind] = append(args[kind], a.(*ast.Ident).Name)
			}
		}
	})
	if len(args) < 50 {
		t.Fatalf("the table of arguments has %d rows", len(args))
	}
	return args
}

// eachRow calls fn for each row of the table in a file, with its key.
func eachRow(files []sourceFile, path string, fn func(key string, row ast.Expr)) {
	for _, s := range files {
		if s.path != path {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			row, ok := n.(*ast.KeyValueExpr)
			if ok {
				fn(row.Key.(*ast.Ident).Name, row.Value)
			}
			return !ok
		})
	}
}

// typeName is a parameter's type without its package.
func typeName(x ast.Expr) string {
	if sel, ok := x.(*ast.SelectorExpr); ok {
		return sel.Sel.Name
	}
	id, _ := x.(*ast.Ident)
	if id == nil {
		return ""
	}
	return id.Name
}

// stepParams are the types of what a step's function takes, without the log, the count of bytes and the reason.
func stepParams(f *ast.FuncDecl) (types []string) {
	for _, p := range f.Type.Params.List {
		for range p.Names {
			types = append(types, typeName(p.Type))
		}
	}
	types = types[1:]
	if len(types) > 0 && f.Type.Params.List[1].Names[0].Name == "n" {
		types = types[1:]
	}
	return slices.DeleteFunc(types, func(s string) bool { return s == "string" })
}

func TestStepsTakeWhatTheirRowInTheTableSays(t *testing.T) {
	files := sources(t)
	args := tabledArgs(t, files)
	for _, s := range files {
		if filepath.Base(s.path) != "steps.go" {
			continue
		}
		for _, d := range s.ast.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			row := args[strings.TrimPrefix(f.Name.Name, "step")]
			for i, typ := range stepParams(f) {
				kind := "ArgNumber"
				if i < len(row) {
					kind = row[i]
				}
				if !slices.Contains(argTypes[kind], typ) && (i < len(row) || typ != "uint64") {
					t.Errorf("%v: argument %d is a %s, in the table %s", s.set.Position(f.Pos()), i+1, typ, kind)
				}
			}
		}
	}
}

func TestModelTakesStepsThroughTheirFunctionsOnly(t *testing.T) {
	for _, s := range sources(t) {
		if s.test() || filepath.Base(s.path) == "steps.go" ||
			!slices.Contains(stepless, filepath.ToSlash(filepath.Dir(s.path))) {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			sel, ok := call.Args[0].(*ast.SelectorExpr)
			fun, isMethod := call.Fun.(*ast.SelectorExpr)
			if !ok || !isMethod || !slices.Contains([]string{"Step", "Note", "Copy"}, fun.Sel.Name) {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == "trace" {
				t.Errorf("%v: write a function for trace.%s in steps.go", s.set.Position(n.Pos()), sel.Sel.Name)
			}
			return true
		})
	}
}

// takenKinds are the kinds of step that some source takes.
func takenKinds(t *testing.T) map[string]bool {
	taken := map[string]bool{}
	for _, s := range sources(t) {
		if s.test() {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && len(call.Args) > 0 {
				fun, isMethod := call.Fun.(*ast.SelectorExpr)
				kind, isKind := call.Args[0].(*ast.SelectorExpr)
				if isMethod && isKind && slices.Contains([]string{"Step", "Note", "Copy"}, fun.Sel.Name) {
					taken[kind.Sel.Name] = true
				}
			}
			return true
		})
	}
	return taken
}

// break would never stop at a kind that nothing takes, and what counts its steps would show 0.
func TestEachKindOfStepIsTaken(t *testing.T) {
	taken, kinds := takenKinds(t), 0
	eachRow(sources(t), "vm/trace/kinds.go", func(kind string, _ ast.Expr) {
		if kinds++; !taken[kind] {
			t.Errorf("no source takes a step of the kind %s", kind)
		}
	})
	if kinds < 50 {
		t.Errorf("the table of kinds has %d rows", kinds)
	}
}
