package disk

import (
	"errors"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
)

func newFS(blocks Block) *FileSystem { return NewFileSystem(NewDevice(blocks, NVMe)) }

func check(t *testing.T, fs *FileSystem) {
	t.Helper()
	if err := fs.Check(); err != nil {
		t.Fatal(err)
	}
}

func TestReservedBlocksAreAllocatedTogether(t *testing.T) {
	fs := newFS(1000)
	n := fs.NewInode()
	for _, b := range []FileBlock{8, 0, 4} {
		if err := n.Reserve(b, Parts); err != nil {
			t.Fatal(err)
		}
	}
	check(t, fs)
	e, err := n.Allocate(0, 100)
	if err != nil || e.Count != 12 || e.State != Unwritten {
		t.Errorf("12 blocks in one run were wanted: %v %v", e, err)
	}
	n.Convert(0, 12)
	if x := n.Extents(); len(x) != 1 || x[0].State != Written {
		t.Errorf("extents are %v", x)
	}
	check(t, fs)
}

func TestReservationHoldsToTheLastBlock(t *testing.T) {
	fs := newFS(firstData + 3)
	a, b := fs.NewInode(), fs.NewInode()
	if err := a.Reserve(0, 2*Parts); err != nil {
		t.Fatal(err)
	}
	if err := b.Reserve(0, 2*Parts); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("four blocks of three: %v", err)
	}
	if err := b.Preallocate(0, 2*Parts); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("fallocate of two blocks, where one is left: %v", err)
	}
	if _, err := a.Allocate(0, 2*Parts); err != nil {
		t.Errorf("the reservation was not honoured: %v", err)
	}
	if fs.spare() != 0 {
		t.Errorf("%d blocks are left", fs.spare())
	}
	check(t, fs)
}

func TestPunchingPartOfAPageKeepsItsBlock(t *testing.T) {
	fs := newFS(100)
	n := fs.NewInode()
	if err := n.Preallocate(0, 2*Parts); err != nil {
		t.Fatal(err)
	}
	before := fs.spare()
	n.Punch(1, 3)
	if fs.spare() != before {
		t.Errorf("a block was freed of which parts are in use")
	}
	n.Punch(0, 1)
	n.Punch(3, 4)
	if fs.spare() != before+1 {
		t.Errorf("%d blocks are free, not one more than %d", fs.spare(), before)
	}
	check(t, fs)
}

func TestTebibyteOfHoleIsNoExtent(t *testing.T) {
	fs := newFS(1 << 20)
	n := fs.NewInode()
	n.SetSize(1 << 40)
	if e, ok := n.Map(0, 1<<30); ok || e.Count != 1<<30 {
		t.Errorf("the hole is %v %v", e, ok)
	}
	if err := n.Reserve(1<<30-1, 1); err != nil {
		t.Fatal(err)
	}
	if len(n.extents) != 1 || n.Blocks() != 1 {
		t.Errorf("extents are %v", n.extents)
	}
	check(t, fs)
}

func TestZeroedRangeKeepsItsPlaces(t *testing.T) {
	fs := newFS(100)
	n := fs.NewInode()
	_ = n.Preallocate(0, 3*Parts)
	n.Convert(0, 3*Parts)
	place := n.Extents()[0].Place
	if err := n.Zero(Parts, Parts); err != nil {
		t.Fatal(err)
	}
	x := n.Extents()
	if len(x) != 3 || x[1].State != Unwritten || x[1].Place != place+Parts {
		t.Errorf("extents are %v", x)
	}
	check(t, fs)
}

// inPieces is a file of four extents, as many as fit into the inode, each of two pages and before a hole of one.
func inPieces(t *testing.T, fs *FileSystem) *Inode {
	t.Helper()
	n := fs.NewInode()
	for b := FileBlock(0); b < 4*3*Parts; b += 3 * Parts {
		if err := n.Preallocate(b, 2*Parts); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

func TestATruncateNeedsNoBlockForExtents(t *testing.T) {
	fs := newFS(100)
	n := inPieces(t, fs)
	truncatesTo(t, fs, n, 1)
}

// truncatesTo wants a file to have so many blocks, from its start, when all behind them are punched.
func truncatesTo(t *testing.T, fs *FileSystem, n *Inode, blocks FileBlock) {
	t.Helper()
	n.Punch(blocks, ^FileBlock(0))
	if n.Blocks() != uint64(blocks) {
		t.Errorf("the file has %d blocks", n.Blocks())
	}
	check(t, fs)
}

// The extent is split before its first part is removed, so that there are five for a moment.
func TestAHoleThatEndsWithinAnExtentNeedsRoomForOneMore(t *testing.T) {
	fs := newFS(100)
	n := inPieces(t, fs)
	n.Punch(3*Parts, 3*Parts+1)
	if n.Blocks() != 4*2*Parts-1+1 || len(n.Extents()) != 4 {
		t.Errorf("the file has %d blocks in %v", n.Blocks(), n.Extents())
	}
	truncatesTo(t, fs, n, 0)
}

func TestShiftMovesWhatLiesBehind(t *testing.T) {
	fs := newFS(100)
	n := fs.NewInode()
	_ = n.Preallocate(0, 4*Parts)
	n.Punch(Parts, 2*Parts)
	n.Shift(2*Parts, -Parts)
	if e, ok := n.next(3 * Parts); ok {
		t.Errorf("something is left behind: %v", e)
	}
	if n.Blocks() != 3*Parts {
		t.Errorf("the file has %d blocks", n.Blocks())
	}
	check(t, fs)
}

func TestCrashGoesBackToTheLastCommit(t *testing.T) {
	fs := newFS(100)
	a, b := fs.NewInode(), fs.NewInode()
	fs.Link("/a", a)
	_ = a.Preallocate(0, Parts)
	a.SetSize(100)
	fs.Commit()
	fs.Link("/b", b)
	a.SetSize(5000)
	_ = a.Reserve(Parts, Parts)

	var paths []string
	var size int64
	found := fs.Crash(func(Block) bool { return false })
	found.Each(func(path string, n *Inode) { paths, size = append(paths, path), n.Size() })
	if len(paths) != 1 || paths[0] != "/a" || size != 100 {
		t.Errorf("found %v, the first of %d bytes", paths, size)
	}
	check(t, found)
	check(t, fs)
}

func TestFreedBlocksWaitForTheJournal(t *testing.T) {
	fs := newFS(firstData + 2)
	a := fs.NewInode()
	fs.Link("/a", a)
	_ = a.Preallocate(0, 2*Parts)
	a.Convert(0, 2*Parts)
	write(t, fs.Device, a.Extents()[0].Place.Block(), "ab")
	fs.Commit()
	a.Punch(0, Parts)
	b := fs.NewInode()
	if len(fs.free.runs) != 0 {
		t.Error("a block is free that the journal still knows as a file's")
	}
	if err := b.Preallocate(0, Parts); err != nil {
		t.Errorf("the journal was not written to get it: %v", err)
	}
	check(t, fs)
}

// TestFileSystemKeepsItsInvariantsWhateverIsDone does many things at random and recomputes everything after each.
func TestFileSystemKeepsItsInvariantsWhateverIsDone(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	fs := newFS(firstData + 40)
	var files []*Inode
	for range 4 {
		files = append(files, fs.NewInode())
	}
	for step := range 4000 {
		n, b, count := files[rnd.IntN(len(files))], FileBlock(rnd.IntN(60)), uint64(1+rnd.IntN(20))
		switch rnd.IntN(8) {
		case 0, 1:
			_ = n.Reserve(b, count)
		case 2:
			if e, ok := n.Map(b, count); ok && e.State == Delayed {
				if _, err := n.Allocate(b, e.Count); err != nil {
					t.Fatalf("step %d: a reservation was not honoured: %v", step, err)
				}
			}
		case 3:
			n.Convert(b, count)
		case 4:
			_ = n.Preallocate(b, count)
		case 5:
			n.Punch(b, b+FileBlock(count))
		case 6:
			_ = n.Zero(b, count)
		case 7:
			fs.Commit()
		}
		if err := fs.Check(); err != nil {
			t.Fatalf("step %d: %v", step, err)
		}
	}
}

func TestCheckFindsABlockOfTwoFiles(t *testing.T) {
	fs := newFS(100)
	a, b := fs.NewInode(), fs.NewInode()
	_ = a.Preallocate(0, Parts)
	b.put(a.Extents()[0])
	if fs.Check() == nil {
		t.Error("Check finds nothing wrong")
	}
}

func TestAHoleIsKnownAsFarAsItWasNotTruncated(t *testing.T) {
	n := newFS(100).NewInode()
	lookup := func(b FileBlock, want uint64) {
		t.Helper()
		if e, ok := n.Lookup(b, 100); ok || e.Count != want {
			t.Errorf("from block %d on are %d blocks of a hole, %v", b, e.Count, ok)
		}
	}
	if err := n.Reserve(8, 4); err != nil { // which finds out that all is a hole
		t.Fatal(err)
	}
	lookup(4, 4)
	n.Punch(5, ^FileBlock(0)) // the file ends within block 4
	lookup(4, 1)
	lookup(5, 100)
	lookup(4, 100) // now that the rest is known again
	if err := n.Preallocate(4, 2); err != nil {
		t.Fatal(err)
	}
	lookup(0, 4)
	n.Punch(4, 6)
	lookup(0, 100) // a hole that is punched is known
}

func TestATruncateThatFreesBlocksBeyondTheEndLeadsToTheSameBytes(t *testing.T) {
	fs := newFS(100)
	n := fs.NewInode()
	fs.Link("/a", n)
	if err := n.Preallocate(0, 4); err != nil {
		t.Fatal(err)
	}
	fs.Commit()
	n.Punch(0, ^FileBlock(0))
	if n.Moved() || !n.Changed() {
		t.Errorf("moved %v, changed %v", n.Moved(), n.Changed())
	}
}

// namesOf are the paths of a file system: a directory ends with a slash, a link has its target.
func namesOf(fs *FileSystem) (out []string) {
	fs.Each(func(path string, _ *Inode) { out = append(out, path) })
	fs.EachOther(func(path, target string) {
		if target == "" {
			path += "/"
		} else {
			path += "->" + target
		}
		out = append(out, path)
	})
	return out
}

func wantNames(t *testing.T, fs *FileSystem, want ...string) {
	t.Helper()
	if got := namesOf(fs); !slices.Equal(got, want) {
		t.Errorf("the names are %q, want %q", got, want)
	}
}

func TestNamesBelowADirectoryAreRenamedWithIt(t *testing.T) {
	fs := NewFileSystem(NewDevice(40, NVMe))
	fs.MakeDir("/d")
	fs.Link("/d/a", fs.NewInode())
	fs.Link("/da", fs.NewInode())
	fs.MakeLink("/l", "d/a")
	fs.Rename("/d", "/e")
	wantNames(t, fs, "/e/a", "/da", "/e/", "/l->d/a")
	fs.Exchange("/e", "/da")
	wantNames(t, fs, "/da/a", "/e", "/da/", "/l->d/a")
	fs.Unlink("/l")
	fs.Unlink("/no")
	wantNames(t, fs, "/da/a", "/e", "/da/")
}

func TestPathThatWasCommittedEnduresUntilTheNextCommit(t *testing.T) {
	fs := NewFileSystem(NewDevice(40, NVMe))
	n := fs.NewInode()
	fs.Link("/a", n)
	if !fs.Changed() {
		t.Error("a new name is no change")
	}
	fs.Commit()
	fs.Unlink("/a")
	var durable []string
	fs.EachDurable(func(path string, of *Inode) {
		if of == n {
			durable = append(durable, path)
		}
	})
	if !slices.Equal(durable, []string{"/a"}) || len(namesOf(fs)) != 0 || fs.Commits() != 1 {
		t.Errorf("durable %q, now %q, %d commits", durable, namesOf(fs), fs.Commits())
	}
}

func TestFirstChangeAfterAnAbortedJournalMakesTheFileSystemReadOnly(t *testing.T) {
	fs := NewFileSystem(NewDevice(40, NVMe))
	if fs.Start() != nil || fs.Aborted() {
		t.Fatal("a sound file system refuses a change")
	}
	fs.Abort()
	if err := fs.Writable(); err != nil || !fs.Aborted() {
		t.Errorf("before anything changes it, it is writable: %v", err)
	}
	if err := fs.Start(); err != syscall.EROFS {
		t.Errorf("the first change: %v", err)
	}
	fs.Abort()
	if err := fs.Writable(); err != syscall.EROFS {
		t.Errorf("afterwards: %v", err)
	}
}
