package script

import "testing"

// FuzzModel runs whatever parses on the model, and checks its invariants after every statement.
func FuzzModel(f *testing.F) {
	for _, form := range forms {
		f.Add("p = 0x7ffff7ff0000\nfd = 3\nchild = 1\n" + form)
	}
	f.Add("p = mmap(NULL, 1<<47, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0)\np = mmap(NULL, 64K, 3, 0x22, -1, 0)\np[0] = 1\nfork()\n[2] p[0] = 2\nmremap(p, 64K, 4K, 1)")
	f.Add(".machine ram=64K\np = mmap(NULL, 1M, 3, 0x22, -1, 0)\np[0..1M step PAGE] = 1")
	seed(f, "testdata/kernel/*.vms", 12)
	f.Fuzz(func(t *testing.T, text string) {
		prog, err := Parse("fuzz", text)
		if err != nil || len(prog.Ops) > 200 || hasLargeFile(prog) {
			return
		}
		m := NewModel()
		r, err := NewRunner(prog, m, Options{Show: AllKinds})
		if err != nil {
			return
		}
		for r.Next() {
			if err := m.Check(); err != nil {
				t.Fatalf("after %s: %v", r.Result().Op, err)
			}
		}
	})
}

// hasLargeFile reports whether a .file line asks for more than a fuzzer can wait for: the bytes of a file are all made.
func hasLargeFile(prog *Program) bool {
	for i := range prog.Ops {
		if d, ok := prog.Ops[i].Do.(*Directive); ok && d.File != nil && d.File.Size > 1<<20 {
			return true
		}
	}
	return false
}
