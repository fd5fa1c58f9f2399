package strace

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
)

// imported is a log as a program, and the account of it.
type imported struct {
	text   string
	prog   *script.Program
	report *Report
}

func importLog(t testing.TB, name string, r io.ReadSeeker) *imported {
	t.Helper()
	var out bytes.Buffer
	report, err := Import(name, r, &out, Options{})
	if err != nil {
		t.Fatal(err)
	}
	prog, err := script.Parse(name, out.String())
	if err != nil {
		t.Fatalf("the program of %s does not parse: %v", name, err)
	}
	return &imported{out.String(), prog, report}
}

func importFile(t testing.TB, name string) *imported {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return importLog(t, filepath.Base(name), f)
}

// logs are the logs of testdata, by form.
func logs(t testing.TB) []string {
	t.Helper()
	names, err := filepath.Glob("testdata/*/*.log")
	if err != nil || len(names) == 0 {
		t.Fatal(err)
	}
	return names
}

// holdsWhole checks that every line is accounted for, and that the program gives what the log says.
func (im *imported) holdsWhole(t *testing.T, name string) {
	t.Helper()
	r := im.report
	sum := 0
	for _, n := range r.By {
		sum += n
	}
	if sum != r.Lines {
		t.Errorf("%s: %d of %d lines accounted for", name, sum, r.Lines)
	}
	for _, x := range r.Reasons {
		if x.Fate == NotUnderstood {
			t.Errorf("%s:%d: %d lines not understood, %s: %s", name, x.First, x.Lines, x.Why, x.Text)
		}
	}
	for _, d := range r.Differences {
		t.Errorf("%s: line %d of the log: %v", name, d.LogLine, d)
	}
	m := model.New()
	v := run.Test(im.prog, m, run.Testing{All: true})
	if v.Err != nil {
		t.Errorf("%s: %v", name, v.Err)
	}
	for _, d := range v.Differences {
		t.Errorf("%s: %v", name, d)
	}
	if err := m.Check(); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

func TestEveryLineOfALogIsAccountedForAndItsProgramPasses(t *testing.T) {
	for _, name := range logs(t) {
		t.Run(strings.TrimPrefix(name, "testdata/"), func(t *testing.T) { importFile(t, name).holdsWhole(t, name) })
	}
}

// TestTheMapsOfAProgramAreThoseThatItReadOfItself holds the model's areas against those that the program of the log
// has read in /proc/self/maps at its end, other than those that execve made: where they end a log does not tell.
func TestTheMapsOfAProgramAreThoseThatItReadOfItself(t *testing.T) {
	for _, name := range []string{"testdata/forms/maps.log", "testdata/forms/maps-threads.log"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		at := strings.LastIndex(string(text), `write(1, "`)
		end := strings.Index(string(text)[at:], `\n", `)
		recorded := script.Unquote(string(text)[at+len("write(1, ") : at+end+len(`\n"`)])
		im := importFile(t, name)
		m := model.New()
		r, err := run.NewRunner(im.prog, m, run.Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for r.Next() {
			if p, lives := m.Kernel.Process(1); lives && strings.Contains(r.Result().Op.Head(), "write(1, ") {
				got = p.Maps()
			}
		}
		want, have := mapped(recorded), mapped(got)
		if len(want) < 10 {
			t.Errorf("%s: %d areas", name, len(want))
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("%s: the maps differ:\n%s", name, diff)
		}
	}
}

// mapped are the areas of a maps text that the program has made itself: range, permissions, offset and name.
func mapped(text string) (out []string) {
	for line := range strings.Lines(text) {
		w := strings.Fields(line)
		if len(w) < 5 || strings.HasPrefix(w[0], "5") || strings.HasPrefix(w[0], "00403000-") {
			continue // the program, its heap; scratch
		}
		path := ""
		if len(w) > 5 {
			path = w[5]
		}
		if strings.HasPrefix(path, "[") || strings.Contains(path, "ld-linux") {
			continue
		}
		// A log does not show where symbolic links lead.
		out = append(out, strings.Join([]string{w[0], w[1], w[2], filepath.Base(path)}, " "))
	}
	return out
}

// Names change while a log goes on: what is opened under the new one is the same file, and what is created under the
// old one is another.
func TestAFileOfALogKeepsItsContentUnderANewName(t *testing.T) {
	log := `openat(AT_FDCWD, "/d/a.lock", O_RDWR|O_CREAT|O_EXCL, 0666) = 3
write(3, "abc", 3) = 3
close(3) = 0
rename("/d/a.lock", "/d/a") = 0
openat(AT_FDCWD, "/d/a.lock", O_RDWR|O_CREAT|O_EXCL, 0666) = 3
openat(AT_FDCWD, "/d/a", O_RDONLY) = 4
read(4, "abc", 10) = 3
link("/d/a", "/d/b") = 0
unlink("/d/a") = 0
openat(AT_FDCWD, "/d/b", O_RDONLY) = 5
read(5, "abc", 10) = 3
unlink("/d/b") = 0
openat(AT_FDCWD, "/d/b", O_RDONLY) = -1 ENOENT (No such file or directory)
fcntl(5, F_DUPFD, 10) = 11
prctl(PR_SET_NAME, "a name that is lo"...) = 0
openat(AT_FDCWD, ".", O_RDONLY) = 6
newfstatat(AT_FDCWD, "c", 0x7ffc00000000, 0) = -1 ENOENT (No such file or directory)
`
	im := importLog(t, "names.log", strings.NewReader(log))
	im.holdsWhole(t, "names.log")
}

// What the log does not say is worked out from what it does: a file that O_EXCL finds, the bytes that a transfer has
// read, the descriptors that a call has given which is not traced.
func TestAnAnswerOfALogShowsWhatWasThereBefore(t *testing.T) {
	log := `openat(AT_FDCWD, "/d/a", O_RDWR|O_CREAT|O_EXCL, 0666) = -1 EEXIST (File exists)
unlink("/d/a") = 0
openat(AT_FDCWD, "/d/a", O_RDWR|O_CREAT|O_EXCL, 0666) = 3
openat(AT_FDCWD, "/d/big", O_RDONLY) = 4
copy_file_range(4, NULL, 3, NULL, 70000, 0) = 70000
sendfile(3, 4, NULL, 5000) = 5000
splice(4, [90000], 7, NULL, 4096, 0) = 4096
shmget(0x1234, 4096, IPC_CREAT|0600) = 98309
shmat(98309, NULL, 0) = 0x7f0000001000
openat(AT_FDCWD, "/ro/a", O_RDWR|O_CREAT, 0600) = -1 EROFS (Read-only file system)
openat(AT_FDCWD, "/e", O_RDONLY|O_PATH|O_DIRECTORY) = 5
openat(5, "/e/a", O_RDONLY) = 6
close(6) = 0
close(5) = 0
openat(AT_FDCWD, "/d", O_RDONLY|O_DIRECTORY) = -1 ENOENT (No such file or directory)
memfd_create("a name that is too lo"..., 0) = -1 EINVAL (Invalid argument)
memfd_create("m", 0) = 5
ftruncate(5, 8192) = 0
lseek(5, 0, SEEK_HOLE) = 4096
lseek(5, 0, SEEK_CUR) = 4096
fcntl(4, F_SETFD, FD_CLOEXEC) = 0
execve("/bin/x", ["x"], 0x7ffe /* 1 var */) = 0
openat(AT_FDCWD, "/d/big", O_RDONLY) = 4
`
	importLog(t, "before.log", strings.NewReader(log)).holdsWhole(t, "before.log")
}

// A shell opens what it redirects to for one direction only, and the log shows how where the program asks.
func TestADescriptorFromBeforeTheLogIsOpenedAsItSays(t *testing.T) {
	log := `execve("/bin/x", ["x"], 0x7ffe /* 1 var */) = 0
fstat(1, {st_mode=S_IFREG|0644, st_size=0, ...}) = 0
fcntl(1, F_GETFL) = 0x8401 (flags O_WRONLY|O_APPEND|O_LARGEFILE)
read(1, 0x7ffe00000000, 1) = -1 EBADF (Bad file descriptor)
fcntl(1, F_SETFL, O_WRONLY|O_LARGEFILE) = 0
fcntl(1, F_GETFL) = 0x8001 (flags O_WRONLY|O_LARGEFILE)
fstat(0, {st_mode=S_IFREG|0644, st_size=7, ...}) = 0
fcntl(0, F_GETFL) = 0x8000 (flags O_RDONLY|O_LARGEFILE)
write(0, "a", 1) = -1 EBADF (Bad file descriptor)
read(0, "1234567", 10) = 7
`
	importLog(t, "redirected.log", strings.NewReader(log)).holdsWhole(t, "redirected.log")
}

// The place of a segment is free before shmat and after shmdt, and lies below what mmap has given.
func TestAnAttachedSegmentWasNotThereBefore(t *testing.T) {
	log := `execve("/bin/x", ["x"], 0x7ffe /* 1 var */) = 0
brk(NULL) = 0x555555579000
mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000100000
shmget(IPC_PRIVATE, 65536, IPC_CREAT|0600) = 32769
shmat(32769, NULL, 0) = 0x7f00000f0000
fork() = 8
[pid 8] shmat(32769, NULL, SHM_RDONLY) = 0x7f00000e0000
[pid 8] shmdt(0x7f00000e0000) = 0
shmdt(0x7f00000f0000) = 0
mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f00000ff000
`
	im := importLog(t, "segment.log", strings.NewReader(log))
	im.holdsWhole(t, "segment.log")
	if len(im.report.Made) > 0 {
		t.Errorf("statements that the log does not have: %v", im.report.Made)
	}
}

func TestAddressesWithinPagesMakeNoLayoutThatCannotBeRead(t *testing.T) {
	im := importLog(t, "odd.log", strings.NewReader(`execve("/bin/x", ["x"], 0x7ffe /* 1 var */) = 0
brk(NULL) = 0x555555579b10
brk(0x55555559a123) = 0x55555559a123
mprotect(0x55555557b123, 0x579b, PROT_READ) = 0
madvise(0x4a3c123, 0x1df9, MADV_DONTNEED) = 0
shmget(IPC_PRIVATE, 4096, IPC_CREAT|21<<SHM_HUGE_SHIFT|0600) = 5
shmctl(5, IPC_RMID, NULL) = 0
`))
	if im.report.By[Ran] == 0 {
		t.Errorf("%+v", im.report)
	}
}

func TestALogLineOfManyMegabytesIsSkippedWithAReason(t *testing.T) {
	r := importLog(t, "log", strings.NewReader(strings.Repeat("x", 8<<20)+"\nbrk(NULL) = 0x1000\n")).report
	if r.By[Ran] != 1 || r.By[NotUnderstood] != 1 || r.Lines != 2 {
		t.Errorf("%+v", r)
	}
}

func TestCallWithArgumentsLeftOutSaysHowToGetThem(t *testing.T) {
	r := importLog(t, "log", strings.NewReader("mmap(NULL, 4096, PROT_READ|PROT_WRITE, ...) = 0x7f0000000000\n")).report
	if len(r.Reasons) != 1 || !strings.Contains(r.Reasons[0].Why, "-v -s 4096") {
		t.Errorf("%+v", r.Reasons)
	}
}

// TestLogFromATerminalOrAWebPageIsReadAsStraceWroteIt has the colours, quotation marks and tabs that a log gets on its
// way through other programs.
func TestLogFromATerminalOrAWebPageIsReadAsStraceWroteIt(t *testing.T) {
	const log = "openat(AT_FDCWD, \"/etc/a\", O_RDONLY) = 3\n" +
		"mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 3, 0) = 0x7f0000000000\nmunmap(0x7f0000000000, 4096) = 0\n"
	want, _ := body(t, log)
	for what, changed := range map[string]string{
		"colours": "\x1b[1;32m" + strings.ReplaceAll(strings.ReplaceAll(log, "(", "\x1b[0m("), " = ", " =\x1b[33m "),
		"quotes":  strings.Replace(strings.Replace(log, `"/`, "“/", 1), `a"`, "a”", 1),
		"tabs":    strings.ReplaceAll(log, " = ", "\t\t= "),
	} {
		got, im := body(t, changed)
		if diff := cmp.Diff(want, got); diff != "" || im.report.By[NotUnderstood] > 0 {
			t.Errorf("%s: %d lines not understood:\n%s", what, im.report.By[NotUnderstood], diff)
		}
	}
}
