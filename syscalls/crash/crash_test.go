package crash

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"vmsim/disk"
	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

func parse(t *testing.T, text string) *script.Program {
	t.Helper()
	prog := scripttest.Parse(t, "a.vms", text)
	return prog
}

func try(t *testing.T, text string) *Report {
	t.Helper()
	rep, err := Try(parse(t, text), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

const mappedFile = ".machine fs=ext4\n.file /data/a 8192 fill=0\n" +
	"fd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\np = mmap(NULL, 2*PAGE, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)\n"

// The usual ways in which a store to a mapping is lost, and what removes each.
func TestLostStoresAreFoundWithTheirRemedy(t *testing.T) {
	const hello = "\n.invariant bytes(\"/data/a\", 0, 5) == \"hello\"\n"
	for name, c := range map[string]struct {
		program, remedy string
		during          int
	}{
		"no msync": {mappedFile + "p[0:5] = \"hello\"" + hello,
			"after line 5:  msync(p, 2*PAGE, MS_SYNC)", 0},
		"MS_ASYNC": {mappedFile + "p[0:5] = \"hello\"\nmsync(p, PAGE, MS_ASYNC)" + hello,
			"line 6:  msync(p, PAGE, MS_SYNC)", 0},
		"MAP_PRIVATE": {strings.Replace(mappedFile, "SHARED", "PRIVATE", 1) +
			"p[0:5] = \"hello\"\nmsync(p, PAGE, MS_SYNC)" + hello,
			"line 4:  p = mmap(NULL, 2*PAGE, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)", 0},
		"a mark that overtakes what it marks": {mappedFile +
			".invariant bytes(\"/data/a\", 4096, 1) == \"\\0\" or bytes(\"/data/a\", 0, 5) == \"hello\"\n" +
			"p[0:5] = \"hello\"\np[PAGE] = 1\nmsync(p, 2*PAGE, MS_SYNC)",
			"after line 6:  msync(p, 2*PAGE, MS_SYNC)", 7},
		"a range of msync that is too short": {strings.NewReplacer("8192", "20480", "2*PAGE", "5*PAGE").
			Replace(mappedFile) + "p[4*PAGE:5] = \"hello\"\nmsync(p, 4*PAGE, MS_SYNC)\n" +
			".invariant bytes(\"/data/a\", 16384, 5) == \"hello\"", "after line 6:  msync(p, 5*PAGE, MS_SYNC)", 0},
		"a new file that was not synced": {".machine fs=ext4\n" +
			"fd = openat(AT_FDCWD, \"/data/a\", O_RDWR|O_CREAT, 0644)\nwrite(fd, \"hello\", 5)" + hello,
			"after line 3:  fsync(fd)", 0},
	} {
		rep := try(t, c.program)
		if len(rep.Findings) != 1 {
			t.Errorf("%s: %d findings", name, len(rep.Findings))
			continue
		}
		f, during := rep.Findings[0], 0
		if f.During != nil {
			during = f.During.Line
		}
		if got := strings.Join(Remedies(parse(t, c.program), f, Options{}), "; "); got != c.remedy ||
			during != c.during {
			t.Errorf("%s: during line %d, %q; wanted line %d, %q", name, during, got, c.during, c.remedy)
		}
	}
}

func TestSyncedStoresAreKept(t *testing.T) {
	for _, program := range []string{
		mappedFile + "p[0:5] = \"hello\"\nmsync(p, PAGE, MS_SYNC)\n" +
			".invariant bytes(\"/data/a\", 0, 5) == \"hello\"\np[9] = 1",
		mappedFile + "p[0:5] = \"hello\"\nfsync(fd)\n.invariant bytes(\"/data/a\", 0, 5) == \"hello\"",
		mappedFile + "p[0:5] = \"hello\"\nsync()\n" +
			".invariant bytes(\"/data/a\", 0, 5) == \"hello\"\nmunmap(p, 2*PAGE)",
		".machine fs=ext4\nfd = openat(AT_FDCWD, \"/data/b\", O_RDWR|O_CREAT, 0644)\n" +
			"pwrite64(fd, \"hello\", 5, 3000)\nfsync(fd)\n" +
			".invariant bytes(\"/data/b\", 3000, 5) == \"hello\"\n.invariant size(\"/data/b\") >= 3005\n" +
			"pwrite64(fd, \"x\", 1, 9000)",
		// The old version until the new one is whole: one sector is written whole or not at all.
		mappedFile + ".invariant bytes(\"/data/a\", 8, 2) == \"\\0\\0\" or bytes(\"/data/a\", 8, 2) == \"ab\"\n" +
			"p[8:2] = \"ab\"",
	} {
		for _, f := range try(t, program).Findings {
			t.Errorf("%v is broken during %v in\n%s", f.Invariant, f.During, program)
		}
	}
}

func TestARecordOverTwoSectorsTears(t *testing.T) {
	program := mappedFile +
		".invariant bytes(\"/data/a\", 511, 2) == \"\\0\\0\" or bytes(\"/data/a\", 511, 2) == \"ab\"\n" +
		"p[511:2] = \"ab\"\nmsync(p, PAGE, MS_SYNC)"
	rep := try(t, program)
	if len(rep.Findings) != 1 || rep.Findings[0].During.Line != 6 {
		t.Fatalf("%+v", rep.Findings)
	}
	if got := Remedies(parse(t, program), rep.Findings[0], Options{}); got != nil {
		t.Errorf("%q removes it", got)
	}
}

// The flusher may write a file back before anybody syncs it, and the journal may be written then.
func TestWritebackMayComeAtAnyTime(t *testing.T) {
	const create = ".machine fs=ext4\n" +
		"fd = openat(AT_FDCWD, \"/data/b\", O_RDWR|O_CREAT, 0644)\n.invariant missing(\"/data/b\")"
	for invariant, broken := range map[string]bool{
		" or size(\"/data/b\") == 0":                                            true,
		" or size(\"/data/b\") == 0 or size(\"/data/b\") == 5":                  false,
		" or size(\"/data/b\") == 5":                                            true,
		" or size(\"/data/b\") == 0 or bytes(\"/data/b\", 0, 5) == \"hello\"":   false,
		" or size(\"/data/b\") == 0 or bytes(\"/data/b\", 0, 5) == \"\\0\" * 5": true,
	} {
		rep := try(t, create+invariant+"\nwrite(fd, \"hello\", 5)")
		if got := len(rep.Findings) > 0; got != broken {
			t.Errorf("%s: broken %v, wanted %v", invariant, got, broken)
		}
	}
}

// A later invariant of the same name takes the place of the one before.
func TestAnInvariantIsReplacedByItsName(t *testing.T) {
	const program = mappedFile + ".invariant v: bytes(\"/data/a\", 0, 1) == \"\\0\"\n" +
		".invariant v: bytes(\"/data/a\", 0, 1) == \"\\0\" or bytes(\"/data/a\", 0, 1) == \"x\"\np[0] = 'x'"
	if rep := try(t, program); len(rep.Findings) > 0 {
		t.Errorf("%v is broken", rep.Findings[0].Invariant)
	}
}

func TestWhatCannotBeTriedIsSaid(t *testing.T) {
	for program, want := range map[string]string{
		".machine fs=ext4\nsync()":                                                "no line says what must hold",
		".file /data/a 4096\n.invariant exists(\"/data/a\")":                      "begin with  .machine fs=ext4",
		mappedFile + ".invariant exists(\"/data/a\")\n.power_cut":                 "line 6: .power_cut",
		mappedFile + ".invariant bytes(\"/data/a\", 0, 4) == \"hello\"":           "not as long as",
		mappedFile + ".invariant bytes(\"/data/a\", 0, 1<<40) == \"a\" * (1<<40)": "not as long as",
	} {
		_, err := Try(parse(t, program), Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, wanted %q", program, err, want)
		}
	}
}

// Whatever the model's own power cut leaves, of what the disk holds at that moment, is among the states that are tried.
func TestPowerCutsOfTheModelAreAmongTheStates(t *testing.T) {
	const seeds = 40
	for seed := range uint64(seeds) {
		text := randomProgram(rand.New(rand.NewPCG(seed, 1)))
		prog := parse(t, text)
		r, err := recordRun(prog)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		for last := range r.moments {
			for _, kind := range []string{"none", "all", "odd"} {
				if why := missing(t, r, prog, last, kind); why != "" {
					t.Fatalf("seed %d, moment %d, power cut %s: %s\n%s", seed, last, kind, why, text)
				}
			}
		}
	}
}

// randomProgram stores, writes, truncates and syncs two files.
func randomProgram(r *rand.Rand) string {
	b := strings.Builder{}
	b.WriteString(".machine fs=ext4\n.file /data/a 8192 fill=0\n" +
		".invariant bytes(\"/data/a\", 0, 1) == \"x\" or bytes(\"/data/a\", 4096, 1) == \"x\" or " +
		"bytes(\"/data/a\", 700, 1) == \"x\"\n" +
		"fd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\nnew = openat(AT_FDCWD, \"/data/b\", O_RDWR|O_CREAT, 0644)\n" +
		"p = mmap(NULL, 2*PAGE, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)\n")
	for i := range 12 {
		places := []int{0, 700, 4096}
		switch at, text := places[r.IntN(3)], string(rune('a'+i)); r.IntN(9) {
		case 0, 1:
			fmt.Fprintf(&b, "p[%d] = '%s'\n", at, text)
		case 2:
			fmt.Fprintf(&b, "pwrite64(new, \"%s\", 1, %d)\n", text, at)
		case 3:
			fmt.Fprintf(&b, "pwrite64(fd, \"%s\", 1, %d)\n", text, at)
		case 4:
			fmt.Fprintf(&b, "msync(p, %d, %s)\n", 4096+4096*r.IntN(2), []string{"MS_SYNC", "MS_ASYNC"}[r.IntN(2)])
		case 5:
			b.WriteString([]string{"fsync(fd)\n", "fsync(new)\n", "fdatasync(new)\n", "sync()\n"}[r.IntN(4)])
		case 6:
			fmt.Fprintf(&b, "ftruncate(new, %d)\n", []int{0, 100, 5000}[r.IntN(3)])
		case 7:
			b.WriteString(".sleep 40s\n")
		case 8:
			b.WriteString("sync_file_range(new, 0, 8192, SYNC_FILE_RANGE_WRITE|SYNC_FILE_RANGE_WAIT_AFTER)\n")
		}
	}
	return b.String()
}

// missing says what of the state after a power cut behind a moment is not among the states; empty where all is.
func missing(t *testing.T, r *record, prog *script.Program, last int, kind string) string {
	t.Helper()
	k := rerun(t, prog, last)
	survives := map[string]func(disk.Block) bool{"none": func(disk.Block) bool { return false },
		"all": func(disk.Block) bool { return true }, "odd": func(b disk.Block) bool { return b%2 == 1 }}[kind]
	found, sizes := k.Disk.Crash(survives), map[string]*disk.Inode{}
	found.Each(func(path string, n *disk.Inode) { sizes[path] = n })
	reads := sortReads(r.reads)
	for _, path := range []string{"/data/a", "/data/b"} {
		n := sizes[path]
		fits := slices.ContainsFunc(r.journals(point{last, last}), func(j int) bool {
			return slices.ContainsFunc(r.choices(point{last, last}, j, path, reads), func(c choice) bool {
				return fitsChoice(found.Device, n, c)
			})
		})
		if !fits {
			return fmt.Sprintf("%s is found as no state has it", path)
		}
	}
	return ""
}

func fitsChoice(d *disk.Device, n *disk.Inode, c choice) bool {
	if n == nil || !c.exists {
		return n == nil && !c.exists
	}
	if c.size != n.Size() {
		return false
	}
	for _, v := range c.sectors {
		bytes, _, _ := onDevice(d, n, v.number)
		if v.number*sectorSize < n.Size() && !slices.Contains(v.texts, bytes) {
			return false
		}
	}
	return true
}

// rerun is the kernel after the first moments of a program.
func rerun(t *testing.T, prog *script.Program, last int) *syscalls.Kernel {
	t.Helper()
	m := model.New()
	runner, err := run.NewRunner(prog, m, run.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := syncFirst(runner); err != nil {
		t.Fatal(err)
	}
	for range last {
		runner.Next()
	}
	return m.Kernel
}
