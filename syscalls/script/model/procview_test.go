package model

import (
	"fmt"
	"strings"
	"testing"

	"vmsim/syscalls"
	"vmsim/syscalls/procfs"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
	"vmsim/vm"
)

// after runs a program on the model and gives its first process.
func after(t *testing.T, text string) (*Machine, *syscalls.Process) {
	t.Helper()
	prog := scripttest.Parse(t, "test", text)
	m := New()
	r, err := run.NewRunner(prog, m, run.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for r.Next() {
	}
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	p, _ := m.Kernel.Process(1)
	return m, p
}

// smapOf are the lines of smaps that belong to the area at start.
func smapOf(t *testing.T, p *syscalls.Process, start string) map[string]string {
	t.Helper()
	_, text, ok := strings.Cut(p.Proc().Smaps(), start+"-")
	if !ok {
		t.Fatalf("no area at %s in\n%s", start, p.Proc().Smaps())
	}
	fields := map[string]string{}
	for _, line := range strings.Split(text, "\n")[1:25] {
		name, value, _ := strings.Cut(line, ":")
		fields[name] = strings.TrimSpace(value)
	}
	return fields
}

const threePages = "p = mmap(NULL, 3*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n"

func wantSmap(t *testing.T, p *syscalls.Process, want map[string]string) {
	t.Helper()
	got := smapOf(t, p, "7ffff7ff4000")
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s: %s, wanted %s", name, got[name], value)
		}
	}
}

func TestSmapsHasTheFieldsInTheKernelsOrder(t *testing.T) {
	_, p := after(t, threePages)
	const want = "Size KernelPageSize MMUPageSize Rss Pss Pss_Dirty Shared_Clean Shared_Dirty Private_Clean " +
		"Private_Dirty Referenced " +
		"Anonymous KSM LazyFree AnonHugePages ShmemPmdMapped FilePmdMapped Shared_Hugetlb Private_Hugetlb Swap " +
		"SwapPss Locked THPeligible VmFlags"
	var got []string
	for _, line := range strings.Split(p.Proc().Smaps(), "\n")[1:25] {
		name, _, _ := strings.Cut(line, ":")
		got = append(got, name)
	}
	if g := strings.Join(got, " "); g != want {
		t.Errorf("got %s", g)
	}
	if !strings.Contains(p.Proc().Smaps(), "Size:                 12 kB\nKernelPageSize:        4 kB\n") {
		t.Errorf("numbers are not set as the kernel sets them:\n%s", p.Proc().Smaps())
	}
}

func TestAStoreIsPrivateAndDirtyTheFrameOfZerosIsNobodys(t *testing.T) {
	_, p := after(t, threePages+"*p\np[PAGE] = 1\n")
	wantSmap(t, p,
		map[string]string{"Rss": "4 kB", "Pss": "4 kB", "Private_Dirty": "4 kB", "Anonymous": "4 kB",
			"Referenced": "4 kB",
			"VmFlags":    "rd wr mr mw me ac"})
}

func TestAfterForkPagesAreSharedAndCountByHalves(t *testing.T) {
	_, p := after(t, threePages+"p[0..3*PAGE step PAGE] = 1\nfork()\np[0] = 2\n")
	wantSmap(t, p, map[string]string{"Rss": "12 kB", "Pss": "8 kB", "Shared_Dirty": "8 kB", "Private_Dirty": "4 kB"})
}

func TestPagesGivenUpAreLazyFree(t *testing.T) {
	_, p := after(t, threePages+"p[0..3*PAGE step PAGE] = 1\nmadvise(p, 2*PAGE, MADV_FREE)\n")
	wantSmap(t, p, map[string]string{"LazyFree": "8 kB", "Private_Clean": "8 kB", "Referenced": "4 kB"})
}

func TestPagesGivenUpAreNotReferencedThoughPopulateTouchedThem(t *testing.T) {
	_, p := after(t,
		"p = mmap(NULL, 3*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_POPULATE, -1, "+
			"0)\nmadvise(p+2*PAGE, PAGE, MADV_FREE)\n")
	wantSmap(t, p, map[string]string{"Referenced": "8 kB", "LazyFree": "4 kB"})
	var flags [3]procfs.PageFlags
	if err := p.PageFlags(0x7ffff7ff4, flags[:]); err != nil {
		t.Fatal(err)
	}
	const used = procfs.KPFReferenced | procfs.KPFActive
	if flags[1]&used == 0 || flags[2]&used != 0 {
		t.Errorf("flags are %v and, of the page given up, %v", flags[1], flags[2])
	}
}

func TestAPageGivenUpLeavesTheSwapCacheAndItsPlace(t *testing.T) {
	m, p := after(t,
		".machine swap=16M\n"+threePages+"p[0] = 1\nmadvise(p, PAGE, MADV_PAGEOUT)\n*p\nmadvise(p, PAGE, MADV_FREE)\n")
	wantSmap(t, p, map[string]string{"LazyFree": "4 kB", "Referenced": "0 kB"})
	if v, _ := m.Kernel.Proc.Counter("nr_swapcached"); v != 0 {
		t.Errorf("%d pages are in the swap cache", v)
	}
	if err := m.Kernel.Check(); err != nil {
		t.Error(err)
	}
}

// pageFlags are those of the first pages of the area that smapOf is asked for.
func pageFlags(t *testing.T, p *syscalls.Process, n int) string {
	t.Helper()
	flags := make([]procfs.PageFlags, n)
	if err := p.PageFlags(0x7ffff7ff4, flags); err != nil {
		t.Fatal(err)
	}
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(flags), " ", "\n"), "[]")
}

func TestPagesThatCannotGoOutStayReferencedAndBecomeActive(t *testing.T) {
	_, p := after(t,
		threePages+"p[0..2*PAGE step PAGE] = 1\nmadvise(p, PAGE, MADV_PAGEOUT)\nmadvise(p+PAGE, PAGE, MADV_COLD)\n")
	wantSmap(t, p, map[string]string{"Referenced": "4 kB", "Rss": "8 kB"})
	const want = "uptodate,lru,active,mmap,anonymous,swapbacked,anon_exclusive\n" +
		"uptodate,lru,mmap,anonymous,swapbacked,anon_exclusive"
	if got := pageFlags(t, p, 2); got != want {
		t.Errorf("flags are\n%s", got)
	}
}

func TestAPageGivenUpAndWrittenToSinceIsKeptAndItsFrameDirty(t *testing.T) {
	_, p := after(t, threePages+"p[0] = 1\nmadvise(p, PAGE, MADV_FREE)\np[0] = 2\nmadvise(p, PAGE, MADV_PAGEOUT)\n")
	if got := pageFlags(t, p, 1); got != "uptodate,dirty,lru,active,mmap,anonymous,swapbacked,anon_exclusive" {
		t.Errorf("flags are %s", got)
	}
}

func TestSharedMemoryWithNowhereToGoIsUnmappedAndActive(t *testing.T) {
	_, p := after(t,
		"p = mmap(NULL, 3*PAGE, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS, -1, 0)\np[0] = 1\nmadvise(p, PAGE, "+
			"MADV_PAGEOUT)\n*p\n")
	if got := pageFlags(t, p, 1); got != "uptodate,dirty,lru,active,mmap,swapbacked" {
		t.Errorf("flags are %s", got)
	}
}

func TestAFaultBeyondTheEndLeavesTheTablesAboveTheLeaf(t *testing.T) {
	const beyond = "fd = memfd_create(\"m\", 0)\np = mmap(0x40000000, PAGE, PROT_READ, MAP_SHARED|MAP_FIXED, fd, 0)\n"
	for text, want := range map[string]string{
		beyond:          "24 kB", // not looked at
		beyond + "*p\n": "28 kB",
		beyond + "madvise(p, PAGE, MADV_POPULATE_READ)\n": "28 kB",
		beyond + "*p\nmunmap(p, PAGE)\n":                  "24 kB",
	} {
		_, p := after(t, "*0x7fffffffefff\n"+text)
		if status := p.Proc().StatusMemory(); !strings.Contains(status, "VmPTE:\t      "+want) {
			t.Errorf("wanted %s after\n%s\n%s", want, text, status)
		}
	}
}

func TestLockedPagesShowInSmapsAndInTheirFlags(t *testing.T) {
	m, p := after(t, threePages+"mlock(p, 3*PAGE)\n")
	wantSmap(t, p, map[string]string{"Locked": "12 kB", "VmFlags": "rd wr mr mw me lo ac"})
	var flags [1]procfs.PageFlags
	if err := p.PageFlags(0x7ffff7ff4, flags[:]); err != nil {
		t.Fatal(err)
	}
	const want = "referenced,uptodate,lru,mmap,anonymous,swapbacked,unevictable,mlocked,anon_exclusive"
	if got := flags[0].String(); got != want {
		t.Errorf("flags are %s", got)
	}
	if v, _ := m.Kernel.Proc.Counter("nr_mlock"); v != 3 {
		t.Errorf("nr_mlock is %d", v)
	}
}

func TestRollupIsTheSumOfAllAreas(t *testing.T) {
	_, p := after(t, threePages+"p[0..3*PAGE step PAGE] = 1\n")
	text := p.Proc().SmapsRollup()
	if !strings.HasPrefix(text,
		"00400000-7ffffffff000 ---p 00000000 00:00 0                              [rollup]\n") ||
		!strings.Contains(text, "Pss_Anon:             16 kB\n") {
		t.Errorf("rollup is\n%s", text)
	}
}

func TestStatusAndStatmCountAlike(t *testing.T) {
	_, p := after(t, threePages+"p[0] = 1\n")
	for _, want := range []string{"VmLck:\t       0 kB\n", "VmExe:\t       4 kB\n", "VmSwap:\t       0 kB\n",
		"VmStk:\t     132 kB\n"} {
		if !strings.Contains(p.Proc().StatusMemory(), want) {
			t.Errorf("no %q in\n%s", want, p.Proc().StatusMemory())
		}
	}
	if got := p.Proc().Statm(); got != "303 3 1 1 0 293 0\n" {
		t.Errorf("statm is %s", got)
	}
}

func TestVmPeakStaysWhenMemoryGoes(t *testing.T) {
	_, p := after(t, threePages+"munmap(p, 3*PAGE)\n")
	if p.Space.Stats.Peak() != p.Space.Stats.Total+3 {
		t.Errorf("peak %d, total %d", p.Space.Stats.Peak(), p.Space.Stats.Total)
	}
}

func TestPagemapTellsPresentFileExclusiveAndGuards(t *testing.T) {
	_, p := after(t, threePages+"p[0] = 1\np[PAGE]\nmadvise(p + 2*PAGE, PAGE, MADV_GUARD_INSTALL)\n")
	var e [3]procfs.PagemapEntry
	if err := p.Pagemap(0x7ffff7ff4, e[:]); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"present exclusive", "present", "swap guard"} {
		if got := e[i].WithoutFrame().String(); got != want {
			t.Errorf("page %d is %s, wanted %s", i, got, want)
		}
	}
}

func TestPageTypesLettersStandAtTheirPlaces(t *testing.T) {
	f := procfs.KPFReferenced | procfs.KPFUptodate | procfs.KPFLRU | procfs.KPFMmap
	if got := f.Letters(); got[:12] != "__RU_l_____M" || len(got) != 43 {
		t.Errorf("letters are %s (%d)", got, len(got))
	}
}

func TestEmptyTablesGoWithAdviceNotToNeedThem(t *testing.T) {
	_, p := after(t,
		"p = mmap(0x10000000, 2M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)\n*p = 1\n")
	before := p.Space.Table().Below()
	if err := p.Madvise(vm.Addr(0x10000000), 2<<20, syscalls.AdviseDontNeed); err != nil {
		t.Fatal(err)
	}
	if now := p.Space.Table().Below(); now != before-1 {
		t.Errorf("%d tables before, %d now", before, now)
	}
}

func TestColdReadTracesAsTheKernelDoes(t *testing.T) {
	events := observed(t, run.Trace, ".machine fs=ext4\n.file /data/a 131072 cold\n"+
		"fd = openat(AT_FDCWD, \"/data/a\", O_RDONLY)\n"+
		"p = mmap(NULL, 131072, PROT_READ, MAP_SHARED, fd, 0)\n*p\n")
	last := events[len(events)-1]
	if len(last) != 36 {
		t.Fatalf("%d events: %v", len(last), last)
	}
	for i, want := range map[int]string{0: "page_fault_user address=0x7ffff7fd7000 error_code=0x4",
		1: "mm_filemap_fault index=0",
		2: "page_cache_ra_order index=0 size=32 async_size=8", 3: "mm_filemap_add_to_page_cache index=0 order=0",
		35: "mm_filemap_map_pages index=0 last_index=15"} {
		if last[i] != want {
			t.Errorf("event %d is %s, wanted %s", i, last[i], want)
		}
	}
}

// The charge is the segment's: the area that shows it has no flag for it.
func TestAnAttachOfASegmentWithoutReserveIsLikeAnyOther(t *testing.T) {
	_, p := after(t, "s = shmget(IPC_PRIVATE, 3*PAGE, IPC_CREAT|SHM_NORESERVE|0600)\nshmat(s, 0x7ffff7ff4000, 0)\n")
	wantSmap(t, p, map[string]string{"VmFlags": "rd wr sh mr mw me ms"})
}

// An area whose range changes comes after the others that show the same page of the file from then on: when the file
// shrinks, eight copies go before one does, and that decides when the counter hears of them.
const shrunkInOrder = `.file /data/a 32768
openat(4096, "/data/a", O_RDWR)
.file /data/b 409650 cold
openat(4096, "/data/b", O_RDONLY)
mmap(NULL, 8192, PROT_NONE, MAP_PRIVATE, 3, 0)
mmap(NULL, 65536, PROT_WRITE, MAP_PRIVATE, 4, 0)
memfd_create("m", 0)
mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE, 3, 0)
brk(0x50b000)
mmap(NULL, 49152, PROT_WRITE, MAP_PRIVATE, 5, 0)
mmap(NULL, 32768, PROT_WRITE, MAP_PRIVATE, 3, 0)
mmap(NULL, 135168, PROT_WRITE, MAP_PRIVATE, 5, 0)
mprotect(0x7ffff7ff2000, 16384, PROT_WRITE)
ftruncate(5, 81920)
mlockall(MCL_CURRENT)
ftruncate(5, 0)
ftruncate(3, 0)
memfd_create("m", 0)
mmap(NULL, 4096, PROT_NONE, MAP_SHARED, 6, 0)
mmap(NULL, 1228800, PROT_READ, MAP_PRIVATE, 4, 0)
mlockall(MCL_CURRENT)
munmap(0x7ffff7fbe000, 524288)
`

// The kernel looks how many pages there are before it takes some away, and then at counters that have not heard of the
// last ones.
func TestThePeakOfResidentPagesLags(t *testing.T) {
	for program, want := range map[string]string{
		"mlockall(MCL_FUTURE)\np = mmap(NULL, 1M, PROT_READ, MAP_SHARED|MAP_ANONYMOUS, -1, 0)\n" +
			"mmap(p+4*PAGE, 3*PAGE, PROT_NONE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0)\n": "1024 kB",
		"p = mmap(NULL, 40*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_POPULATE, -1, 0)\nmunmap(p, " +
			"40*PAGE)\n": "128 kB",
		// Guards where nothing was take nothing away.
		"p = mmap(NULL, 300*PAGE, PROT_READ, MAP_SHARED|MAP_ANONYMOUS|MAP_POPULATE, -1, 0)\n" +
			"g = mmap(NULL, 3*PAGE, PROT_NONE, MAP_SHARED|MAP_ANONYMOUS, -1, 0)\nmmap(p+56*PAGE, 16*PAGE, PROT_NONE, " +
			"MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0)\n" +
			"mmap(NULL, 32*PAGE, PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_POPULATE, -1, 0)\nmadvise(g, PAGE, " +
			"MADV_GUARD_INSTALL)\n": "1272 kB",
		shrunkInOrder: "1644 kB",
		// The pages of a new program's arguments count until execve fails, and leave more behind than they take away.
		".file /data/t 5000 exec\np = mmap(NULL, 8*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"p[0..4*PAGE step PAGE] = 1\nexecve(\"/data/t\", [\"a\" * 4000], [\"b\" * 116000])\n" +
			"munmap(p+7*PAGE, PAGE)\n": "256 kB",
		// Until 6.2 faults count when there were 65 of them, or where something goes.
		".machine kernel=6.1\np = mmap(NULL, 100*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"p[0..69*PAGE step PAGE] = 1\n": "264 kB",
		".machine kernel=6.1\np = mmap(NULL, 100*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"p[0..9*PAGE step PAGE] = 1\nmunmap(p+50*PAGE, PAGE)\n": "44 kB",
		// Each process of an address space keeps back its own.
		".machine kernel=6.1\np = mmap(NULL, 100*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
			"p[0..9*PAGE step PAGE] = 1\nvfork()\n[2] munmap(p+50*PAGE, PAGE)\n": "4 kB",
	} {
		_, p := after(t, program)
		status, err := p.ProcFile("status")
		if err != nil {
			t.Fatal(err)
		}
		_, got, _ := strings.Cut(status, "VmHWM:")
		got, _, _ = strings.Cut(got, "\n")
		if strings.TrimSpace(got) != want {
			t.Errorf("after\n%sVmHWM is %s, wanted %s", program, got, want)
		}
	}
}

// TestColumnsOfProcGrowWithTheirNumbers compares lines whose numbers are wider than their columns with what Linux 6.18
// printed.
func TestColumnsOfProcGrowWithTheirNumbers(t *testing.T) {
	_, p := after(t, `mmap(NULL, 64G, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0)
mmap(NULL, 100G, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0)
r = mmap(NULL, 1000G, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0)
mlock2(r, 1000G, MLOCK_ONFAULT)
`)
	for name, lines := range map[string][]string{
		"smaps": {"Size:           171966464 kB", "Size:           1048576000 kB", "Private_Hugetlb:       0 kB",
			"THPeligible:           0"},
		"status": {"VmSize:\t1220543664 kB", "VmLck:\t1048576000 kB"},
	} {
		text, err := p.ProcFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range lines {
			if !strings.Contains("\n"+text, "\n"+line+"\n") {
				t.Errorf("%s has no line %q:\n%s", name, line, text)
			}
		}
	}
}
