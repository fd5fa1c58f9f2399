//go:build linux && amd64

package host

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// loop is a block device whose image is memory. The kernel clears it at the last close.
type loop struct {
	path string
	dev  *os.File
	stat *os.File // what it has done, and how many requests are under way
}

// settle waits until the device has nothing to do: what a program started in the background has ended when it makes its
// next call, as it has on a device that is faster than programs are. A request counts until its waiters are woken; the
// file inflight counts it only until the driver is done.
// Linux: part_stat_show, blk_account_io_done (block/genhd.c, block/blk-mq.c).
func (l *loop) settle() {
	if l.stat == nil {
		return
	}
	var buf [256]byte
	for i := range 100000 {
		n, err := l.stat.ReadAt(buf[:], 0)
		if n == 0 && err != nil || underWay(buf[:n]) == 0 {
			return
		}
		if i > 1000 { // who does the requests may need this processor
			time.Sleep(50 * time.Microsecond)
		}
	}
}

// underWay is how many requests a device has, as its stat says.
func underWay(stat []byte) uint64 {
	const before = 8 // fields
	for range before {
		stat = bytes.TrimLeft(stat, " ")
		stat = stat[max(0, bytes.IndexByte(stat, ' ')):]
	}
	stat = bytes.TrimLeft(stat, " ")
	n, _ := strconv.ParseUint(string(stat[:max(0, bytes.IndexByte(stat, ' '))]), 10, 64)
	return n
}

// device is the device's number, as the kernel's tracepoints have it.
// Linux: MKDEV (include/linux/kdev_t.h).
func (l *loop) device() (uint64, error) {
	var st syscall.Stat_t
	if err := syscall.Stat(l.path, &st); err != nil {
		return 0, err
	}
	major, minor := st.Rdev>>8&0xfff, st.Rdev&0xff|st.Rdev>>12&^0xff
	return major<<20 | minor, nil
}

// device is the number of the disk of the tree as tracepoints have it; 0 for none.
func (t *tree) device() (n uint64) {
	if t != nil && t.loop != nil {
		n, _ = t.loop.device()
	}
	return n
}

// Of <linux/loop.h> and <linux/memfd.h>.
const (
	loopCtlGetFree  = 0x4C82
	loopConfigure   = 0x4C0A
	loFlagAutoclear = 4
	sysMemfdCreate  = 319
	memfdCloexec    = 1

	imageSize   = 256 << 20 // sparse
	diskRoom    = 192 << 20 // what is left of it for files, at least
	readAheadKB = 128
)

type loopInfo64 struct {
	Device, Inode, Rdevice, Offset, SizeLimit  uint64
	Number, EncryptType, EncryptKeySize, Flags uint32
	FileName, CryptName                        [64]byte
	EncryptKey                                 [32]byte
	Init                                       [2]uint64
}

type loopConfig struct {
	Fd, BlockSize uint32
	Info          loopInfo64
	_             [8]uint64
}

// newLoop makes a loop device with an ext4 file system on it.
func newLoop() (*loop, error) {
	backing, err := imageFile(fmt.Sprintf("vmsim-disk-%d", os.Getpid()), imageSize)
	if err != nil {
		return nil, err
	}
	defer backing.Close()
	l, err := freeLoop(backing)
	if err != nil {
		return nil, err
	}
	if err := l.format(); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

// memfile is a file in memory that goes with its last descriptor.
func memfile(name string, size int64) (*os.File, error) {
	p, _ := syscall.BytePtrFromString(name)
	fd, _, e := syscall.Syscall(sysMemfdCreate, uintptr(unsafe.Pointer(p)), memfdCloexec, 0)
	if e != 0 {
		return nil, fmt.Errorf("memfd_create: %w", e)
	}
	f := os.NewFile(fd, name)
	return f, f.Truncate(size)
}

// imageFile is the file that a loop device has as its disk: on a ramfs that is mounted nowhere, and ends with the file.
// Pages of a ramfs are never swapped out. Those of a memfd could go to a swap area on this very disk, and the loop
// device would wait for itself for good. Where the ramfs cannot be made, the file is a memfd.
// Linux: ramfs_get_inode (fs/ramfs/inode.c), shmem_swapin_folio (mm/shmem.c).
func imageFile(name string, size int64) (*os.File, error) {
	f, err := ramfile(name)
	if err != nil {
		return memfile(name, size)
	}
	return f, f.Truncate(size)
}

// ramfile is an empty file on a ramfs of its own.
func ramfile(name string) (*os.File, error) {
	fs, err := unix.Fsopen("ramfs", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("fsopen: %w", err)
	}
	defer unix.Close(fs)
	if err := unix.FsconfigCreate(fs); err != nil {
		return nil, fmt.Errorf("fsconfig: %w", err)
	}
	dir, err := unix.Fsmount(fs, unix.FSMOUNT_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("fsmount: %w", err)
	}
	defer unix.Close(dir)
	fd, err := unix.Openat(dir, name, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("openat: %w", err)
	}
	return os.NewFile(uintptr(fd), name), nil
}

// freeLoop takes a free loop device. Another process may take the one that was free, so it tries again.
func freeLoop(backing *os.File) (*loop, error) {
	ctl, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("no loop device: %w (modprobe loop; in a container, docker run --privileged)", err)
	}
	defer ctl.Close()
	cfg := loopConfig{Fd: uint32(backing.Fd())}
	cfg.Info.Flags = loFlagAutoclear
	for range 32 {
		n, _, e := syscall.Syscall(syscall.SYS_IOCTL, ctl.Fd(), loopCtlGetFree, 0)
		if e != 0 {
			return nil, fmt.Errorf("no free loop device: %w", e)
		}
		l := &loop{path: fmt.Sprintf("/dev/loop%d", n)}
		if l.dev, err = os.OpenFile(l.path, os.O_RDWR, 0); err != nil {
			return nil, err
		}
		_, _, e = syscall.Syscall(syscall.SYS_IOCTL, l.dev.Fd(), loopConfigure, uintptr(unsafe.Pointer(&cfg)))
		if e == 0 {
			return l, nil
		}
		l.close()
		if e != syscall.EBUSY {
			return nil, fmt.Errorf("%s: LOOP_CONFIGURE: %w", l.path, e)
		}
	}
	return nil, errors.New("every free loop device was taken by another process")
}

// format makes the file system, of 4 KiB blocks, with nothing left to be initialised in the background.
func (l *loop) format() error {
	mkfs, err := makeExt4()
	if err != nil {
		return err
	}
	cmd := exec.Command(mkfs, "-q", "-F", "-b", "1024", "-E", "lazy_itable_init=0,lazy_journal_init=0", l.path)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // this thread is kept
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("mkfs.ext4: %w: %s", err, strings.TrimSpace(string(out)))
	}
	l.stat, _ = os.Open("/sys/block/" + strings.TrimPrefix(l.path, "/dev/") + "/stat")
	knob := "/sys/block/" + strings.TrimPrefix(l.path, "/dev/") + "/queue/read_ahead_kb"
	want := fmt.Sprint(readAheadKB)
	if text, err := os.ReadFile(knob); err == nil && strings.TrimSpace(string(text)) == want {
		return nil
	}
	return os.WriteFile(knob, []byte(want), 0)
}

func (l *loop) close() {
	if l.stat != nil {
		_ = l.stat.Close()
	}
	if l.dev != nil {
		_ = l.dev.Close()
	}
}
