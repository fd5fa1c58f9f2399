package scripttest

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"vmsim/syscalls/script"
)

// Forms are the language's forms, each once: seeds for the fuzzer, and the table of the round trip.
var Forms = []string{
	"# a comment",
	"",
	"fd = openat(AT_FDCWD, \"/data/a\", O_RDWR|O_CREAT, 0644) = 3  # and one after",
	"p = mmap(NULL, 3*PAGE, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)",
	"*p",
	"*(p + 4096) == 'A'",
	"p[4096] == 'A'",
	"p[4096] = 'x'",
	"p[0..3*PAGE step PAGE]",
	"p[0..3*PAGE step PAGE] = 0xff",
	"p[0..8] == 0x00",
	"p[16:4] == \"abcd\"",
	"p[16:4] = \"a\\n\\0\\377\"",
	"p[0:4096] = \"A\" * 4096",
	"p[0:8] = pattern(3)",
	"child = fork()",
	"touch(p + 8, w)",
	"touch(0x1000, kr)",
	"on SIGSEGV mprotect(si_addr / PAGE * PAGE, PAGE, PROT_READ|PROT_WRITE)",
	"on SIGBUS SIG_DFL",
	"on SIGSEGV",
	"child: p[0] = 'z'",
	"[2] p[0] = 'z'",
	"[pid 2] p[0] = 'z'",
	"munmap(p, PAGE) = -1 EINVAL (Invalid argument)",
	"fallocate(fd, FALLOC_FL_KEEP_SIZE|FALLOC_FL_PUNCH_HOLE, 0, 64K) = -1 EOPNOTSUPP",
	"munmap(addr: p, length: 4096)",
	"exit_group(0) = ?",
	"[2] +++ exited +++",
	"+++ exited with 0 +++",
	"q = p + (3*PAGE - 1)/2%7 << 2 | ~5 & -1",
	"write(fd, \"A\" * 4096, 4096)",
	"pwrite64(fd, pattern(3), 5000, 0) = 5000",
	"writev(fd, [{\"ab\", 2}, {iov_base=p, iov_len=4}], 2) = 6",
	"setrlimit(RLIMIT_AS, {rlim_cur=64M, rlim_max=RLIM_INFINITY})",
	"mmap(NULL, 2M, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB|21<<MAP_HUGE_SHIFT, -1, 0)",
	"rt_sigaction(SIGCHLD, {sa_handler=0x1, sa_mask=~[RTMIN RT_1]}, NULL, 8) = 0",
	"newfstatat(3, \"\", {st_mode=S_IFREG|0644, ...}, AT_EMPTY_PATH) = 0",
	"frobnicate(1, {2, x y}) = 7",
	"fcntl(3, F_GETFD) = 0x1 (flags FD_CLOEXEC)",
	".layout brk=0x503000\n    00400000-00401000 r--p 00000000 /stub\n    00403000-00503000 rw-p 00000000\n" +
		"    present 0x7fffffffe000",
	".file /data/a 32768 cold",
	".file \"/data/a b\" 32K cached fill=0x41",
	".machine ram=64M swap=16M fs=ext4 disk=nvme thp=madvise read_ahead_kb=128",
	".sysctl vm.dirty_ratio=10",
	".sleep 6s",
	".drop_caches 3",
	".power_cut",
	".fail write /data/a page=3 EIO",
	".invariant saved: bytes(\"/data/a\", 0, 5) == \"hello\" or size(\"/data/a\") < 4096 or missing(\"/data/a\")",
	".expect majflt == 1, copies.cpu == 4096, pte(p + PAGE).dirty",
	"p[0] = 1\n    - 7ffff7ff6000-7ffff7ff7000 rw-p 00000000\n    + 7ffff7ff6000-7ffff7ff7000 ---p 00000000 /a b\n" +
		"    faults 1 0",
	"*p\n    --- SIGBUS {si_code=BUS_ADRERR, si_addr=0x7f0000000000} ---",
	"access(p, 4) = 0\n    kernel w 0x7fffffffe000",
	"mincore(p, 8192, scratch) = 0\n    mincore 10",
	"read(fd, scratch, 4) = 4\n    data 0a0b0c0d",
	"read(fd, scratch, 400) = 400\n    data sha1:6d8b00b5e5b4f92e092ee385b59a6d2e889de1c8",
	"*p\n    pte 0x7ffff7ff6000 present dirty\n    page /data/a 0 uptodate\n    trace mm_filemap_fault index=0\n" +
		"    io R 0+8\n    copy cow 4096",
	"-- /data/a --\nhello",
}

// RoundTrip checks that printing and parsing gives the same program.
func RoundTrip(t *testing.T, prog *script.Program) {
	t.Helper()
	text := prog.String()
	again, err := script.Parse(prog.Name, text)
	if err != nil {
		t.Fatalf("what was printed does not parse: %v\n%s", err, text)
	}
	if got := again.String(); got != text {
		t.Fatalf("printed once:\n%s\nprinted twice:\n%s", text, got)
	}
	a, b := withoutLines(prog.Ops), withoutLines(again.Ops)
	if !reflect.DeepEqual(a, b) {
		t.Fatalf("the operations differ after printing:\n%s", text)
	}
}

// withoutLines drops line numbers, blank lines and the places of comments, which printing may move.
func withoutLines(ops []script.Op) []script.Op {
	var out []script.Op
	for _, op := range ops {
		if op.Do == nil {
			continue
		}
		op.Line = 0
		op.Notes = append([]script.Note(nil), op.Notes...)
		for i := range op.Notes {
			op.Notes[i].Line = 0
		}
		out = append(out, op)
	}
	return out
}

func Seed(f *testing.F, pattern string, limit int) {
	names := Files(f, filepath.Join(testdata(), pattern))
	for i, name := range names {
		if i%max(1, len(names)/limit) == 0 {
			f.Add(beginning(Text(f, name)))
		}
	}
}

// beginning is the first lines of a text: a long seed makes the fuzzer spend its time on shortening.
func beginning(text string) string {
	lines := strings.SplitAfter(text, "\n")
	return strings.Join(lines[:min(len(lines), 30)], "")
}

// Complains checks that an error tells where it is and what is wrong.
func Complains(t *testing.T, err error) {
	t.Helper()
	e, ok := err.(*script.Error)
	if !ok || e.What == "" || e.Line < 1 || e.Col < 1 || e.Error() == "" {
		t.Fatalf("an error that does not help: %#v", err)
	}
}

// HasLargeFile reports whether a .file line asks for more than a fuzzer can wait for: the bytes of a file are all made.
func HasLargeFile(prog *script.Program) bool {
	for i := range prog.Ops {
		if d, ok := prog.Ops[i].Do.(*script.Directive); ok && d.File != nil && d.File.Size > 1<<20 {
			return true
		}
	}
	return false
}

// testdata is the folder of recordings, seen from syscalls/script and the packages below it.
func testdata() string {
	if _, err := os.Stat("testdata/kernel"); err == nil {
		return "testdata"
	}
	return filepath.Join("..", "testdata")
}

func Recordings(t testing.TB) []string {
	t.Helper()
	return Files(t, testdata()+"/kernel/*.vms", testdata()+"/real/*.vms")
}

// Files are the files of each pattern. A pattern that matches nothing fails the test, which would hold nothing.
func Files(t testing.TB, patterns ...string) (files []string) {
	t.Helper()
	for _, pattern := range patterns {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("no files %s (%v)", pattern, err)
		}
		files = append(files, found...)
	}
	return files
}

// Each runs a test for each program of a pattern, called as its file is without .vms.
func Each(t *testing.T, pattern string, hold func(t *testing.T, file string)) {
	t.Helper()
	for _, file := range Files(t, pattern) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".vms"), func(t *testing.T) { hold(t, file) })
	}
}

// Text is what a file has.
func Text(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Load is the program of a file.
func Load(t testing.TB, name string) *script.Program {
	t.Helper()
	return Parse(t, name, Text(t, name))
}

// Passes fails a test for the error of a run and for each of its differences.
func Passes[D any](t testing.TB, err error, differences []D) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
	for _, d := range differences {
		t.Error(d)
	}
}

// Parse is the program of a text; name is what errors call it.
func Parse(t testing.TB, name, text string) *script.Program {
	t.Helper()
	prog, err := script.Parse(name, text)
	if err != nil {
		t.Fatal(err)
	}
	return prog
}
