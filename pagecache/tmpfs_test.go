package pagecache

import (
	"bytes"
	"syscall"
	"testing"

	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// onTmpfs is a bench whose file is on a tmpfs of so many pages.
func onTmpfs(t *testing.T, frames, pages uint64) *bench {
	t.Helper()
	b := newBench(t, frames)
	b.m = b.c.NewShared("/shm/a", &Quota{Max: pages})
	b.f = b.m.Open("/shm/a", ModeRead|ModeWrite)
	return b
}

func (b *bench) quota() *Quota { return b.m.ops.(*tmpfsFile).quota }

// write writes a text at an offset.
func (b *bench) writeAt(text string, pos int64) (uint64, error) {
	b.c.Begin()
	return b.f.Write(&user{buf: []byte(text)}, 0, uint64(len(text)), pos)
}

// bytesAt is what a read of n bytes finds.
func (b *bench) bytesAt(pos int64, n int) string {
	b.t.Helper()
	b.c.Begin()
	u := &user{buf: make([]byte, n)}
	got, err := b.f.Read(u, 0, uint64(n), pos)
	if err != nil {
		b.t.Fatal(err)
	}
	return string(u.buf[:got])
}

func TestTmpfsReadsHolesWithoutTakingPages(t *testing.T) {
	b := onTmpfs(t, 100, 10)
	if err := b.m.Truncate(3 * vm.PageSize); err != nil {
		t.Fatal(err)
	}
	if got := b.bytesAt(10, 4); got != "\x00\x00\x00\x00" || b.m.Cached() != 0 || b.quota().Used != 0 {
		t.Errorf("a hole reads as %q and takes %d pages", got, b.m.Cached())
	}
	if _, err := b.writeAt("abc", vm.PageSize); err != nil {
		t.Fatal(err)
	}
	if got := b.bytesAt(vm.PageSize-1, 5); got != "\x00abc\x00" || b.m.Cached() != 1 {
		t.Errorf("it reads %q from %d pages", got, b.m.Cached())
	}
}

func TestTmpfsIsFullWithItsQuota(t *testing.T) {
	b := onTmpfs(t, 100, 2)
	for i := range int64(2) {
		if _, err := b.writeAt("x", i*vm.PageSize); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.writeAt("x", 2*vm.PageSize); err != syscall.ENOSPC {
		t.Errorf("a third page is %v", err)
	}
	if err := b.m.Truncate(vm.PageSize); err != nil {
		t.Fatal(err)
	}
	if _, err := b.writeAt("x", 2*vm.PageSize); err != nil || b.quota().Used != 2 {
		t.Errorf("with a page given back it is %v, and %d pages are used", err, b.quota().Used)
	}
	b.m.Linked(-1)
	q := b.quota()
	if b.f.Put(); q.Used != 0 {
		t.Errorf("a deleted file keeps %d pages", q.Used)
	}
}

func TestFallocateOnTmpfsTakesPagesOrNone(t *testing.T) {
	b := onTmpfs(t, 100, 4)
	if err := b.m.Fallocate(AllocateKeepSize, 0, 5*vm.PageSize); err != syscall.ENOSPC || b.m.Cached() != 0 {
		t.Errorf("more than there is: %v, and %d pages stay", err, b.m.Cached())
	}
	if err := b.m.Fallocate(0, 100, 3*vm.PageSize); err != nil || b.m.Size() != 3*vm.PageSize || b.m.Cached() != 3 {
		t.Errorf("%v: %d bytes, %d pages", err, b.m.Size(), b.m.Cached())
	}
	for _, mode := range []AllocateMode{AllocateZeroRange, AllocateCollapse, AllocateInsert} {
		if err := b.m.Fallocate(mode, 0, vm.PageSize); err != syscall.EOPNOTSUPP {
			t.Errorf("mode %#x is %v", mode, err)
		}
	}
}

// A page that fallocate made is no data, until it is written to.
func TestSeekOnTmpfsFindsWhatWasWritten(t *testing.T) {
	b := onTmpfs(t, 100, 10)
	if err := b.m.Fallocate(0, 0, 6*vm.PageSize); err != nil {
		t.Fatal(err)
	}
	if _, err := b.writeAt("x", 2*vm.PageSize+5); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		off  int64
		what Sought
		want int64
		err  error
	}{
		{0, SoughtData, 2 * vm.PageSize, nil},
		{0, SoughtHole, 0, nil},
		{2*vm.PageSize + 7, SoughtData, 2*vm.PageSize + 7, nil},
		{2*vm.PageSize + 7, SoughtHole, 3 * vm.PageSize, nil},
		{3 * vm.PageSize, SoughtData, 0, syscall.ENXIO},
		{6 * vm.PageSize, SoughtHole, 0, syscall.ENXIO},
	} {
		if got, err := b.m.Locate(c.off, c.what); got != c.want || err != c.err {
			t.Errorf("from %d on %v is at %d, %v; want %d, %v", c.off, c.what, got, err, c.want, c.err)
		}
	}
}

func TestPunchingAHoleZeroesEdgesAndDropsWholePages(t *testing.T) {
	b := onTmpfs(t, 100, 10)
	b.fill(4 * vm.PageSize)
	hole := AllocatePunchHole | AllocateKeepSize
	if err := b.m.Fallocate(hole, vm.PageSize-2, 3*vm.PageSize+2); err != nil {
		t.Fatal(err)
	}
	if got := b.bytesAt(vm.PageSize-4, 6); got != "aa\x00\x00\x00\x00" || b.m.Cached() != 2 {
		t.Errorf("before the hole it reads %q; %d pages are left", got, b.m.Cached())
	}
	if got := b.bytesAt(3*vm.PageSize, 4); got != "\x00\x00dd" {
		t.Errorf("behind the hole it reads %q", got)
	}
	if err := b.m.Fallocate(hole, 10, 12); err != nil || b.bytesAt(9, 4) != "a\x00\x00a" {
		t.Errorf("a hole within a page: %v, %q", err, b.bytesAt(9, 4))
	}
}

func TestSealsForbidWhatTheySay(t *testing.T) {
	for _, c := range []struct {
		name                               string
		seals                              Seals
		grow, shrink, write, append, punch error
	}{
		{"none", 0, nil, nil, nil, nil, nil},
		{"grow", SealGrow, syscall.EPERM, nil, nil, syscall.EPERM, nil},
		{"shrink", SealShrink, nil, syscall.EPERM, nil, nil, nil},
		{"write", SealWrite, nil, nil, syscall.EPERM, syscall.EPERM, syscall.EPERM},
		{"future writes", SealFutureWrite, nil, nil, syscall.EPERM, syscall.EPERM, syscall.EPERM},
	} {
		b := onTmpfs(t, 100, 10)
		b.fill(2 * vm.PageSize)
		b.m.Seals = c.seals
		_, write := b.writeAt("x", 0)
		_, more := b.writeAt("x", 2*vm.PageSize)
		got := []error{
			b.m.mayResize(b.m.size + 1), b.m.mayResize(0), write, more,
			b.m.Fallocate(AllocatePunchHole|AllocateKeepSize, 0, vm.PageSize),
		}
		for i, want := range []error{c.grow, c.shrink, c.write, c.append, c.punch} {
			if got[i] != want {
				t.Errorf("sealed against %s, %s is %v, want %v", c.name,
					[]string{"growing", "shrinking", "writing", "appending", "punching"}[i], got[i], want)
			}
		}
	}
}

func TestPreloadedPagesAreThereAndActive(t *testing.T) {
	b := onTmpfs(t, 100, 10)
	_ = b.m.Truncate(3 * vm.PageSize)
	b.m.Preload(1, 10)
	if b.m.Cached() != 2 || !b.m.InCore(1) || !b.m.LookUp(2).Has(phys.Active|phys.Dirty) {
		t.Errorf("%d pages are there", b.m.Cached())
	}
	disk := newBench(t, 100)
	disk.fill(vm.PageSize)
	before := disk.m.Cached()
	if disk.m.Preload(0, 9); disk.m.Cached() != before {
		t.Error("a file on a disk was loaded")
	}
}

func TestFilesTellWhatTheyAre(t *testing.T) {
	b := newBench(t, 100)
	for _, c := range []struct {
		m      *Mapping
		kind   FileType
		memory bool
		unit   uint32
		hashed bool
	}{
		{b.m, Regular, false, 1024, false},
		{b.c.NewShared("/shm/a", nil), Regular, true, vm.PageSize, false},
		{b.c.NewDirectory("/shm"), Directory, false, vm.PageSize, false},
		{b.c.NewHashedDirectory("/data", b.fs), Directory, false, vm.PageSize, true},
		{b.c.NewNull(), CharDevice, false, vm.PageSize, false},
		{b.c.NewScreen(8192), CharDevice, false, vm.PageSize, false},
	} {
		if c.m.Type() != c.kind || c.m.InMemory() != c.memory || c.m.BlockSize() != c.unit || c.m.hashed() != c.hashed {
			t.Errorf("%s: type %o, in memory %v, units of %d, hashed %v",
				c.m.Label, c.m.Type(), c.m.InMemory(), c.m.BlockSize(), c.m.hashed())
		}
	}
}

func TestARemovedDirectoryOfExt4EndsAsAFileDoes(t *testing.T) {
	b := newBench(t, 100)
	d := b.c.NewHashedDirectory("/data/d", b.fs)
	if at, err := d.Locate(5, SoughtData); at != 5 || err != nil || d.Limit() != maxFileSize || d.Endless() {
		t.Errorf("data at %d (%v), places up to %#x", at, err, d.Limit())
	}
	d.Linked(-1)
	if _, err := d.Locate(0, SoughtData); err != syscall.ENXIO || d.Limit() != disk.MaxFileSize || d.Endless() {
		t.Errorf("without its name: %v, places up to %#x", err, d.Limit())
	}
	if tmpfs := b.c.NewDirectory("/shm/d"); !tmpfs.Endless() || tmpfs.Limit() != maxFileSize {
		t.Error("a directory of a tmpfs has an end")
	}
}

func TestDevicesAndDirectoriesRefuseWhatOnlyFilesDo(t *testing.T) {
	b := newBench(t, 100)
	null, dir := b.c.NewNull(), b.c.NewDirectory("/shm")
	u := &user{buf: make([]byte, 8)}
	if n, err := null.Open("/dev/null", ModeRead).Read(u, 0, 8, 0); n != 0 || err != nil {
		t.Errorf("/dev/null gives %d bytes, %v", n, err)
	}
	for _, c := range []struct {
		what      string
		got, want error
	}{
		{"truncating /dev/null", null.Truncate(1), syscall.EINVAL},
		{"allocating room in /dev/null", null.Fallocate(0, 0, 1), syscall.ENODEV},
		{"truncating a directory", dir.Truncate(1), syscall.EISDIR},
		{"allocating room in a directory", dir.Fallocate(0, 0, 1), syscall.EISDIR},
		{"writing back a directory", dir.WriteBack(0, LastPage), nil},
	} {
		if c.got != c.want {
			t.Errorf("%s is %v, want %v", c.what, c.got, c.want)
		}
	}
	if _, err := dir.Open("/shm", ModeRead).ReadDirect(u, 0, 8, 0); err != syscall.EINVAL {
		t.Errorf("reading a directory with O_DIRECT is %v", err)
	}
	frames, size := b.c.NewScreen(3*vm.PageSize).Open("/dev/fb0", ModeRead).Screen()
	if len(frames) != 3 || size != 3*vm.PageSize {
		t.Errorf("a screen has %d frames and %d bytes", len(frames), size)
	}
	if frames, _ := b.f.Screen(); frames != nil {
		t.Error("a file on a disk is a screen")
	}
}

// pinned is a user with frames of its own.
type pinned struct{ *pipePages }

func newPinned(t *testing.T, b *bench, pages uint64, text string) pinned {
	p := pinned{newPipePages(&b.c.Reclaim, pages*vm.PageSize)}
	p.CopyOut(0, []byte(text))
	t.Cleanup(func() { p.release(0) })
	return p
}

func (p pinned) text(n int) string {
	buf := make([]byte, n)
	p.CopyInNoFault(0, buf)
	return string(buf)
}

func TestDirectReadsPassTheCacheBy(t *testing.T) {
	b := newBench(t, 100)
	b.cold(4)
	u := newPinned(t, b, 2, "")
	n, err := b.f.ReadDirect(u, 0, 2*vm.PageSize, vm.PageSize)
	if n != 2*vm.PageSize || err != nil || u.text(1) != "b" || b.m.Cached() != 0 {
		t.Errorf("%d bytes, %v: %q; %d pages are cached", n, err, u.text(1), b.m.Cached())
	}
	if n := b.c.Log.Bytes(trace.CopyToUser); n != 0 {
		t.Errorf("a processor copied %d bytes", n)
	}
	if n, err := b.f.ReadDirect(u, 0, vm.PageSize, 4*vm.PageSize); n != 0 || err != nil {
		t.Errorf("at the end of the file: %d bytes, %v", n, err)
	}
	if _, err := b.f.ReadDirect(u, 0, 100, 0); err != syscall.EINVAL {
		t.Errorf("a part of a sector is %v", err)
	}
}

func TestDirectReadsSeeWhatTheCacheHasDirty(t *testing.T) {
	b := newBench(t, 100)
	b.cold(2)
	if _, err := b.writeAt("XYZ", 0); err != nil {
		t.Fatal(err)
	}
	u := newPinned(t, b, 1, "")
	if _, err := b.f.ReadDirect(u, 0, vm.PageSize, 0); err != nil || u.text(4) != "XYZa" {
		t.Errorf("%v: %q", err, u.text(4))
	}
}

func TestDirectWritesDropWhatTheCacheHas(t *testing.T) {
	b := newBench(t, 100)
	b.fill(4 * vm.PageSize)
	text := bytes.Repeat([]byte("Q"), 2*vm.PageSize)
	u := newPinned(t, b, 2, string(text))
	n, err := b.f.WriteDirect(u, 0, 2*vm.PageSize, vm.PageSize)
	if n != 2*vm.PageSize || err != nil {
		t.Fatalf("%d bytes, %v", n, err)
	}
	if got := b.bytesAt(vm.PageSize-1, 2) + b.bytesAt(3*vm.PageSize-1, 2); got != "aQQd" {
		t.Errorf("at the edges the file has %q", got)
	}
	if _, err := b.f.WriteDirect(u, 0, 100, 0); err != syscall.EINVAL {
		t.Errorf("a part of a sector is %v", err)
	}
	n, err = b.f.WriteDirect(u, 0, vm.PageSize, 6*vm.PageSize)
	if n != vm.PageSize || err != nil || b.m.Size() != 7*vm.PageSize {
		t.Errorf("behind the end: %d bytes, %v; the file has %d", n, err, b.m.Size())
	}
	if got := b.bytesAt(5*vm.PageSize, 2); got != "\x00\x00" {
		t.Errorf("the hole before it reads %q", got)
	}
}

func TestDirectTransfersFailWithTheProcesssMemory(t *testing.T) {
	b := newBench(t, 100)
	b.cold(2)
	if _, err := b.f.ReadDirect(&user{}, 0, vm.PageSize, 0); err != syscall.EFAULT {
		t.Errorf("a read to nowhere is %v", err)
	}
	_, err := b.f.WriteDirect(&user{}, 0, vm.PageSize, 2*vm.PageSize)
	if err != syscall.EFAULT || b.m.Size() != 2*vm.PageSize {
		t.Errorf("a write from nowhere is %v; the file has %d bytes", err, b.m.Size())
	}
}

func TestCopiesFromFileToFilePassNoProcess(t *testing.T) {
	for _, mode := range []OpenMode{0, ModeDirect} {
		for _, memory := range []bool{false, true} {
			b := newBench(t, 200)
			b.cold(4)
			in := b.f
			if memory {
				in = b.c.NewShared("/shm/b", nil).Open("/shm/b", ModeRead)
				if err := in.Fill(4*vm.PageSize, func(_ int64, buf []byte) {
					for i := range buf {
						buf[i] = 'c'
					}
				}); err != nil {
					t.Fatal(err)
				}
			}
			in.Mode |= mode
			m := b.c.NewOnDisk("/b", b.fs)
			out := m.Open("/b", ModeWrite)
			n, err := out.CopyFrom(in, vm.PageSize, 2*vm.PageSize, 512, 1<<40)
			if n != vm.PageSize || err != nil {
				t.Fatalf("mode %v, memory %v: %d bytes, %v", mode, memory, n, err)
			}
			u := &user{buf: make([]byte, 2)}
			if _, err := out.Read(u, 0, 2, 511); err != nil || string(u.buf) != "\x00c" {
				t.Errorf("mode %v, memory %v: the copy has %q, %v", mode, memory, u.buf, err)
			}
			if n := b.c.Log.Bytes(trace.CopyToUser) + b.c.Log.Bytes(trace.CopyFromUser); n != 2 {
				t.Errorf("%d bytes went through a process", n)
			}
			if _, err := out.CopyFrom(in, 512, 0, 100, 100); err != syscall.EFBIG {
				t.Errorf("at the limit: %v", err)
			}
		}
	}
}

func TestDiskFailuresAreReportedOnceToEachOpenFile(t *testing.T) {
	b := newBench(t, 100)
	other := b.m.Open("/a", ModeRead)
	b.fill(2 * vm.PageSize)
	b.m.Fail(disk.Write, LastPage, syscall.EIO)
	for _, f := range []*File{b.f, other} {
		if err := f.Sync(0, LastPage, AllOfIt); err != syscall.EIO {
			t.Errorf("the first fsync is %v", err)
		}
		if err := f.Sync(0, LastPage, AllOfIt); err != nil {
			t.Errorf("the second fsync is %v", err)
		}
	}
	late := b.m.Open("/a", ModeRead)
	if err := late.Sync(0, LastPage, AllOfIt); err != nil {
		t.Errorf("a file opened later reports %v", err)
	}
}
