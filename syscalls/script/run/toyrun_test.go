package run

import (
	"os"
	"strings"
	"testing"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/scripttest"
	"vmsim/vm"
)

// onToy runs a program to its end and gives what it printed.
func onToy(t *testing.T, text string, style Style) (*toy, *Runner, string) {
	t.Helper()
	prog := scripttest.Parse(t, "toy.vms", text)
	m := &toy{}
	r, err := NewRunner(prog, m, Options{Show: style.Show, Hold: AllKinds})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for r.Next() {
		b.WriteString(r.Text(style))
		for _, d := range r.Differences(AllKinds) {
			t.Error(d)
		}
	}
	return m, r, b.String()
}

const story = `.machine ram=64M fs=ext4
.file /data/a 8192
fd = openat(AT_FDCWD, "/data/a", O_RDWR) = 3
p = mmap(NULL, 3*PAGE, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)
p[0] = 'x'
*p == 'x'
p[0..3*PAGE step PAGE]
p[8:4] = "abcd"
p[8:4] == "abcd"
pwrite64(fd, pattern(3), 5, 0) = 5
pread64(fd, scratch, 4, 0) = 4
    data 00010203
mincore(p, PAGE, scratch) = 0
    mincore 1
*0x10
    --- SIGSEGV {si_code=SEGV_MAPERR, si_addr=0x10} ---
munmap(p, PAGE) = -1 EINVAL
.sleep 6s
child = fork() = 2
child: p[0] == 'x'
child: p[0] = 'y'
*p == 'x'
q = p + PAGE
*q = 7
.expect minflt > 3, calls == 7
[2] exit_group(3) = ?
getpid() = 4711
-- /data/b --
hello
`

func TestAStoryRunsAsItIsTold(t *testing.T) {
	m, r, _ := onToy(t, story, Style{})
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	if v, _ := m.conf.Setting("fs"); v != "ext4" || len(m.conf.Files) != 2 ||
		string(m.conf.Files[1].Content) != "hello\n" {
		t.Errorf("the machine was set up with %+v", m.conf)
	}
	if len(m.did) != 1 || m.did[0] != ".sleep 6s" {
		t.Errorf("directives: %v", m.did)
	}
	p := m.procs[0]
	if q, _ := r.Value("q"); p.mem[vm.Addr(q)] != 7 {
		t.Errorf("no 7 at %#x", q)
	}
	for i := range 5 {
		if got := p.mem[script.ScratchAddr+vm.Addr(i)]; i > 3 && got != byte(7*i+3) {
			t.Errorf("byte %d of the pattern is %d", i, got)
		}
	}
}

func TestWhatARunPrintsPassesATest(t *testing.T) {
	_, r, text := onToy(t, "# before\n"+strings.Replace(story, "*p == 'x'", "# a comment\n*p == 'x'", 1),
		Style{Show: AllKinds, Comments: true})
	text = r.Head() + text + r.Tail()
	prog, err := script.Parse("printed.vms", text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	v := Test(prog, &toy{}, Testing{})
	if !v.Passed() {
		t.Errorf("%v %v\n%s", v.Err, v.Differences, text)
	}
	for _, want := range []string{
		"fd = openat(AT_FDCWD, \"/data/a\", O_RDWR) = 3\n",
		"p = mmap(NULL, 12288, PROT_READ|PROT_WRITE, MAP_SHARED, 3, 0) = 0x7ffff7ff4000\n    - " +
			"7ffff7ff7000-7ffff7ff7000 rw-p 00000000\n    + 7ffff7ff4000",
		"*0x10\n    --- SIGSEGV {si_code=SEGV_MAPERR, si_addr=0x10} ---\n",
		"[2] *0x7ffff7ff4000 == 0x78\n",
		"# a comment\n*0x7ffff7ff4000 == 0x78\n",
		"-- /data/b --\nhello\n",
		"getpid() = 4711  # outside the model",
		"munmap(0x7ffff7ff4000, 4096) = -1 EINVAL (Invalid argument)",
		"0x7ffff7ff4000[0:0]"[:14],
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestEachDifferenceIsReportedWithBothSides(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"sync() = 5", "result: wanted 5, got 0"},
		{"munmap(0x1000, 4096) = 0", "result: wanted 0, got -1 EINVAL (Invalid argument)"},
		{"sync() = -1 ENOMEM", "result: wanted -1 ENOMEM (Cannot allocate memory), got 0"},
		{"mmap(NULL, PAGE, 0, 0, -1, 0) = 0x1000", "result: wanted 0x1000, got 0x7ffff7ff6000"},
		{"*0x5000 == 7", "byte at 0x5000: wanted 0x07, got 0x00"},
		{"0x5000[0:2] == \"ab\"", `bytes: wanted "ab", got "\0\0"`},
		{"*0x10 == 7", "signal: wanted no signal, got SIGSEGV {si_code=SEGV_MAPERR, si_addr=0x10}"},
		{"*0x5000\n    --- SIGBUS {si_code=BUS_ADRERR, si_addr=0x5000} ---",
			"signal: wanted SIGBUS {si_code=BUS_ADRERR, si_addr=0x5000}, got no signal"},
		{"*0x5000\n    faults 0 0", "faults: wanted 0 0, got 1 0"},
		{"mmap(NULL, PAGE, 0, 0, -1, 0)\n    + 1000-2000 rw-p 00000000",
			"maps: wanted [+ 1000-2000 rw-p 00000000], got [- 7ffff7ff7000-7ffff7ff7000"},
		{"# recorded on a toy\nmmap(NULL, PAGE, 0, 0, -1, 0) = 0x7ffff7ff6000", "maps: wanted no change, got [- 7ffff"},
		{"# recorded on a toy\n*0x10", "signal: wanted no signal, got SIGSEGV"},
		{"mincore(0x1000, 8192, scratch)\n    mincore 11", "mincore: wanted 11, got 10"},
		{"pread64(3, scratch, 2, 0)\n    data 0102", "data: wanted 0102, got 0001"},
		{"sync()\n    copy cow 4096", "copy: wanted [cow 4096], got [to-user 4096]"},
		{".expect minflt == 3", "expect: wanted minflt == 3, got minflt == 0"},
	} {
		prog := scripttest.Parse(t, "a.vms", c.text)
		v := Test(prog, &toy{}, Testing{All: true})
		if len(v.Differences) == 0 || !strings.Contains(v.Differences[0].String(), c.want) {
			t.Errorf("%s\n got %v %v\nwant %s", c.text, v.Differences, v.Err, c.want)
		}
		if v := Test(prog, &toy{}, Testing{Only: IO}); len(v.Differences) != 0 {
			t.Errorf("%s: %v, though only io was asked for", c.text, v.Differences)
		}
	}
}

func TestWhatCannotRunSaysWhy(t *testing.T) {
	for text, want := range map[string]string{
		"p = 0\n*(1/p)":                        "division by zero",
		"[2] sync()":                           "there is no process 2",
		"[1] exit_group(0)\n[1] sync()":        "process 1 has ended",
		".power_cut":                           "a toy has no power",
		"p = 1\np[0..1<<62]":                   "over 1048576 are refused",
		"p = 1\np[0:1<<40]":                    "over 131072 are refused",
		"p = 1\np[0..8 step 0]":                "step cannot be 0",
		`write(1, "abcd" * (1<<40), 4) = 4`:    "", // outside the model: never built
		`pwrite64(3, "abcd" * (1<<40), 4, 0)`:  "does not fit scratch",
		"pwrite64(3, pattern(1), 1<<62, 0)":    "does not fit scratch",
		"p = 1\np[0:9] = \"abc\"":              "the string has 3 bytes, and the span 9",
		".expect nothing > 3":                  "does not count nothing",
		"p = fork() = 2\nq = 99999\nq: sync()": "no process",
	} {
		prog := scripttest.Parse(t, "a.vms", text)
		v := Test(prog, &toy{}, Testing{})
		if want == "" && v.Err != nil || want != "" && (v.Err == nil || !strings.Contains(v.Err.Error(), want)) {
			t.Errorf("%s\n got %v\nwant %s", text, v.Err, want)
		}
	}
}

func TestStructuresAreBuiltInScratch(t *testing.T) {
	m, r, _ := onToy(t,
		`writev(3, [{"ab", 2}, {iov_base=0x5000, iov_len=4}], 2)`+"\n"+
			`setrlimit(RLIMIT_AS, {rlim_cur=64M, rlim_max=RLIM_INFINITY})`, Style{})
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	p := m.procs[0]
	if cur, max := p.word(script.ScratchAddr), p.word(script.ScratchAddr+8); cur != 64<<20 || max != ^uint64(0) {
		t.Errorf("rlimit is %#x %#x", cur, max)
	}
	if p.calls[0] != "writev(3, 0x403010, 2)" {
		t.Errorf("the vector is at %s", p.calls[0])
	}
	if base, n, second := p.word(0x403010), p.word(0x403018), p.word(0x403020); base != 0x403000 || n != 2 ||
		second != 0x5000 {
		t.Errorf("the vector is {%#x %d} {%#x", base, n, second)
	}
}

func TestDescriptorsOutsideTheModelKeepTheirNumbers(t *testing.T) {
	m, r, text := onToy(t, `# Imported from a log.
.file /usr/lib/libz.so.1.2 4096
pipe([3, 4]) = 0
openat(AT_FDCWD, "/dev/null", O_RDWR) = 5
openat(AT_FDCWD, "/lib/libz.so.1", O_RDONLY) = 6
read(5, 0x5000, 8192) = 8192
openat(AT_FDCWD, "/nothing", O_RDONLY) = -1 ENOENT (No such file or directory)
write(1, 0x5000, 10) = 10
fork() = 2
[2] read(5, 0x5000, 1) = 1
close(5) = 0
socket(AF_UNIX, SOCK_STREAM, 0) = 5
close(1) = 0
`, Style{})
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	if got := m.procs[0].fds; got[3] != noName || got[4] != noName || got[5] != noName ||
		got[6] != "/usr/lib/libz.so.1.2" {
		t.Errorf("%v\n%s", got, text)
	}
	if m.procs[0].minor < 2 {
		t.Error("the read from outside did not touch its buffer")
	}
}

func TestAScratchAreaIsAddedToALayoutWithoutOne(t *testing.T) {
	m, _, _ := onToy(t, ".layout brk=0x700000\n    00400000-00700000 r-xp 00000000 /bin/static\nsync()", Style{})
	if a := m.conf.Layout.Areas[0]; a.Start != lowScratch || len(m.conf.Layout.Areas) != 2 {
		t.Errorf("%v", m.conf.Layout.Areas)
	}
	m, _, _ = onToy(t,
		".layout\n    00000000-00600000 r-xp 00000000 /bin/low\n    00700000-00710000 r-xp 00000000\nsync()", Style{})
	if a := m.conf.Layout.Areas[1]; a.Start != 0x600000 {
		t.Errorf("%v", m.conf.Layout.Areas)
	}
	m, _, _ = onToy(t, ".layout brk=0x555555700000\n    555555554000-555555700000 r-xp 00000000 /bin/pie\nsync()",
		Style{})
	if a := m.conf.Layout.Areas[0]; a.Start != script.ScratchAddr || len(m.conf.Layout.Areas) != 2 {
		t.Errorf("%v", m.conf.Layout.Areas)
	}
}

func TestThePromptRunsALineAtATime(t *testing.T) {
	r, err := NewRunner(&script.Program{Name: "prompt"}, &toy{}, Options{Show: Faults})
	if err != nil {
		t.Fatal(err)
	}
	p := script.NewParser("prompt")
	for _, line := range []string{"p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)", "p[1] = 3",
		"p[1] == 3"} {
		op, err := p.Line(line)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Do(op); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := r.Text(Style{Show: Faults}), "*0x7ffff7ff6001 == 0x03\n    faults 1 0\n"; got != want {
		t.Errorf("%q, wanted %q", got, want)
	}
}

func TestFormatCallPrintsAsTheRecordingsDo(t *testing.T) {
	for want, c := range map[string]struct {
		nr syscalls.Number
		a  syscalls.Args
	}{
		"mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED_NOREPLACE, -1, " +
			"0)": {syscalls.SysMmap, syscalls.Args{0, 4096, 3, 0x100022, ^uint64(0), 0}},
		"mmap(0x800000000000, 4096, 0x8, 0x4, 1000, " +
			"0x4000000000000000)": {syscalls.SysMmap,
			syscalls.Args{0x800000000000, 4096, 8, 4, 1000, 1 << 62}},
		"mmap(NULL, 1, PROT_NONE, MAP_SHARED_VALIDATE|MAP_ANONYMOUS|MAP_SYNC, -1, " +
			"0x5000)": {syscalls.SysMmap, syscalls.Args{0, 1, 0, 0x80023, ^uint64(0), 0x5000}},
		"mmap(NULL, 1, PROT_NONE, MAP_PRIVATE|MAP_HUGETLB|21<<MAP_HUGE_SHIFT, 3, " +
			"0)": {syscalls.SysMmap, syscalls.Args{0, 1, 0, 0x40002 | 21<<26, 3, 0}},
		"mprotect(0x1000, 1, PROT_READ|PROT_GROWSDOWN)": {syscalls.SysMprotect, syscalls.Args{0x1000, 1, 1 | 1<<24}},
		"mremap(0x1000, 8192, 0x800000000000, " +
			"MREMAP_DONTUNMAP)": {syscalls.SysMremap,
			syscalls.Args{0x1000, 8192, 1 << 47, 4}},
		"mremap(0x1000, 8192, 0, MREMAP_MAYMOVE|MREMAP_FIXED, " +
			"NULL)": {syscalls.SysMremap, syscalls.Args{0x1000, 8192, 0, 3, 0}},
		"madvise(0x1000, 1, -1)": {syscalls.SysMadvise,
			syscalls.Args{0x1000, 1, ^uint64(0)}},
		"madvise(0x1000, 1, 5)": {syscalls.SysMadvise,
			syscalls.Args{0x1000, 1, 5}},
		"mlock2(0x1000, 1, MLOCK_ONFAULT|0x2)": {syscalls.SysMlock2,
			syscalls.Args{0x1000, 1, 3}},
		"openat(AT_FDCWD, 0x403000, O_RDWR|O_CREAT, 0644)": {syscalls.SysOpenat,
			syscalls.Args{^uint64(99), 0x403000, 0o102, 0o644}},
		"fallocate(3, FALLOC_FL_KEEP_SIZE|FALLOC_FL_PUNCH_HOLE, 0, 4096)": {syscalls.SysFallocate,
			syscalls.Args{3, 3, 0, 4096}},
		"msync(NULL, 0, 0)": {syscalls.SysMsync, syscalls.Args{}},
		"remap_file_pages(0x1000, 1, 0, 5, 0)": {syscalls.SysRemapFilePages,
			syscalls.Args{0x1000, 1, 0, 5, 0}},
		"fork()": {syscalls.SysFork, syscalls.Args{}},
	} {
		if got := formatCall(c.nr, c.a); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func BenchmarkStatements(b *testing.B) {
	four := "*0x5000\np[4096] = 'x'\nmadvise(p, PAGE, MADV_DONTNEED) = 0\n[1] brk(NULL)\n"
	prog, err := script.Parse("bench", "p = 0x5000\n"+strings.Repeat(four, 500))
	if err != nil {
		b.Fatal(err)
	}
	r, err := NewRunner(prog, &still{}, Options{Hold: AllKinds})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if !r.Next() {
			r.next = 0 // from the start again
		}
	}
	if r.Err() != nil {
		b.Fatal(r.Err())
	}
}

func BenchmarkParse(b *testing.B) {
	text, err := os.ReadFile("../testdata/kernel/anon-00001.vms")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := script.Parse("bench", string(text)); err != nil {
			b.Fatal(err)
		}
	}
}

// still is a machine that costs nothing.
type still struct{ toy }

func (m *still) Setup(Config) error                      { return nil }
func (m *still) Process(pid int) (syscalls.Caller, bool) { return still1{}, true }

type still1 struct{ *toyProc }

func (still1) Call(syscalls.Number, syscalls.Args) (uint64, error) { return 0, nil }
func (still1) Load(vm.Addr) (byte, error)                          { return 0, nil }
func (still1) Store(vm.Addr, byte) error                           { return nil }
