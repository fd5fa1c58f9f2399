package syscalls_test

import (
	"encoding/binary"
	"strings"
	"syscall"
	"testing"

	"vmsim/syscalls"
	"vmsim/vm"
	"vmsim/vm/trace"
)

// desk is a process with some memory and a file of five pages.
type desk struct {
	*syscalls.Process
	k   *syscalls.Kernel
	buf vm.Addr // 16 pages, private and writable
	fd  int
}

func newDesk(t *testing.T) desk {
	t.Helper()
	k := syscalls.New(syscalls.Config{RAM: 64 << 20})
	content := func(off int64, b []byte) {
		for i := range b {
			b[i] = byte(off + int64(i))
		}
	}
	if err := k.AddFile(syscalls.FileSpec{Path: "/data/a", Size: 5 * vm.PageSize, Content: content}); err != nil {
		t.Fatal(err)
	}
	p := k.Spawn()
	buf, err := p.Mmap(0, 16*vm.PageSize, vm.ProtRead|vm.ProtWrite, syscalls.MapPrivate|syscalls.MapAnonymous, -1, 0)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := p.Open("/data/a", syscalls.OpenReadWrite, 0)
	if err != nil {
		t.Fatal(err)
	}
	return desk{p, k, buf, fd}
}

// vector puts an array of buffers at the end of the desk's memory.
func (d desk) vector(t *testing.T, parts ...[2]uint64) vm.Addr {
	t.Helper()
	at := d.buf + 15*vm.PageSize
	var b []byte
	for _, p := range parts {
		b = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(b, p[0]), p[1])
	}
	if err := d.Poke(at, b); err != nil {
		t.Fatal(err)
	}
	return at
}

func (d desk) bytes(t *testing.T, a vm.Addr, n int) []byte {
	t.Helper()
	b := make([]byte, n)
	if err := d.Peek(a, b); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestReadvFillsItsBuffersInOrder(t *testing.T) {
	d := newDesk(t)
	vec := d.vector(t, [2]uint64{uint64(d.buf) + 4094, 4}, [2]uint64{0, 0}, [2]uint64{uint64(d.buf), 3})
	if n, err := d.Readv(d.fd, vec, 3); n != 7 || err != nil {
		t.Fatalf("readv gave %d, %v", n, err)
	}
	if got := d.bytes(t, d.buf+4094, 4); string(got) != "\x00\x01\x02\x03" {
		t.Errorf("the first buffer has % x", got)
	}
	if got := d.bytes(t, d.buf, 3); string(got) != "\x04\x05\x06" {
		t.Errorf("the last buffer has % x", got)
	}
}

func TestWritevStopsAtTheFirstBufferThatIsNotThere(t *testing.T) {
	d := newDesk(t)
	vec := d.vector(t, [2]uint64{uint64(d.buf), 10}, [2]uint64{0x1000, 10}, [2]uint64{uint64(d.buf), 10})
	if n, err := d.Writev(d.fd, vec, 3); n != 10 || err != nil {
		t.Fatalf("writev gave %d, %v; wanted the first buffer alone", n, err)
	}
	if pos, _ := d.Lseek(d.fd, 0, syscalls.SeekCur); pos != 10 {
		t.Errorf("the next write begins at %d", pos)
	}
}

func TestSendfileCopiesNothingThroughTheProcess(t *testing.T) {
	d := newDesk(t)
	out, err := d.MemfdCreate("out", 0)
	if err != nil {
		t.Fatal(err)
	}
	before := d.k.Log.Bytes(trace.CopyToUser) + d.k.Log.Bytes(trace.CopyFromUser)
	if n, err := d.Sendfile(out, d.fd, nil, 3*vm.PageSize+1); n != 3*vm.PageSize+1 || err != nil {
		t.Fatalf("sendfile gave %d, %v", n, err)
	}
	if n := d.k.Log.Bytes(trace.CopyToUser) + d.k.Log.Bytes(trace.CopyFromUser) - before; n != 0 {
		t.Errorf("%d bytes went to or from the process", n)
	}
	if n := d.k.Log.Bytes(trace.CopyKernel); n != 3*vm.PageSize+1 {
		t.Errorf("%d bytes were copied inside the kernel", n)
	}
	if minor, major := d.Faults(); minor != 0 || major != 0 {
		t.Errorf("the process took %d and %d faults", minor, major)
	}
}

func TestUnlinkedFileGoesWithItsLastUser(t *testing.T) {
	d := newDesk(t)
	p, err := d.Mmap(0, vm.PageSize, vm.ProtRead, syscalls.MapShared, d.fd, 0)
	if err != nil {
		t.Fatal(err)
	}
	m := d.FileOf(d.fd)
	if err := d.Unlink("/data/a"); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(d.Maps(), "/data/a (deleted)") {
		t.Errorf("maps do not say that the file is deleted:\n%s", d.Maps())
	}
	if err := d.Close(d.fd); err != nil {
		t.Fatal(err)
	}
	if b, err := d.Load(p + 7); b != 7 || err != nil {
		t.Errorf("the mapping of the unlinked file gave %d, %v", b, err)
	}
	if m.Cached() != 5 {
		t.Errorf("%d pages are left while the file is mapped", m.Cached())
	}
	if err := d.Munmap(p, vm.PageSize); err != nil {
		t.Fatal(err)
	}
	if m.Cached() != 0 {
		t.Errorf("%d pages are left of a file that cannot be reached", m.Cached())
	}
}

func TestDuplicatesShareTheirPlaceInTheFile(t *testing.T) {
	d := newDesk(t)
	twin, err := d.Dup(d.fd)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Read(d.fd, d.buf, 100); err != nil {
		t.Fatal(err)
	}
	if pos, err := d.Lseek(twin, 0, syscalls.SeekCur); pos != 100 || err != nil {
		t.Errorf("the duplicate reads next at %d, %v", pos, err)
	}
	other, _ := d.Open("/data/a", syscalls.OpenReadOnly, 0)
	if pos, _ := d.Lseek(other, 0, syscalls.SeekCur); pos != 0 {
		t.Errorf("another open of the file reads next at %d", pos)
	}
}

func TestAppendedBytesGoToTheEndWhateverTheOffset(t *testing.T) {
	d := newDesk(t)
	fd, err := d.Open("/data/a", syscalls.OpenWriteOnly|syscalls.OpenAppend, 0)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := d.Pwrite64(fd, d.buf, 10, 0); n != 10 || err != nil {
		t.Fatalf("pwrite64 gave %d, %v", n, err)
	}
	if s, _ := d.Fstat(fd); s.Size != 5*vm.PageSize+10 {
		t.Errorf("the file has %d bytes", s.Size)
	}
}

func TestWriteSealIsRefusedWhileASharedMappingMayWrite(t *testing.T) {
	d := newDesk(t)
	fd, err := d.MemfdCreate("m", syscalls.MemfdAllowSealing)
	if err != nil {
		t.Fatal(err)
	}
	p, err := d.Mmap(0, vm.PageSize, vm.ProtRead, syscalls.MapShared, fd, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Fcntl(fd, syscalls.FcntlAddSeals, 8); err != syscall.EBUSY {
		t.Errorf("sealing gave %v, wanted EBUSY: mprotect could make the mapping writable", err)
	}
	if err := d.Munmap(p, vm.PageSize); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Fcntl(fd, syscalls.FcntlAddSeals, 8); err != nil {
		t.Errorf("sealing gave %v when the mapping was gone", err)
	}
}

func TestPathDescriptorOnlyNamesItsFile(t *testing.T) {
	d := newDesk(t)
	fd, err := d.Open("/data/a", syscalls.OpenPath, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Read(fd, d.buf, 1); err != syscall.EBADF {
		t.Errorf("read gave %v", err)
	}
	if _, err := d.Mmap(0, vm.PageSize, vm.ProtRead, syscalls.MapPrivate, fd, 0); err != syscall.EBADF {
		t.Errorf("mmap gave %v", err)
	}
	if s, err := d.Fstat(fd); s.Size != 5*vm.PageSize || err != nil {
		t.Errorf("fstat gave %d bytes, %v", s.Size, err)
	}
}

func TestDirectReadIsMovedByTheDeviceAlone(t *testing.T) {
	k := syscalls.New(syscalls.Config{RAM: 64 << 20, FS: syscalls.Ext4})
	if err := k.AddFile(syscalls.FileSpec{Path: "/data/a", Size: 4 * vm.PageSize, Cold: true,
		Content: func(off int64, b []byte) {
			for i := range b {
				b[i] = byte(off>>12) + 1
			}
		}}); err != nil {
		t.Fatal(err)
	}
	p := k.Spawn()
	buf, err := p.Mmap(0, 4*vm.PageSize, vm.ProtRead|vm.ProtWrite, syscalls.MapPrivate|syscalls.MapAnonymous, -1, 0)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := p.Open("/data/a", syscalls.OpenReadOnly|syscalls.OpenDirect, 0)
	if err != nil {
		t.Fatal(err)
	}
	before := [2]uint64{k.Log.Bytes(trace.CopyToUser), k.Log.Bytes(trace.DMAIn)}
	if n, err := p.Pread64(fd, buf, 2*vm.PageSize, vm.PageSize); n != 2*vm.PageSize || err != nil {
		t.Fatalf("pread64 gave %d, %v", n, err)
	}
	if b, _ := p.Load(buf + vm.PageSize); b != 3 {
		t.Errorf("the second page has %d", b)
	}
	if n := k.Log.Bytes(trace.CopyToUser) - before[0]; n != 0 {
		t.Errorf("the processor copied %d bytes to the process", n)
	}
	if n := k.Log.Bytes(trace.DMAIn) - before[1]; n != 2*vm.PageSize {
		t.Errorf("the device moved %d bytes", n)
	}
	if n := p.FileOf(fd).Cached(); n != 0 {
		t.Errorf("%d pages are in the page cache", n)
	}
	if _, err := p.Pread64(fd, buf, 100, 0); err != syscall.EINVAL {
		t.Errorf("100 bytes gave %v, wanted EINVAL: they are no whole sector", err)
	}
}
