package model

import (
	"slices"
	"strings"
	"testing"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

// observed runs a program and gives the lines of one kind under each statement.
func observed(t *testing.T, kind run.Kinds, text string) (out [][]string) {
	t.Helper()
	prog := scripttest.Parse(t, "test", text)
	r, err := run.NewRunner(prog, New(), run.Options{Show: kind})
	if err != nil {
		t.Fatal(err)
	}
	for r.Next() {
		out = append(out, slices.Clone(r.Result().Shown(kind)))
	}
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	return out
}

func wantLines(t *testing.T, got [][]string, want ...string) {
	t.Helper()
	for i, w := range want {
		if g := strings.Join(got[i], "; "); g != w {
			t.Errorf("statement %d shows %q, wanted %q", i+1, g, w)
		}
	}
}

func TestAStoreToUntouchedMemoryZeroesAFrameAndSetsItsEntry(t *testing.T) {
	const text = "p = mmap(NULL, 2*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n*p = 1\np[0] = " +
		"2\nmunmap(p, PAGE)\n"
	wantLines(t, observed(t, run.Copies, text), "", "zero 4096", "", "")
	wantLines(t, observed(t, run.PTEs, text), "", "0x7ffff7ff5000 P RW A D", "", "0x7ffff7ff5000 none")
}

func TestALoadAndAStoreShowInTheEntryOneAfterTheOther(t *testing.T) {
	wantLines(t, observed(t, run.PTEs,
		"p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n*p\n*p = 1\n"),
		"", "0x7ffff7ff6000 P A S", "0x7ffff7ff6000 P RW A D")
}

func TestReadingCopiesToTheUserAndAPrivateStoreCopiesThePage(t *testing.T) {
	const text = ".file /data/a 8192\nfd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\n" +
		"q = mmap(NULL, 2*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE, fd, 0)\n" +
		"pread64(fd, scratch, 5000, 0)\nq[0] = 1\npwrite64(fd, q, 100, 0)\n"
	wantLines(t, observed(t, run.Copies, text), "", "", "to-user 5000; zero 4096", "cow 4096", "from-user 100")
}

func TestAFilePageShowsItsFlagsByTheirPageTypesNames(t *testing.T) {
	const text = "fd = openat(AT_FDCWD, \"/data/b\", O_RDWR|O_CREAT, 0644)\npwrite64(fd, \"x\", 1, 0)\n" +
		"p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0)\n*p\nftruncate(fd, 0)\n"
	got := observed(t, run.Pages, text)
	for i, want := range []string{"", "/data/b 0 ", "", "mmap", "/data/b 0 none"} {
		if g := strings.Join(got[i], "; "); !strings.Contains(g, want) || want == "" && g != "" {
			t.Errorf("statement %d shows %q, wanted %q", i+1, g, want)
		}
	}
}

func TestWhatTheHarnessMovesIsNobodysCopy(t *testing.T) {
	wantLines(t, observed(t, run.Copies, "openat(AT_FDCWD, \"/data/none\", O_RDONLY)\n"), "")
}

func TestEachLoadOfARangeShowsWhatItChanged(t *testing.T) {
	const text = ".file /data/a 12288\nfd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\np = mmap(NULL, 3*PAGE, " +
		"PROT_READ|PROT_WRITE, MAP_PRIVATE, fd, 0)\n" +
		"p[0..3*PAGE step PAGE] = 1\n"
	wantLines(t, observed(t, run.Copies, text), "", "", "cow 12288")
	if got := observed(t, run.PTEs, text)[2]; len(got) != 3 {
		t.Errorf("three stores show %v", got)
	}
}

// TestWhatARunShowsPassesATest runs recordings with everything shown; what is printed must hold.
func TestWhatARunShowsPassesATest(t *testing.T) {
	shown := run.Maps | run.Faults | run.PTEs | run.Pages | run.Copies | run.Trace | run.IO
	for i, name := range scripttest.Recordings(t) {
		if strings.Contains(name, "real") || testing.Short() && i%8 != 0 {
			continue
		}
		prog := scripttest.Load(t, name)
		text := runText(t, prog, shown)
		again, err := script.Parse(name, text)
		if err != nil {
			t.Fatalf("%s: what was printed does not parse: %v", name, err)
		}
		v := run.Test(again, New(), run.Testing{})
		for _, d := range v.Differences {
			t.Errorf("%s: %v", name, d)
		}
		if v.Err != nil {
			t.Errorf("%s: %v", name, v.Err)
		}
	}
}

func runText(t *testing.T, prog *script.Program, shown run.Kinds) string {
	t.Helper()
	r, err := run.NewRunner(prog, New(), run.Options{Show: shown})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString(r.Head())
	for r.Next() {
		b.WriteString(r.Text(run.Style{Show: shown, Comments: true}))
	}
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	b.WriteString(r.Tail())
	return b.String()
}

// An instruction taken after the end of the child would fault, since its areas are unmapped, and the fault would show
// with the next statement.
func TestEndedProcessTakesNoInstruction(t *testing.T) {
	shown := observed(t, run.Trace, `.sysctl vm.nr_hugepages=4
memfd_create("h", MFD_HUGETLB) = 3
fork() = 2
[2] p = mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, 3, 0)
[2] p[PAGE] = 1
[2] exit_group(0)
mprotect(NULL, 0, PROT_NONE) = 0
`)
	if last := shown[len(shown)-1]; len(last) > 0 {
		t.Errorf("after the end of the child: %q", last)
	}
}
