package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"vmsim/syscalls/leash"
)

// user is a program of another module that imports the model.
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
	a, err := p.Mmap(0, vm.PageSize, vm.ProtRead|vm.ProtWrite, syscalls.MapPrivate|syscalls.MapAnonymous, -1, 0)
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
	sums, err := os.ReadFile("go.sum")
	if err != nil {
		t.Fatal(err)
	}
	dir := moduleOf(t, map[string]string{
		"go.mod": "module course\n\ngo 1.26.0\n\nrequire vmsim v0.0.0\nrequire github.com/google/btree v1.1.3\n\n" +
			"replace vmsim => " + strconv.Quote(here) + "\n",
		"go.sum":  string(sums),
		"main.go": user,
	})
	out, err := goCommand(t, dir, []string{"GOFLAGS=", "GOPROXY=off", "GOWORK=off"}, "run", "-mod=mod", ".")
	if err != nil && strings.Contains(out, "disabled by GOPROXY=off") {
		t.Skipf("the module cache lacks something that another module needs, and no test uses the network (go mod "+
			"download fills it): %s", out)
	}
	if err != nil || out != "x 1 <nil>\n" {
		t.Errorf("%v: %s", err, out)
	}
}

// The library is to run in a browser. That it builds for Windows and macOS too, commands included, is .ci/run's to say:
// to compile the standard library three times takes longer than all other tests.
func TestModelBuildsForTheBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("compiling the standard library for js/wasm takes a while; .ci/run does it in any case")
	}
	library := []string{"./disk/...", "./vm/...", "./pagecache/...", "./fault/...", "./syscalls/...", "./docs/..."}
	env := []string{"GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0"}
	if out, err := goCommand(t, ".", env, append([]string{"build"}, library...)...); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// moduleOf is a folder with those files.
func moduleOf(t *testing.T, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// goCommand runs the go command. The test is skipped where that builds nothing at all: it is not installed, or it has
// no room for what it builds.
func goCommand(t *testing.T, dir string, env []string, args ...string) (out string, err error) {
	t.Helper()
	empty := moduleOf(t, map[string]string{"go.mod": "module empty\n", "main.go": "package main\n\nfunc main() {}\n"})
	run := func(dir string, env []string, args ...string) (string, error) {
		c := exec.Command("go", args...)
		c.Dir = dir
		c.Env = append(os.Environ(), env...)
		defer leash.Foreign(c)()
		out, err := c.CombinedOutput()
		return string(out), err
	}
	if out, err := run(empty, []string{"GOFLAGS=", "GOWORK=off"}, "run", "."); err != nil {
		t.Skipf("the go command builds nothing here: %v: %s", err, out)
	}
	return run(dir, env, args...)
}
