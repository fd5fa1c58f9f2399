package model

import (
	"os"
	"runtime"
	"strings"
	"testing"

	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

func TestExecLaysOutAProgramOfThisMachine(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("the test's own program is no ELF file for x86-64")
	}
	name, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	prog := scripttest.Parse(t, "exec", ".exec "+name+"\nb = brk(0)\nbrk(b + PAGE)\n")
	m := New()
	v := run.Test(prog, m, run.Testing{Check: m.Check})
	if v.Err != nil {
		t.Fatal(v.Err)
	}
	p, _ := m.Process(1)
	text := p.Maps()
	if !strings.Contains(text, name) || !strings.Contains(text, "[heap]") || strings.Contains(text, "/stub") {
		t.Errorf("the program is not what was laid out:\n%s", text)
	}
}

func TestExecOfWhatIsNoProgramIsAClearError(t *testing.T) {
	for file, want := range map[string]string{"/nonsense": "no such file", os.DevNull: "no regular file",
		"execfile_test.go": "no ELF file"} {
		prog := scripttest.Parse(t, "exec", ".exec "+file+"\nbrk(0)\n")
		if v := run.Test(prog, New(), run.Testing{}); v.Err == nil || !strings.Contains(v.Err.Error(), want) {
			t.Errorf(".exec %s: %v, want %q", file, v.Err, want)
		}
	}
}
