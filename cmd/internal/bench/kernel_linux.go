package bench

import (
	"syscall"
	"unsafe"

	"vmsim/syscalls"
	"vmsim/vm"
)

// kernelWorks are the kernel's sides of the rows, by name: the same work by bare system calls and touches.
var kernelWorks = map[string]func() Work{
	"load-hit":     kernelLoadHit,
	"store-hit":    kernelStoreHit,
	"mmap-1000":    kernelMmap(1000),
	"mmap-60000":   kernelMmap(60000),
	"gap-60000":    kernelGap,
	"fixed-1000":   kernelFixed(1000),
	"fixed-60000":  kernelFixed(60000),
	"mprotect":     kernelMprotect,
	"first-store":  kernelFirst(func(x uintptr) { *at(x) = 1 }),
	"first-load":   kernelFirst(func(x uintptr) { sink += *at(x) }),
	"minor-fault":  kernelShared(func(x uintptr) { *at(x) = 1 }),
	"fault-around": kernelShared(touchSixteenth),
	"cow":          kernelCow,
	"fork":         kernelFork,
	"pread-4k":     kernelPreadPage,
	"pread-1m":     kernelPreadLarge,
	"msync":        kernelMsync,
}

// sink keeps the compiler from leaving loads out.
//
//lint:ignore U1000 it is written to and never read
var sink byte

// at is the byte at an address that the kernel gave.
func at(x uintptr) *byte { return (*byte)(*(*unsafe.Pointer)(unsafe.Pointer(&x))) }

// call makes a system call that may not fail.
func call(nr uintptr, a ...uintptr) uintptr {
	var r [6]uintptr
	copy(r[:], a)
	return call6(nr, r[0], r[1], r[2], r[3], r[4], r[5])
}

func call6(nr, a, b, c, d, e, f uintptr) uintptr {
	v, _, errno := syscall.RawSyscall6(nr, a, b, c, d, e, f)
	if errno != 0 {
		panic("bench: the kernel refuses: " + errno.Error())
	}
	return v
}

func kmmap(x, n uintptr, prot vm.Protection, flags syscalls.MapFlags, fd int) uintptr {
	return call6(syscall.SYS_MMAP, x, n, uintptr(prot), uintptr(flags), uintptr(fd), 0)
}

func kmunmap(x, n uintptr) { call6(syscall.SYS_MUNMAP, x, n, 0, 0, 0, 0) }

func kmprotect(x, n uintptr, prot vm.Protection) {
	call6(syscall.SYS_MPROTECT, x, n, uintptr(prot), 0, 0, 0)
}

// kanon is private memory in small pages.
func kanon(pages uintptr) uintptr {
	const noHugePage = 15
	x := kmmap(0, pages*vm.PageSize, rw, anon, -1)
	// The error does not matter: a kernel without huge pages does not know the advice.
	_, _, _ = syscall.RawSyscall(syscall.SYS_MADVISE, x, pages*vm.PageSize, noHugePage)
	return x
}

func kresident(pages uintptr) uintptr {
	x := kanon(pages)
	for i := range pages {
		*at(x + i*vm.PageSize) = 1
	}
	return x
}

func kernelLoadHit() Work {
	x := kresident(hitPages)
	return Work{Do: func(_ Watch, n int) {
		var s byte
		for i := range n {
			s += *at(x + uintptr(i*4160)&(hitPages*vm.PageSize-1))
		}
		sink += s
	}}
}

func kernelStoreHit() Work {
	x := kresident(hitPages)
	return Work{Do: func(_ Watch, n int) {
		for i := range n {
			*at(x + uintptr(i*4160)&(hitPages*vm.PageSize-1)) = byte(i)
		}
	}}
}

func kwithAreas(n int) uintptr {
	x := kmmap(0, uintptr(n)*vm.PageSize, vm.ProtRead, anon, -1)
	for i := 1; i < n; i += 2 {
		kmprotect(x+uintptr(i)*vm.PageSize, vm.PageSize, rw)
	}
	return x
}

func kernelMmap(areas int) func() Work {
	return func() Work {
		kwithAreas(areas)
		return Work{Do: func(_ Watch, n int) {
			for range n {
				kmunmap(kmmap(0, vm.PageSize, rw, anon|syscalls.MapNoReserve, -1), vm.PageSize)
			}
		}}
	}
}

func kernelGap() Work {
	x := kmmap(0, 2*gapAreas*vm.PageSize, rw, anon, -1)
	for i := range uintptr(gapAreas) {
		kmunmap(x+i*2*vm.PageSize, vm.PageSize)
	}
	return Work{Do: func(_ Watch, n int) {
		for range n {
			kmunmap(kmmap(0, 2*vm.PageSize, vm.ProtRead, anon, -1), 2*vm.PageSize)
		}
	}}
}

func kernelFixed(areas int) func() Work {
	return func() Work {
		x := kwithAreas(areas)
		d := dice(1)
		return Work{Do: func(_ Watch, n int) {
			for range n {
				i := d.below(areas)
				kmmap(x+uintptr(i)*vm.PageSize, vm.PageSize, protOf(i), anon|syscalls.MapFixed, -1)
			}
		}}
	}
}

func kernelMprotect() Work {
	kwithAreas(1000)
	x := kmmap(0, 64*vm.PageSize, rw, anon|syscalls.MapNoReserve, -1) + 16*vm.PageSize
	return Work{Do: func(_ Watch, n int) {
		for range n {
			kmprotect(x, vm.PageSize, vm.ProtRead)
			kmprotect(x, vm.PageSize, rw)
		}
	}}
}

// kernelEachPage is eachPage on the kernel, and kernelBatches with what maps and unmaps the pages.
func kernelEachPage(m func() uintptr, touch func(x uintptr)) Work {
	return kernelBatches(touching, func() (uintptr, func()) {
		x := m()
		return x, func() { kmunmap(x, touching*vm.PageSize) }
	}, touch)
}

// kernelBatches times touch on each of so many pages at a time. What prepares them, and what ends, is not timed.
func kernelBatches(pages int, prepare func() (x uintptr, end func()), touch func(x uintptr)) Work {
	return Work{Batch: pages, Do: func(w Watch, n int) {
		for done := 0; done < n; done += pages {
			w.StopTimer()
			x, end := prepare()
			w.StartTimer()
			for i := range uintptr(min(pages, n-done)) {
				touch(x + i*vm.PageSize)
			}
			w.StopTimer()
			end()
			w.StartTimer()
		}
	}}
}

func kernelFirst(touch func(x uintptr)) func() Work {
	return func() Work { return kernelEachPage(func() uintptr { return kanon(touching) }, touch) }
}

// touchSixteenth loads a byte where no earlier load has mapped the page with its own.
func touchSixteenth(x uintptr) {
	if x/vm.PageSize%around == 0 {
		sink += *at(x)
	}
}

func kernelShared(touch func(x uintptr)) func() Work {
	return func() Work {
		fd := kfile(touching * vm.PageSize)
		fresh := func() uintptr { return kmmap(0, touching*vm.PageSize, rw, syscalls.MapShared, fd) }
		return kernelEachPage(fresh, touch)
	}
}
