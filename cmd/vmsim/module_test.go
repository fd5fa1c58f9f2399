package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"vmsim/internal/leash"
)

// user is a program of somebody else's that imports the model.
const user = `package main

import (
	"fmt"

	"vmsim/syscalls"
	"vmsim/vm"
	"vmsim/vm/trace"
)

func main() {
	k := syscalls.New(syscalls.Config{RAM: 64 << 20})
	faults := 0
	k.Log.Observe(func(e trace.Event) {
		if e.Kind == trace.Faulted {
			faults++
		}
	})
	p := k.Spawn()
	a, err := p.Mmap(0, vm.PageSize, vm.ProtRead|vm.ProtWrite, vm.MapPrivate|vm.MapAnonymous, -1, 0)
	if err != nil {
		panic(err)
	}
	if err := p.Store(a, 'x'); err != nil {
		panic(err)
	}
	b, _ := p.Load(a)
	fmt.Printf("%c %d %v\n", b, faults, k.Check())
}
`

func TestAModuleThatImportsVmsimBuildsAndRuns(t *testing.T) {
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	sums, err := os.ReadFile("go.sum")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"go.mod":  "module course\n\ngo 1.26.0\n\nrequire vmsim v0.0.0\nrequire github.com/google/btree v1.1.3\n\nreplace vmsim => " + strconv.Quote(here) + "\n",
		"go.sum":  string(sums),
		"main.go": user,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.Command("go", "run", "-mod=mod", ".")
	c.Dir = dir
	c.Env = append(os.Environ(), "GOFLAGS=", "GOPROXY=off", "GOWORK=off")
	defer leash.Foreign(c)()
	out, err := c.CombinedOutput()
	if err != nil || string(out) != "x 1 <nil>\n" {
		t.Errorf("%v: %s", err, out)
	}
}

// The library is to run in a browser. That it builds for Windows and macOS too, commands included, is .ci/run's to say: to
// compile the standard library three times takes longer than all other tests.
func TestModelBuildsForTheBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("compiling the standard library for js/wasm takes a while; .ci/run does it in any case")
	}
	c := exec.Command("go", "build", "./disk/...", "./vm/...", "./pagecache/...", "./fault/...", "./syscalls/...", "./docs/...")
	c.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	defer leash.Foreign(c)()
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
