package strace

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shell is a log of a shell that starts programs one after the other.
func shell(programs int) string {
	var log strings.Builder
	log.WriteString("1 execve(\"/bin/sh\", [\"sh\"], 0x7ffc0000 /* 3 vars */) = 0\n1 brk(NULL) = 0x555555561000\n")
	for n := 2; n < programs+2; n++ {
		base := 0x7f0000000000 + uint64(n)<<20
		fmt.Fprintf(&log, "1 vfork( <unfinished ...>\n%d execve(\"/bin/p%d\", [\"p\"], 0x7ffc0000 /* 3 vars */) = 0\n"+
			"1 <... vfork resumed>) = %d\n%d brk(NULL) = 0x555555571000\n"+
			"%d mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = %#x\n"+
			"%d mprotect(0x555555565000, 8192, PROT_READ) = 0\n%d mprotect(%#x, 8192, PROT_READ) = 0\n"+
			"%d exit_group(0) = ?\n%d +++ exited with 0 +++\n",
			n, n%7, n, n, n, base, n, n, base+0x33000, n, n)
	}
	return log.String()
}

func TestMemoryOfAnImportDoesNotGrowWithThePrograms(t *testing.T) {
	short, long := uint64(0), uint64(0)
	for most, programs := range map[*uint64]int{&short: 8_000, &long: 24_000} {
		measure := func(int64, int64) {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			*most = max(*most, m.HeapAlloc)
		}
		text := shell(programs)
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		before := m.HeapAlloc
		importInto(t, strings.NewReader(text), measure)
		*most -= before
	}
	if long > short+40*16_000 {
		t.Errorf("16,000 programs more take %d bytes more", long-short)
	}
	t.Logf("%d bytes and %d", short, long)
}

// TestImagesInAFileAreTheSameAsInMemory, both of programs that end at once and of those that go on.
func TestImagesInAFileAreTheSameAsInMemory(t *testing.T) {
	text := shell(500)
	for _, name := range []string{"everyday/gcc", "everyday/bash", "forms/attached", "forms/perf-faults",
		"everyday/go-version"} {
		text += string(readLog(t, "testdata/"+name+".log"))
	}
	var kept, spilt bytes.Buffer
	for out, spill := range map[*bytes.Buffer]Spill{&kept: nil, &spilt: &memory{}} {
		if _, err := Import("b", strings.NewReader(text), out, Options{Checking: Unchecked, Spill: spill}); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(kept.String(), spilt.String()); diff != "" {
		t.Error(diff)
	}
}

// memory is a spill that is no file.
type memory struct{ bytes []byte }

func (m *memory) WriteAt(p []byte, at int64) (int, error) {
	m.bytes = append(m.bytes[:at], p...)
	return len(p), nil
}

func (m *memory) ReadAt(p []byte, at int64) (int, error) {
	if n := copy(p, m.bytes[at:]); n < len(p) {
		return n, io.EOF
	}
	return len(p), nil
}

func TestExecveatBeginsTheFileThatItsDirectoryOrDescriptorLeadsTo(t *testing.T) {
	_, im := body(t, `execve("/bin/sh", ["sh"], 0x7ffe /* 1 var */) = 0
brk(NULL) = 0x555555600000
openat(AT_FDCWD, "/usr/bin/true", O_RDONLY|O_CLOEXEC) = 3
openat(AT_FDCWD, "/opt", O_RDONLY|O_DIRECTORY) = 4
execveat(3, "", ["true"], 0x7ffe /* 1 var */, AT_EMPTY_PATH) = 0
brk(NULL) = 0x555555700000
execveat(4, "bin/tool", ["tool"], 0x7ffe /* 1 var */, 0) = 0
brk(NULL) = 0x555555800000
execveat(AT_FDCWD, "/sbin/a", ["a"], 0x7ffe /* 1 var */, 0 <unfinished ...>
<... execveat resumed>) = 0
brk(NULL) = 0x555555900000
`)
	im.holdsWhole(t, "t.log")
	var got []string
	for _, l := range layouts(im.prog) {
		got = append(got, l.Areas[0].Name)
	}
	want := []string{"/bin/sh", "/usr/bin/true", "/opt/bin/tool", "/sbin/a"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEndOfAnExecveatWhoseBeginningIsNotSeenBeginsAnUnknownProgram(t *testing.T) {
	_, im := body(t, `close(9) = 0
<... execveat resumed>) = 0
brk(NULL) = 0x555555900000
`)
	im.holdsWhole(t, "t.log")
	l := layouts(im.prog)
	if len(l) == 0 || l[len(l)-1].Areas[0].Name != unknownProgram {
		t.Errorf("%v", l)
	}
}
