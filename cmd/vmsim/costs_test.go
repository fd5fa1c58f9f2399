package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// costsRuns are command lines whose exit code or output depends on what a system call costs. FILE is a program of one
// call, whose condition holds where a call costs more than 90 us.
var costsRuns = map[string]string{
	"run": "run FILE", "test": "test FILE", "prompt": "prompt FILE", "export": "export --jsonl FILE",
	"plot": "", "web": "web FILE --export -",
	"compare": "compare --model read mmap docs/examples/repeated.vms", "tui": "",
}

func TestEachCommandThatShowsVirtualTimeTakesCosts(t *testing.T) {
	dir := t.TempDir()
	costs, prog := filepath.Join(dir, "costs"), filepath.Join(dir, "p.vms")
	if err := os.WriteFile(costs, []byte("syscall-enter 100000 ns\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(prog, []byte("getppid()\nmmap(NULL, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n"+
		".expect time > 90000\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	do := func(line string) (string, int) {
		var out, errs bytes.Buffer
		a := &app{in: strings.NewReader("continue\nprint time\n"), out: &out, err: &errs}
		code := a.main(strings.Fields(strings.Replace(line, "FILE", prog, 1)))
		return out.String() + errs.String(), code
	}
	for _, c := range commands {
		line, ok := costsRuns[c.name]
		if has := slices.Contains(c.flags, costsFlag); has != ok {
			t.Errorf("vmsim %s has --costs: %v, and a line here: %v", c.name, has, ok)
		}
		if line == "" {
			continue
		}
		usual, _ := do(line)
		slow, code := do(line + " --costs " + costs)
		if slow == usual || code != exitFine {
			t.Errorf("%s: with costs of its own the exit code is %d and the output\n%.300s", line, code, slow)
		}
	}
	if out, code := do("web --static " + dir + "/site --costs " + costs); code != exitUsage {
		t.Errorf("web --static takes costs: exit code %d, %s", code, out)
	}
}
