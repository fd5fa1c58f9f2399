package strace

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vmsim/syscalls/script"
)

func TestFilesGetTheSizesThatTheLogShowsWhereItFirstOpensThem(t *testing.T) {
	_, im := body(t, `openat(AT_FDCWD, "/a", O_RDONLY) = 3
fstat(3, {st_mode=S_IFREG|0644, st_size=37287, ...}) = 0
openat(AT_FDCWD, "/b", O_RDONLY) = -1 ENOENT (No such file or directory)
openat(AT_FDCWD, "/b", O_RDONLY) = 4
read(4, ""..., 4096) = 4096
read(4, "", 4096) = 100
openat(AT_FDCWD, "/c", O_RDONLY) = 5
mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, 5, 0x3000) = 0x7ffff7fb6000
openat(AT_FDCWD, "/dev/null", O_RDWR) = 6
openat(AT_FDCWD, "/etc", O_RDONLY|O_DIRECTORY) = 7
openat(AT_FDCWD, "/new", O_RDWR|O_CREAT|O_TRUNC, 0666) = 8
write(8, "abc", 3) = 3
openat(AT_FDCWD, "/it's", O_RDONLY) = 9
lseek(9, 0, SEEK_END) = 77
openat(AT_FDCWD, "/maybe", O_RDWR|O_CREAT, 0666) = 10
fstat(10, {st_mode=S_IFREG|0644, st_size=10, ...}) = 0
openat(AT_FDCWD, "/none", O_RDWR|O_CREAT, 0666) = 11
fstat(11, {st_mode=S_IFREG|0644, st_size=0, ...}) = 0
`)
	im.holdsWhole(t, "t.log")
	var got []string
	for line := range strings.Lines(im.text) {
		if strings.HasPrefix(line, ".file") || strings.Contains(line, "open") {
			got = append(got, strings.TrimSpace(strings.TrimPrefix(line, "[1] openat(AT_FDCWD, ")))
		}
	}
	want := []string{
		".file /a 37287 cached", `"/a", O_RDONLY) = 3`,
		`"/b", O_RDONLY) = -1 ENOENT (No such file or directory)`,
		".file /b 4196 cached", `"/b", O_RDONLY) = 4`,
		".file /c 20480 cached", `"/c", O_RDONLY) = 5`,
		`"/dev/null", O_RDWR) = 6`, `"/etc", O_RDONLY|O_DIRECTORY) = 7`, `"/new", O_RDWR|O_CREAT|O_TRUNC, 0666) = 8`,
		`.file "/it's" 77 cached`, `"/it's", O_RDONLY) = 9`,
		".file /maybe 10 cached", `"/maybe", O_RDWR|O_CREAT, 0666) = 10`,
		`"/none", O_RDWR|O_CREAT, 0666) = 11`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheBreakOfALogWithRandomisationIsNoMeasureOfItsProgram(t *testing.T) {
	_, im := body(t, `execve("/bin/ls", ["ls"], 0x7ffd2a3b4c50 /* 3 vars */) = 0
brk(NULL) = 0x55ee60c3e000
mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f13054d3000
mprotect(0x55ee40227000, 8192, PROT_READ) = 0
mprotect(0x7f1305508000, 8192, PROT_READ) = 0
brk(0x55ee60c5f000) = 0x55ee60c5f000
`)
	im.holdsWhole(t, "t.log")
	l := layouts(im.prog)[0]
	if l.Brk != 0x55ee60c3e000 || l.Mmap < 0x7f130550a000 || l.Mmap > 0x7f1305600000 {
		t.Errorf("%v", l)
	}
	for _, a := range l.Areas {
		if a.Name == "/bin/ls" && (a.Start < 0x55ee40200000 || a.End > 0x55ee40240000) {
			t.Errorf("the program reaches from %v to %v", a.Start, a.End)
		}
	}
}

// TestAnOpenWithoutANameMakesAFile that the program has and its directory is no file.
func TestAnOpenWithoutANameMakesAFile(t *testing.T) {
	_, im := body(t, `openat(AT_FDCWD, "/tmp", O_RDWR|O_EXCL|O_TMPFILE, 0600) = 3
fcntl(3, F_GETFL) = 0x418002 (flags O_RDWR|O_LARGEFILE|O_TMPFILE)
ftruncate(3, 8192) = 0
mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_SHARED, 3, 0) = 0x7f0000000000
openat(AT_FDCWD, "/home/u/work", O_RDWR|O_TMPFILE, 0600) = 4
pwrite64(4, "ab", 2, 0) = 2
openat(AT_FDCWD, "/proc", O_RDONLY) = 5
fcntl(5, F_GETFL) = 0x8000 (flags O_RDONLY|O_LARGEFILE)
openat(AT_FDCWD, "/tmp", O_RDONLY) = 6
fsync(6) = 0
`)
	im.holdsWhole(t, "t.log")
	if im.report.By[Ran] != 6 || strings.Contains(im.text, ".file") {
		t.Errorf("%d lines run, not 6\n%s", im.report.By[Ran], im.text)
	}
}

// TestADirectoryOfDevicesMayBeOpenedBeforeAndAfterWhatLiesInIt, though each gets a file in its place.
func TestADirectoryOfDevicesMayBeOpenedBeforeAndAfterWhatLiesInIt(t *testing.T) {
	_, im := body(t, `openat(AT_FDCWD, "/proc", O_RDONLY) = 3
openat(AT_FDCWD, "/proc/self/maps", O_RDONLY) = 4
openat(AT_FDCWD, "/dev/input/event0", O_RDONLY) = 5
openat(AT_FDCWD, "/dev/input", O_RDONLY) = 6
openat(AT_FDCWD, "/dev/a", O_RDONLY) = 7
openat(AT_FDCWD, "/dev/a/b", O_RDONLY) = 8
openat(AT_FDCWD, "/dev/a/b", O_RDONLY) = 9
`)
	im.holdsWhole(t, "t.log")
}

// TestAnImportHoldsTheVectorsOfTheLog in the same way as a test of what it has written.
func TestAnImportHoldsTheVectorsOfTheLog(t *testing.T) {
	_, im := body(t, `mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000000000
mincore(0x7f0000000000, 8192, [0, 0]) = 0
mlock(0x7f0000000000, 4096) = 0
mincore(0x7f0000000000, 8192, [1, 0]) = 0
`)
	im.holdsWhole(t, "t.log")
}

func layouts(prog *script.Program) (out []*script.Layout) {
	for _, op := range prog.Ops {
		if l, ok := op.Do.(*script.Layout); ok {
			out = append(out, l)
		}
	}
	return out
}
