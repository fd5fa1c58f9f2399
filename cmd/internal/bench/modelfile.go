package bench

import (
	"vmsim/syscalls"
	"vmsim/vm"
)

// cachedFile is an open file of n bytes in memory.
func cachedFile(p *syscalls.Process, n int64) int {
	check(p.Kernel().AddFile(syscalls.FileSpec{Path: "/data/a", Size: n, Content: func(off int64, buf []byte) {
		for i := range buf {
			buf[i] = byte(off>>12 + int64(i))
		}
	}}))
	return must(p.Open("/data/a", syscalls.OpenReadWrite, 0))
}

// modelMinorFault stores: a store to a shared file maps one page.
func modelMinorFault() Work {
	p := process()
	fd := cachedFile(p, touching*vm.PageSize)
	return eachPage(p, func() vm.Addr { return must(p.Mmap(0, touching*vm.PageSize, rw, syscalls.MapShared, fd, 0)) },
		func(x vm.Addr) { check(p.Store(x, 1)) })
}

// around is how many pages a load of a file's page maps.
const around = 16

func modelFaultAround() Work {
	p := process()
	fd := cachedFile(p, touching*vm.PageSize)
	return eachPage(p,
		func() vm.Addr { return must(p.Mmap(0, touching*vm.PageSize, vm.ProtRead, syscalls.MapShared, fd, 0)) },
		func(x vm.Addr) {
			if x.Page()%around == 0 {
				must(p.Load(x))
			}
		})
}

const (
	fileSize  = 64 << 20
	filePages = fileSize / vm.PageSize
	large     = 1 << 20
)

func modelPreadPage() Work {
	p := process()
	fd := cachedFile(p, fileSize)
	x := must(p.Mmap(0, vm.PageSize, rw, anon|syscalls.MapPopulate, -1, 0))
	d := dice(1)
	return Work{Do: func(_ Watch, n int) {
		for range n {
			must(p.Pread64(fd, x, vm.PageSize, int64(d.below(filePages))*vm.PageSize))
		}
	}}
}

func modelPreadLarge() Work {
	p := process()
	fd := cachedFile(p, fileSize)
	x := must(p.Mmap(0, large, rw, anon|syscalls.MapPopulate, -1, 0))
	return Work{Do: func(_ Watch, n int) {
		for i := range n {
			must(p.Pread64(fd, x, large, int64(i)*large%fileSize))
		}
	}}
}

const dirtyPages = 1024

// modelMsync writes to every page of a file on a disk, and times its way there.
func modelMsync() Work {
	p := syscalls.New(syscalls.Config{FS: syscalls.Ext4}).Spawn()
	fd := cachedFile(p, dirtyPages*vm.PageSize)
	x := must(p.Mmap(0, dirtyPages*vm.PageSize, rw, syscalls.MapShared, fd, 0))
	return Work{Batch: dirtyPages, Do: func(w Watch, n int) {
		for done := 0; done < n; done += dirtyPages {
			w.StopTimer()
			for i := range vm.Addr(dirtyPages) {
				check(p.Store(x+i*vm.PageSize, byte(done)))
			}
			w.StartTimer()
			check(p.Msync(x, dirtyPages*vm.PageSize, syscalls.SyncSync))
		}
	}}
}
