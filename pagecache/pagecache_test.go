package pagecache

import (
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"vmsim/disk"
	"vmsim/pagecache/xarray"
	"vmsim/vm"
	"vmsim/vm/clock"
)

func TestLongWriteMakesLargeFolios(t *testing.T) {
	b := newBench(t, 1000)
	b.fill(13 * vm.PageSize)
	b.want("[dddddddd][dddd]d")
}

func TestFolioIsNoLargerThanItsPlaceAllows(t *testing.T) {
	b := newBench(t, 1000)
	b.write(vm.PageSize, strings.Repeat("x", 8*vm.PageSize))
	b.want(".d[dd][dddd]d")
}

func TestReadingInOrderDoublesTheWindowAndItsFolios(t *testing.T) {
	b := newBench(t, 1000)
	b.cold(64)
	b.read(0, 1)
	b.want("cc^cc" + strings.Repeat(".", 60))
	b.read(vm.PageSize, 1)
	b.want("cccc[cccc]^[cccc]" + strings.Repeat(".", 52))
	b.read(4*vm.PageSize, 1)
	b.want("cccc[cccc][cccc][cccc]^" + strings.Repeat(".", 48)) // cut so that the next may be aligned
	b.read(12*vm.PageSize, 1)
	b.want("cccc[cccc][cccc][cccc][cccccccc]^" + strings.Repeat(".", 40))
}

func TestReadAtRandomReadsWhatIsWanted(t *testing.T) {
	b := newBench(t, 1000)
	b.cold(64)
	b.f.ahead.prev = 0
	b.read(40*vm.PageSize, 1)
	b.want(strings.Repeat(".", 40) + "c" + strings.Repeat(".", 23))
}

func TestReadaheadOfNothingReadsOnePage(t *testing.T) {
	b := newBench(t, 1000)
	b.cold(8)
	b.f.Advise(AdviseRandom, 0, everything)
	b.read(0, 1)
	b.want("c.......")
}

func TestPartOfAColdPageIsFilledBlockByBlock(t *testing.T) {
	b := newBench(t, 1000)
	b.cold(2)
	b.write(1024, strings.Repeat("x", 1024))
	b.f.Advise(AdviseRandom, 0, everything)
	if b.m.InCore(0) {
		t.Error("a page is filled of which only one block was written")
	}
	if got := b.read(1000, 30); got != strings.Repeat("a", 24)+"xxxxxx" {
		t.Errorf("the page holds %q", got)
	}
	b.want("d.")
}

func TestTruncationSplitsACleanFolioAndZeroesTheTail(t *testing.T) {
	b := newBench(t, 1000)
	b.fill(8 * vm.PageSize)
	_ = b.f.Sync(0, LastPage, AllOfIt)
	b.want("[cccccccc]")
	if err := b.m.Truncate(5*vm.PageSize + 100); err != nil {
		t.Fatal(err)
	}
	b.want("[cccc]cd")
	if err := b.m.Truncate(8 * vm.PageSize); err != nil {
		t.Fatal(err)
	}
	if got := b.read(5*vm.PageSize+99, 2); got != "f\x00" {
		t.Errorf("around the old end stand %q", got)
	}
}

func TestTruncationLeavesADirtyFolioWhole(t *testing.T) {
	b := newBench(t, 1000)
	b.fill(8 * vm.PageSize)
	if err := b.m.Truncate(2 * vm.PageSize); err != nil {
		t.Fatal(err)
	}
	if err := b.m.Truncate(8 * vm.PageSize); err != nil {
		t.Fatal(err)
	}
	b.want("[dddddddd]")
	if got := b.read(vm.PageSize, 2*vm.PageSize); got != strings.Repeat("b", vm.PageSize)+strings.Repeat("\x00",
		vm.PageSize) {
		t.Error("what was cut off is there again")
	}
}

func TestHoleIsReadAsZerosWithoutTheDisk(t *testing.T) {
	b := newBench(t, 1000)
	b.cold(8)
	if err := b.m.Fallocate(AllocatePunchHole|AllocateKeepSize, 0, 4*vm.PageSize); err != nil {
		t.Fatal(err)
	}
	requests := 0
	b.fs.Device.Trace = func(disk.Request) { requests++ }
	b.f.Advise(AdviseRandom, 0, everything)
	if got := b.read(0, 3); got != "\x00\x00\x00" || requests != 0 {
		t.Errorf("%q was read with %d requests", got, requests)
	}
	if got := b.m.Allocated(); got != 4*8 {
		t.Errorf("the file has %d sectors", got)
	}
}

func TestTebibyteFileCostsWhatIsTouched(t *testing.T) {
	b := newBench(t, 1000)
	if err := b.m.Truncate(1 << 40); err != nil {
		t.Fatal(err)
	}
	b.write(1<<39, "x")
	if b.m.Cached() != 1 || b.m.Allocated() != 2 {
		t.Errorf("%d pages, %d sectors", b.m.Cached(), b.m.Allocated())
	}
}

func TestFlusherWritesWhatIsThirtySecondsOld(t *testing.T) {
	b := newBench(t, 1000)
	pass := func(d time.Duration) { b.c.Writer.Pass(b.c.Log.Clock.Now() + clock.Time(d)) }
	pass(time.Second)
	b.fill(vm.PageSize)
	pass(28 * time.Second)
	b.want("d")
	pass(7 * time.Second)
	b.want("c")
}

func TestFlusherDoesNotWaitWhereMuchIsDirty(t *testing.T) {
	b := newBench(t, 1000)
	b.fill(120 * vm.PageSize) // of 1000: more than a tenth
	b.c.Writer.Pass(b.c.Log.Clock.Now() + clock.Time(6*time.Second))
	if background, _ := b.c.Writer.Thresholds(); b.c.Writer.Dirty() > int(background) {
		t.Errorf("%d pages are dirty, and the flusher begins at %d", b.c.Writer.Dirty(), background)
	}
}

func TestWriterWaitsWhereTooMuchIsDirty(t *testing.T) {
	b := newBench(t, 1000)
	for i := range int64(400) {
		b.write(i*vm.PageSize, "x")
		if b.c.Writer.Dirty() > 201 {
			t.Fatalf("%d of 1000 pages are dirty", b.c.Writer.Dirty())
		}
	}
	if b.c.Log.Clock.Now() < clock.Time(200*time.Microsecond) {
		t.Error("no task has waited for the disk")
	}
}

func TestStoreAfterWritebackIsWrittenAgain(t *testing.T) {
	b := newBench(t, 1000)
	b.write(0, "old")
	_ = b.f.Sync(0, LastPage, AllOfIt)
	b.write(0, "new")
	b.want("d")
	_ = b.f.Sync(0, LastPage, AllOfIt)
	b.f.Advise(AdviseDontNeed, 0, everything)
	if got := b.read(0, 3); got != "new" {
		t.Errorf("the disk has %q", got)
	}
}

func TestRangeOfASyncIsAllThatIsWritten(t *testing.T) {
	b := newBench(t, 1000)
	for i := range int64(4) {
		b.write(i*vm.PageSize, strings.Repeat("x", vm.PageSize))
	}
	_ = b.f.Sync(1, 2, AllOfIt)
	b.want("dccd")
}

func TestWriteErrorIsReportedOnceByEachOpenFile(t *testing.T) {
	b := newBench(t, 1000)
	other := b.m.Open("/a", ModeRead)
	b.write(0, "x")
	b.m.Fail(disk.Write, LastPage, syscall.EIO)
	for i, c := range []struct {
		f    *File
		want error
	}{{b.f, syscall.EIO}, {b.f, nil}, {other, syscall.EIO}, {other, nil}} {
		if err := c.f.Sync(0, LastPage, AllOfIt); !errors.Is(err, c.want) {
			t.Errorf("sync %d: %v, not %v", i, err, c.want)
		}
	}
	if err := b.m.Open("/a", ModeRead).Sync(0, LastPage, AllOfIt); err != nil {
		t.Errorf("an open file reports what was before it: %v", err)
	}
}

func TestNewOpenFileReportsAnErrorThatNoOtherHasReported(t *testing.T) {
	b := newBench(t, 1000)
	b.write(0, "x")
	b.m.Fail(disk.Write, LastPage, syscall.EIO)
	_ = b.m.WriteBack(0, LastPage)
	if err := b.m.Open("/a", ModeRead).Sync(0, LastPage, AllOfIt); !errors.Is(err, syscall.EIO) {
		t.Errorf("the new open file reports %v", err)
	}
}

func TestFileLargerThanMemoryIsReadThroughIt(t *testing.T) {
	b := newBench(t, 40)
	b.fill(200 * vm.PageSize)
	for i := range int64(200) {
		if got := b.read(i*vm.PageSize, 1); got != string(rune('a'+i%26)) {
			t.Fatalf("page %d begins with %q", i, got)
		}
	}
}

func TestWriteFromUnreachableMemoryLeavesZeros(t *testing.T) {
	b := newBench(t, 1000)
	if _, err := b.f.Write(&user{gone: true}, 0, 10, 0); !errors.Is(err, syscall.EFAULT) {
		t.Errorf("the write gives %v", err)
	}
	if b.m.Size() != 0 {
		t.Errorf("the file has %d bytes", b.m.Size())
	}
}

func TestCheckFindsADirtyFolioThatIsTaggedClean(t *testing.T) {
	b := newBench(t, 1000)
	b.write(0, "x")
	b.m.pages.ClearTag(0, xarray.Dirty)
	if b.c.Check() == nil {
		t.Error("Check finds nothing wrong")
	}
	b.m.pages.SetTag(0, xarray.Dirty)
}

func TestCheckFindsAFolioWithAPageMissing(t *testing.T) {
	b := newBench(t, 1000)
	b.fill(4 * vm.PageSize)
	x := b.m.pages.Get(2)
	x.SetOrder(0)
	if b.c.Check() == nil {
		t.Error("Check finds nothing wrong")
	}
	x.SetOrder(2)
}

// leaveBehind lets a write of so many pages at page i fail after the folio for it was made.
func (b *bench) leaveBehind(i, pages int64) {
	b.t.Helper()
	if _, err := b.f.Write(&user{gone: true}, 0, uint64(pages*vm.PageSize), i*vm.PageSize); err != syscall.EFAULT {
		b.t.Fatalf("the write has failed with %v", err)
	}
}

func TestFolioBeyondTheEndStaysDirtyInPart(t *testing.T) {
	b := newBench(t, 1000)
	b.fill(5000)
	b.leaveBehind(2, 2)
	_ = b.f.Sync(0, LastPage, AllOfIt)
	if err := b.m.Truncate(3 * vm.PageSize); err != nil {
		t.Fatal(err)
	}
	f := b.m.folio(2)
	if f.head == nil || !f.large() || !f.has(dirty) {
		t.Error("the folio was clean, and so was split")
	}
}

func TestWritingBackEndsAtTheFirstFolioBeyondTheEnd(t *testing.T) {
	b := newBench(t, 1000)
	b.leaveBehind(1, 1)
	b.leaveBehind(2, 2)
	_ = b.f.Sync(0, LastPage, AllOfIt)
	if b.m.folio(1).has(dirty) || !b.m.folio(2).has(dirty) {
		t.Error("the first folio is dirty, or the second is not")
	}
}

func TestSplitFolioLosesWhatLiesBeyondTheEnd(t *testing.T) {
	b := newBench(t, 1000)
	b.fill(8 * vm.PageSize)
	if err := b.m.Truncate(3 * vm.PageSize); err != nil {
		t.Fatal(err)
	}
	_ = b.f.Sync(0, LastPage, AllOfIt)
	if b.want("[cccccccc]"); !b.m.split(0) || b.m.Cached() != 3 {
		t.Errorf("%d pages are cached after the split", b.m.Cached())
	}
}
