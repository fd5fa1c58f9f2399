package difftest_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vmsim/syscalls/leash"
)

// mutation is a deliberate error in one place of the model's code.
type mutation struct {
	area     string
	file     string
	from, to string // from occurs once in the file
	kinds    string // of program, that meet it
}

var mutations = []mutation{
	{"merge rule: offsets need not follow on", "vm/merge.go", "case ends != begins:", "case false && ends != begins:",
		"anon,file-tmpfs"},
	{"errno order: msync looks at the address first", "syscalls/msync.go",
		"case flags&^(SyncAsync|SyncInvalidate|SyncSync) != 0:",
		"case n == 1 && addr.Aligned() && flags&^(SyncAsync|SyncInvalidate|SyncSync) != 0:", "errors"},
	{"dirty bit: an entry that goes does not tell the frame", "vm/entries.go", "if e.Dirty() {\n\t\t\tif o, ok",
		"if false {\n\t\t\tif o, ok", "file-tmpfs"},
	{"fault-around: a window of 8 pages", "fault/file.go", "faultAroundPages = 16", "faultAroundPages = 8",
		"file-tmpfs"},
	{"copy-on-write: a frame of two is taken over", "fault/writeprotected.go", "if frame.Refs() != 1 {",
		"if frame.Refs() > 2 {", "fork"},
	{"truncate: the rest of the last page is not cleared", "pagecache/shmem.go",
		"s.zero(m, size, beyond.FileOffset())", "s.zero(m, size, size)", "file-tmpfs"},
	{"mincore: a page of a file counts only where it is mapped", "syscalls/mincore.go",
		"f == nil || f.Mapping.InCore(a.IndexOf(x))", "f == nil", "file-tmpfs"},
	{"mlock: on-fault populates all the same", "fault/populate.go", "case a.Flags.Has(vm.LockOnFault):",
		"case a.Flags.Has(vm.LockOnFault) && start == 0:", "anon"},
	{"gap search: no guard gap below a stack", "vm/area.go", "return a.Start - StackGuardGap", "return a.Start",
		"anon"},
	{"msync: the pages stay writable", "vm/protect.go", "s.SetEntry(x, e&^(PteWrite|PteDirty))",
		"s.SetEntry(x, e&^PteDirty)", "file-ext4"},
	{"fork: the parent's entries stay writable", "vm/fork.go", "if a.Flags.MayBeCowed() && e.Writable() {",
		"if a.Flags.MayBeCowed() && e.Writable() && e.Young() && n%2 == 0 {", "fork"},
	{"mprotect: the first area of a range is done though it may not be", "syscalls/mprotect.go",
		"case a.Start > start:", "case a.Start > start && a.Start >= end:", "anon,errors"},
}

// TestDeliberateErrorsOfTheModelAreFound builds vmsim with one error after the other and lets it fuzz: each is found
// within a minute, and by ten statements or fewer. It takes minutes, so it waits to be asked: VMSIM_MUTATIONS=1.
func TestDeliberateErrorsOfTheModelAreFound(t *testing.T) {
	if os.Getenv("VMSIM_MUTATIONS") == "" {
		t.Skip("it takes minutes: set VMSIM_MUTATIONS=1")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mutations {
		t.Run(m.area, func(t *testing.T) { m.hunt(t, root, m.build(t, root)) })
	}
}

func (m mutation) source(t *testing.T, root string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, m.file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// build is a vmsim with the error in it. The tree stays as it is: the changed file lies elsewhere, in an overlay.
func (m mutation) build(t *testing.T, root string) (program string) {
	t.Helper()
	source := m.source(t, root)
	if n := strings.Count(source, m.from); n != 1 {
		t.Fatalf("%q occurs %d times in %s: the model has changed there, and the error has to change too", m.from, n,
			m.file)
	}
	dir := t.TempDir()
	changed, overlay := filepath.Join(dir, "changed.go"), filepath.Join(dir, "overlay.json")
	text, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(root, m.file): changed}})
	if err != nil {
		t.Fatal(err)
	}
	for at, what := range map[string]string{changed: strings.Replace(source, m.from, m.to, 1), overlay: string(text)} {
		if err := os.WriteFile(at, []byte(what), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	program = filepath.Join(dir, "vmsim")
	cmd := exec.Command("go", "build", "-overlay", overlay, "-o", program, "./cmd/vmsim")
	cmd.Dir = root
	defer leash.Foreign(cmd)()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// exitNoKernel is vmsim's code for a machine whose kernel cannot be asked.
const exitNoKernel = 4

// hunt lets it fuzz for a minute.
func (m mutation) hunt(t *testing.T, root, program string) {
	cmd := exec.Command(program, "fuzz", "--kinds", m.kinds, "--for", "60s", "--limit", "1", "--json")
	cmd.Dir = root
	leash.Child(cmd)
	var out bytes.Buffer
	cmd.Stdout = &out
	began := time.Now()
	err := cmd.Run()
	if cmd.ProcessState.ExitCode() == exitNoKernel {
		t.Skip("no real kernel to compare with")
	}
	took := time.Since(began).Round(time.Millisecond)
	var found struct {
		Bundle  string
		Repeats bool
	}
	for in := json.NewDecoder(&out); !found.Repeats; {
		if in.Decode(&found) != nil {
			t.Fatalf("not found in %v (%v)", took, err)
		}
	}
	n := statements(found.Bundle)
	t.Logf("found and made short in %v: %d statements\n%s", took, n, found.Bundle)
	if n > 10 {
		t.Errorf("%d statements are more than ten", n)
	}
	if took > time.Minute {
		t.Errorf("%v are more than a minute", took)
	}
}

// statements counts those of a program's text, the directives that set the machine up apart.
func statements(text string) (n int) {
	for in := bufio.NewScanner(strings.NewReader(text)); in.Scan(); {
		if l := in.Text(); l != "" && !strings.ContainsAny(l[:1], "#. ") {
			n++
		}
	}
	return n
}
