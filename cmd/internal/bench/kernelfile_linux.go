package bench

import (
	"os"
	"syscall"
	"unsafe"

	"vmsim/syscalls"
	"vmsim/vm"
)

// What the kernel is given pointers to stays where it is.
var (
	memfdName = [...]byte{'v', 0}
	pipeEnds  [2]int32
)

// kfile is a file of n bytes in memory, every page of it filled.
func kfile(n uintptr) int {
	fd := call(uintptr(syscalls.SysMemfdCreate), uintptr(unsafe.Pointer(&memfdName)), 0)
	call(syscall.SYS_FTRUNCATE, fd, n)
	x := kmmap(0, n, rw, syscalls.MapShared, int(fd))
	for i := uintptr(0); i < n; i += vm.PageSize {
		*at(x + i) = byte(i >> vm.PageShift)
	}
	kmunmap(x, n)
	return int(fd)
}

func kpread(fd int, x, n uintptr, pos int64) {
	if call6(syscall.SYS_PREAD64, uintptr(fd), x, n, uintptr(pos), 0, 0) != n {
		panic("bench: a short read")
	}
}

func kernelPreadPage() Work {
	fd, x, d := kfile(fileSize), kresident(1), dice(1)
	return Work{Do: func(_ Watch, n int) {
		for range n {
			kpread(fd, x, vm.PageSize, int64(d.below(filePages))*vm.PageSize)
		}
	}}
}

func kernelPreadLarge() Work {
	fd, x := kfile(fileSize), kresident(large/vm.PageSize)
	return Work{Do: func(_ Watch, n int) {
		for i := range n {
			kpread(fd, x, large, int64(i)*large%fileSize)
		}
	}}
}

func kernelCow() Work {
	x := kresident(cowPages)
	return kernelBatches(cowPages, func() (uintptr, func()) { return x, forkChild().end }, func(page uintptr) {
		*at(page) = 2
	})
}

func kernelFork() Work {
	kresident(forkPages)
	return Work{Batch: forkPages, Do: func(w Watch, n int) {
		for done := 0; done < n; done += forkPages {
			c := forkChild()
			w.StopTimer()
			c.end()
			w.StartTimer()
		}
	}}
}

// kernelMsync wants a file on a disk: one of the directory for temporary files, where that is on one.
func kernelMsync() Work {
	f, err := os.CreateTemp("", "vmsim-bench-")
	check(err)
	check(os.Remove(f.Name()))
	var fs syscall.Statfs_t
	const tmpfsMagic = 0x01021994
	if check(syscall.Fstatfs(int(f.Fd()), &fs)); fs.Type == tmpfsMagic {
		panic("bench: " + noDisk)
	}
	check(f.Truncate(dirtyPages * vm.PageSize))
	x := kmmap(0, dirtyPages*vm.PageSize, rw, syscalls.MapShared, int(f.Fd()))
	return Work{Batch: dirtyPages, Done: func() { f.Close() }, Do: func(w Watch, n int) {
		for done := 0; done < n; done += dirtyPages {
			w.StopTimer()
			for i := range uintptr(dirtyPages) {
				*at(x + i*vm.PageSize) = byte(done)
			}
			w.StartTimer()
			call6(syscall.SYS_MSYNC, x, dirtyPages*vm.PageSize, syscall.MS_SYNC, 0, 0, 0)
		}
	}}
}

// child is a process that does nothing but exist.
type child struct {
	pid  uintptr
	pipe int // it ends when this closes
}

// forkChild forks. The child has one thread and no Go around it: it may do nothing but bare system calls.
func forkChild() child {
	call(syscall.SYS_PIPE2, uintptr(unsafe.Pointer(&pipeEnds)), 0)
	in, out := uintptr(pipeEnds[0]), uintptr(pipeEnds[1])
	pid := forkAndWait(in, out)
	call(syscall.SYS_CLOSE, in)
	return child{pid, int(out)}
}

// forkAndWait is fork; the child waits until the other end of the pipe is closed, and exits.
//
//go:norace
//go:nosplit
func forkAndWait(in, out uintptr) uintptr {
	pid, _, errno := syscall.RawSyscall6(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0)
	if errno != 0 || pid != 0 {
		return pid
	}
	var b byte
	syscall.RawSyscall(syscall.SYS_CLOSE, out, 0, 0)
	syscall.RawSyscall(syscall.SYS_READ, in, uintptr(unsafe.Pointer(&b)), 1)
	for {
		syscall.RawSyscall(syscall.SYS_EXIT_GROUP, 0, 0, 0)
	}
}

func (c child) end() {
	call(syscall.SYS_CLOSE, uintptr(c.pipe))
	call(syscall.SYS_WAIT4, c.pid, 0, 0, 0)
}
