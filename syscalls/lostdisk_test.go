package syscalls_test

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"vmsim/disk"
	"vmsim/pagecache"
	"vmsim/syscalls"
	"vmsim/vm"
)

// lost is a process with three files on a disk, of which one is not in memory, before the disk is lost.
type lost struct {
	*testing.T
	k *syscalls.Kernel
	p *syscalls.Process
	a vm.Addr // of the process's own memory
}

func newLost(t *testing.T) *lost {
	l := &lost{T: t, k: syscalls.New(syscalls.Config{RAM: 64 << 20, FS: syscalls.Ext4, Disk: disk.NVMe})}
	l.p = l.k.Spawn()
	a, err := l.p.Mmap(0, 16*vm.PageSize, rw, anon, -1, 0)
	require.NoError(t, err)
	l.a = a
	for _, name := range []string{"/data/cached", "/data/cold", "/data/dirty"} {
		fd := l.open(name, syscalls.OpenReadWrite|syscalls.OpenCreate)
		_, err := l.p.Pwrite64(fd, a, 16*vm.PageSize, 0)
		require.NoError(t, err)
		require.NoError(t, l.p.Fsync(fd))
		if name == "/data/cold" {
			require.NoError(t, l.p.Fadvise64(fd, 0, 0, pagecache.AdviseDontNeed))
		}
	}
	l.k.Sleep(6e9)
	return l
}

func (l *lost) open(name string, flags syscalls.OpenFlags) int {
	fd, err := l.p.Open(name, flags, 0o644)
	require.NoError(l, err)
	return fd
}

func (l *lost) write(fd int, off int64, n uint64) error {
	_, err := l.p.Pwrite64(fd, l.a, n, off)
	return err
}

func (l *lost) read(fd int) error {
	_, err := l.p.Pread64(fd, l.a, 4, 0)
	return err
}

// As Linux 6.18.44 answers where a loop device's file is on a file system that was shut down.
func TestWhatIsInMemoryOutlivesTheDisk(t *testing.T) {
	l := newLost(t)
	cached, cold := l.open("/data/cached", syscalls.OpenReadWrite), l.open("/data/cold", syscalls.OpenReadWrite)
	require.NoError(t, l.read(cached))
	require.NoError(t, l.k.LoseDisk())
	assert.NoError(t, l.read(cached))
	assert.Equal(t, syscall.EIO, l.read(cold))
	assert.Equal(t, syscall.EIO, l.read(cold))
	assert.NoError(t, l.write(cached, 0, 3))
	assert.NoError(t, l.write(cold, 2*vm.PageSize, vm.PageSize), "a whole page needs not be read")
	assert.Equal(t, syscall.EIO, l.write(cold, 5*vm.PageSize, 10))
	assert.NoError(t, l.k.Check())
}

func TestFsyncOfALostDiskMakesItsFileSystemReadOnly(t *testing.T) {
	l := newLost(t)
	cached, dirty := l.open("/data/cached", syscalls.OpenReadWrite), l.open("/data/dirty", syscalls.OpenReadWrite)
	second := l.open("/data/dirty", syscalls.OpenReadWrite)
	require.NoError(t, l.read(cached))
	require.NoError(t, l.write(dirty, 0, 4))
	require.NoError(t, l.k.LoseDisk())
	assert.Equal(t, syscall.EIO, l.p.Fsync(dirty))
	assert.Equal(t, syscall.EIO, l.p.Fsync(dirty), "the journal is aborted")
	assert.Equal(t, syscall.EIO, l.p.Fsync(second))
	assert.NoError(t, l.read(dirty), "the page is clean and stays in memory")
	assert.Equal(t, syscall.EROFS, l.write(cached, 0, 1))
	_, err := l.p.Open("/data/cached", syscalls.OpenReadWrite, 0)
	assert.Equal(t, syscall.EROFS, err)
	_, err = l.p.Open("/data/cached", syscalls.OpenReadOnly, 0)
	assert.NoError(t, err)
	_, err = l.p.Open("/data/new", syscalls.OpenReadWrite|syscalls.OpenCreate, 0o644)
	assert.Equal(t, syscall.EROFS, err)
	assert.Equal(t, syscall.EROFS, l.p.Ftruncate(cached, 10))
	assert.Equal(t, syscall.EROFS, l.p.Unlink("/data/cached"))
	assert.Equal(t, syscall.EROFS, l.p.Fsync(cached))
	assert.Equal(t, syscall.EROFS, l.p.Fsync(second))
	assert.NoError(t, l.read(cached))
	assert.NoError(t, l.k.Check())
}

func TestPowerCutBringsALostDiskBack(t *testing.T) {
	l := newLost(t)
	require.NoError(t, l.k.LoseDisk())
	l.k.PowerCut(nil)
	l.p = l.k.Spawn()
	fd := l.open("/data/cold", syscalls.OpenReadWrite)
	a, err := l.p.Mmap(0, vm.PageSize, rw, anon, -1, 0)
	require.NoError(t, err)
	l.a = a
	assert.NoError(t, l.read(fd))
	assert.NoError(t, l.write(fd, 0, 4))
	assert.NoError(t, l.p.Fsync(fd))
}
