package model

import (
	"strings"
	"testing"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

// FuzzModel runs whatever parses on the model, and checks its invariants after every statement.
func FuzzModel(f *testing.F) {
	for _, form := range scripttest.Forms {
		f.Add("p = 0x7ffff7ff0000\nfd = 3\nchild = 1\n" + form)
	}
	f.Add("p = mmap(NULL, 1<<47, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0)\n" +
		"p = mmap(NULL, 64K, 3, 0x22, -1, 0)\np[0] = 1\nfork()\n[2] p[0] = 2\nmremap(p, 64K, 4K, 1)")
	f.Add(".machine ram=64K\np = mmap(NULL, 1M, 3, 0x22, -1, 0)\np[0..1M step PAGE] = 1")
	scripttest.Seed(f, "kernel/*.vms", 12)
	f.Fuzz(func(t *testing.T, text string) {
		prog, err := script.Parse("fuzz", text)
		if err != nil || len(prog.Ops) > 200 || scripttest.HasLargeFile(prog) {
			return
		}
		m := New()
		r, err := run.NewRunner(prog, m, run.Options{Show: run.AllKinds})
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

// FuzzLayout lays out what parses, and checks what the model makes of it.
func FuzzLayout(f *testing.F) {
	for _, s := range []string{
		"00400000-00401000 r--p 00000000 /stub\n    00403000-00503000 rw-p 00000000\n    present 0x7fffffffe000",
		"7ffffffde000-7ffffffff000 rw-p 00000000 [stack]\n" +
			"    ffffffffff600000-ffffffffff601000 --xp 00000000 [vsyscall]",
		"7ffff7ff7000-7ffff7ffb000 r--p 00000000 [vvar]\n    7ffff7ffd000-7ffff7fff000 r-xp 00000000 [vdso]",
		"0-1000 rwxs 7ffffffffffff000 /a b  c", "1000-2000 rwxp 0 [heap]\n    2000-3000 rwxp 0 [heap]",
		"1000-7ffffffff000 ---p 0",
		"1000-2000 rw-p 0 [anon:x] # said", "present 1", "present", "2000-1000 rw-p 0", "1-2 rw-p 3",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		prog, err := script.Parse("fuzz", ".layout brk=0x503000\n    "+strings.ReplaceAll(text, "\n", "\n    "))
		if err != nil {
			scripttest.Complains(t, err)
			return
		}
		scripttest.RoundTrip(t, prog)
		if len(prog.Ops) > 50 || scripttest.HasLargeFile(prog) {
			return
		}
		m := New()
		r, err := run.NewRunner(prog, m, run.Options{Show: run.AllKinds})
		if err != nil {
			return
		}
		for {
			if err := m.Check(); err != nil {
				t.Fatal(err)
			}
			if !r.Next() {
				return
			}
		}
	})
}
