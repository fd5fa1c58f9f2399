package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
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
	out, err := c.CombinedOutput()
	if err != nil || string(out) != "x 1 <nil>\n" {
		t.Errorf("%v: %s", err, out)
	}
}

func TestModelBuildsForOtherSystems(t *testing.T) {
	if testing.Short() {
		t.Skip("builds for three systems take a while; .ci/run does it in any case")
	}
	for _, target := range []struct{ system, processor string }{{"js", "wasm"}, {"windows", "amd64"}, {"darwin", "arm64"}} {
		c := exec.Command("go", "build", "./...")
		c.Env = append(os.Environ(), "GOOS="+target.system, "GOARCH="+target.processor, "CGO_ENABLED=0")
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%s/%s: %v\n%s", target.system, target.processor, err, out)
		}
	}
}
