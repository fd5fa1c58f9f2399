package bench

import (
	"vmsim/syscalls"
	"vmsim/vm"
)

const (
	rw   = vm.ProtRead | vm.ProtWrite
	anon = syscalls.MapPrivate | syscalls.MapAnonymous
)

// must is for calls that cannot fail here: where one does, the benchmark itself is wrong.
func must[T any](v T, err error) T {
	check(err)
	return v
}

func check(err error) {
	if err != nil {
		panic("bench: " + err.Error())
	}
}

func process() *syscalls.Process { return syscalls.New(syscalls.Config{}).Spawn() }

// dice are pseudo-random numbers that cost a nanosecond: the same on both sides.
type dice uint64

func (d *dice) below(n int) int {
	*d = *d*6364136223846793005 + 1442695040888963407
	return int(uint64(*d>>33) * uint64(n) >> 31)
}

// resident is a process with n pages of private memory that were all written to.
func resident(n int) (*syscalls.Process, vm.Addr) {
	p := process()
	x := must(p.Mmap(0, uint64(n)*vm.PageSize, rw, anon, -1, 0))
	for i := range vm.Addr(n) {
		check(p.Store(x+i*vm.PageSize, 1))
	}
	return p, x
}

const hitPages = 256 // 1 MiB

func modelLoadHit() Work {
	p, x := resident(hitPages)
	return Work{Do: func(_ Watch, n int) {
		for i := range n {
			if _, err := p.Load(x + vm.Addr(i*4160)&(hitPages*vm.PageSize-1)); err != nil {
				panic(err)
			}
		}
	}}
}

func modelStoreHit() Work {
	p, x := resident(hitPages)
	return Work{Do: func(_ Watch, n int) {
		for i := range n {
			if err := p.Store(x+vm.Addr(i*4160)&(hitPages*vm.PageSize-1), byte(i)); err != nil {
				panic(err)
			}
		}
	}}
}

// withAreas is a process with n areas of a page each, side by side from the address on: every second one is writable,
// so that they do not merge.
func withAreas(n int) (*syscalls.Process, vm.Addr) {
	p := process()
	p.Space.Limits.MaxMapCount = n + 1000
	x := must(p.Mmap(0, uint64(n)*vm.PageSize, vm.ProtRead, anon, -1, 0))
	for i := 1; i < n; i += 2 {
		check(p.Mprotect(x+vm.Addr(i)*vm.PageSize, vm.PageSize, rw))
	}
	return p, x
}

// protOf is the protection of area i of withAreas.
func protOf(i int) vm.Protection {
	if i%2 == 1 {
		return rw
	}
	return vm.ProtRead
}

func modelMmap(areas int) func() Work {
	return func() Work {
		p, _ := withAreas(areas)
		return Work{Do: func(_ Watch, n int) {
			for range n {
				x := must(p.Mmap(0, vm.PageSize, rw, anon|syscalls.MapNoReserve, -1, 0))
				check(p.Munmap(x, vm.PageSize))
			}
		}}
	}
}

const gapAreas = 60000

func modelGap() Work {
	p := process()
	x := must(p.Mmap(0, 2*gapAreas*vm.PageSize, rw, anon, -1, 0))
	for i := range vm.Addr(gapAreas) {
		check(p.Munmap(x+i*2*vm.PageSize, vm.PageSize))
	}
	return Work{Do: func(_ Watch, n int) {
		for range n {
			x := must(p.Mmap(0, 2*vm.PageSize, vm.ProtRead, anon, -1, 0))
			check(p.Munmap(x, 2*vm.PageSize))
		}
	}}
}

func modelFixed(areas int) func() Work {
	return func() Work {
		p, x := withAreas(areas)
		d := dice(1)
		return Work{Do: func(_ Watch, n int) {
			for range n {
				i := d.below(areas)
				must(p.Mmap(x+vm.Addr(i)*vm.PageSize, vm.PageSize, protOf(i), anon|syscalls.MapFixed, -1, 0))
			}
		}}
	}
}

func modelMprotect() Work {
	p, _ := withAreas(1000)
	x := must(p.Mmap(0, 64*vm.PageSize, rw, anon|syscalls.MapNoReserve, -1, 0)) + 16*vm.PageSize
	return Work{Do: func(_ Watch, n int) {
		for range n {
			check(p.Mprotect(x, vm.PageSize, vm.ProtRead))
			check(p.Mprotect(x, vm.PageSize, rw))
		}
	}}
}

// touching is how many pages the works map at once that touch each page for the first time.
const touching = 4096

// eachPage is work that touches every page of a fresh mapping once.
func eachPage(p *syscalls.Process, m func() vm.Addr, touch func(x vm.Addr)) Work {
	return Work{Batch: touching, Do: func(w Watch, n int) {
		for done := 0; done < n; done += touching {
			w.StopTimer()
			x := m()
			w.StartTimer()
			for i := range vm.Addr(min(touching, n-done)) {
				touch(x + i*vm.PageSize)
			}
			w.StopTimer()
			check(p.Munmap(x, touching*vm.PageSize))
			w.StartTimer()
		}
	}}
}

func modelFirstStore() Work {
	p := process()
	return eachPage(p, func() vm.Addr { return must(p.Mmap(0, touching*vm.PageSize, rw, anon, -1, 0)) },
		func(x vm.Addr) { check(p.Store(x, 1)) })
}

func modelFirstLoad() Work {
	p := process()
	return eachPage(p, func() vm.Addr { return must(p.Mmap(0, touching*vm.PageSize, rw, anon, -1, 0)) },
		func(x vm.Addr) { must(p.Load(x)) })
}

const cowPages = 1024

func modelCow() Work {
	p, x := resident(cowPages)
	return Work{Batch: cowPages, Do: func(w Watch, n int) {
		for done := 0; done < n; done += cowPages {
			w.StopTimer()
			child := must(p.Fork())
			w.StartTimer()
			for i := range vm.Addr(min(cowPages, n-done)) {
				check(p.Store(x+i*vm.PageSize, 2))
			}
			w.StopTimer()
			child.Exit()
			w.StartTimer()
		}
	}}
}

const forkPages = 32768 // enough that fork's own cost does not count

func modelFork() Work {
	p, _ := resident(forkPages)
	return Work{Batch: forkPages, Do: func(w Watch, n int) {
		for done := 0; done < n; done += forkPages {
			child := must(p.Fork())
			w.StopTimer()
			child.Exit()
			w.StartTimer()
		}
	}}
}
