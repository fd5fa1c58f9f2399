package syscalls_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"vmsim/syscalls"
	"vmsim/vm"
)

const rw = vm.ProtRead | vm.ProtWrite
const anon = vm.MapPrivate | vm.MapAnonymous

// process is a process of a fresh machine.
func process(tb testing.TB) *syscalls.Process {
	tb.Helper()
	return syscalls.New(syscalls.Config{}).Spawn()
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// withAreas is a process with n areas of one page that do not merge: every other one is read-only.
func withAreas(tb testing.TB, n int) *syscalls.Process {
	p := process(tb)
	p.Space.Limits.MaxMapCount = n + 1000
	for i := range n {
		must(p.Mmap(0, vm.PageSize, vm.Protection(1+i%2*2), anon, -1, 0))
	}
	return p
}

func BenchmarkLoadTLBHit(b *testing.B) {
	p := process(b)
	x := must(p.Mmap(0, 1<<20, rw, anon|vm.MapPopulate, -1, 0))
	for i := range vm.Addr(256) {
		check(p.Store(x+i*vm.PageSize, 1))
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		if _, err := p.CPU.Load(x + vm.Addr(i*4160)&(1<<20-1)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStoreTLBHit(b *testing.B) {
	p := process(b)
	x := must(p.Mmap(0, 1<<20, rw, anon|vm.MapPopulate, -1, 0))
	for i := range vm.Addr(256) {
		check(p.Store(x+i*vm.PageSize, 1))
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		if err := p.CPU.Store(x+vm.Addr(i*4160)&(1<<20-1), byte(i)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMmapMunmap(b *testing.B) {
	for _, n := range []int{1000, 60000, 1000000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p := withAreas(b, n)
			b.ReportAllocs()
			b.ResetTimer()
			for i := 0; i < b.N; i++ {
				x := must(p.Mmap(0, vm.PageSize, rw, anon|vm.MapNoReserve, -1, 0))
				check(p.Munmap(x, vm.PageSize))
			}
		})
	}
}

func BenchmarkMmapSearchesForGap(b *testing.B) {
	p := process(b)
	x := must(p.Mmap(0, 120000*vm.PageSize, rw, anon, -1, 0))
	for i := range vm.Addr(60000) {
		check(p.Munmap(x+i*2*vm.PageSize, vm.PageSize))
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		x := must(p.Mmap(0, 2*vm.PageSize, vm.ProtRead, anon, -1, 0))
		check(p.Munmap(x, 2*vm.PageSize))
	}
}

func BenchmarkMmapFixedOverAreas(b *testing.B) {
	for _, n := range []int{1000, 60000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p := withAreas(b, n)
			low := p.Space.First().Start
			r := rand.New(rand.NewPCG(1, 2))
			b.ReportAllocs()
			b.ResetTimer()
			for i := 0; i < b.N; i++ {
				x := low + vm.Addr(r.IntN(n))*vm.PageSize
				must(p.Mmap(x, vm.PageSize, vm.Protection(1+i%2*2), anon|vm.MapFixed, -1, 0))
			}
		})
	}
}

func BenchmarkMprotectSplitsThenMerges(b *testing.B) {
	p := withAreas(b, 1000)
	x := must(p.Mmap(0, 64*vm.PageSize, rw, anon, -1, 0))
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		check(p.Mprotect(x+16*vm.PageSize, vm.PageSize, vm.ProtRead))
		check(p.Mprotect(x+16*vm.PageSize, vm.PageSize, rw))
	}
}

// faultEachPage times the first access to each page of fresh private memory.
func faultEachPage(b *testing.B, access func(p *syscalls.Process, x vm.Addr)) {
	const pages = 4096
	p := process(b)
	b.ReportAllocs()
	var x vm.Addr
	for i := 0; i < b.N; i++ {
		if i%pages == 0 {
			b.StopTimer()
			if x != 0 {
				check(p.Munmap(x, pages*vm.PageSize))
			}
			x = must(p.Mmap(0, pages*vm.PageSize, rw, anon, -1, 0))
			b.StartTimer()
		}
		access(p, x+vm.Addr(i%pages)*vm.PageSize)
	}
}

func BenchmarkFirstStoreAnonymous(b *testing.B) {
	faultEachPage(b, func(p *syscalls.Process, x vm.Addr) { check(p.Store(x, 1)) })
}

func BenchmarkFirstLoadZeroPage(b *testing.B) {
	faultEachPage(b, func(p *syscalls.Process, x vm.Addr) { must(p.Load(x)) })
}

// cachedFile is a file of n bytes in the page cache, open for reading and writing.
func cachedFile(p *syscalls.Process, n int64) int {
	check(p.Kernel().AddFile(syscalls.FileSpec{Path: "/data/a", Size: n, Content: func(off int64, buf []byte) {
		for i := range buf {
			buf[i] = byte(off + int64(i))
		}
	}}))
	return must(p.Open("/data/a", syscalls.OpenReadWrite, 0))
}

func BenchmarkMinorFaultCachedFile(b *testing.B) {
	const pages = 4096
	p := process(b)
	fd := cachedFile(p, pages*vm.PageSize)
	b.ReportAllocs()
	var x vm.Addr
	for i := 0; i < b.N; i++ {
		if i%pages == 0 {
			b.StopTimer()
			if x != 0 {
				check(p.Munmap(x, pages*vm.PageSize))
			}
			x = must(p.Mmap(0, pages*vm.PageSize, rw, vm.MapShared, fd, 0))
			b.StartTimer()
		}
		check(p.Store(x+vm.Addr(i%pages)*vm.PageSize, 1)) // a store maps one page
	}
}

func BenchmarkFaultAroundPerPage(b *testing.B) {
	const pages = 4096
	p := process(b)
	fd := cachedFile(p, pages*vm.PageSize)
	b.ReportAllocs()
	var x vm.Addr
	for i := 0; i < b.N; i++ {
		if i%pages == 0 {
			b.StopTimer()
			if x != 0 {
				check(p.Munmap(x, pages*vm.PageSize))
			}
			x = must(p.Mmap(0, pages*vm.PageSize, vm.ProtRead, vm.MapShared, fd, 0))
			b.StartTimer()
		}
		if i%16 == 0 {
			must(p.Load(x + vm.Addr(i%pages)*vm.PageSize))
		}
	}
}

func BenchmarkCopyOnWriteAfterFork(b *testing.B) {
	const pages = 1024
	p := process(b)
	x := must(p.Mmap(0, pages*vm.PageSize, rw, anon, -1, 0))
	for i := range vm.Addr(pages) {
		check(p.Store(x+i*vm.PageSize, 1))
	}
	var child *syscalls.Process
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		if i%pages == 0 {
			b.StopTimer()
			if child != nil {
				child.Exit()
			}
			child = must(p.Fork())
			b.StartTimer()
		}
		check(child.Store(x+vm.Addr(i%pages)*vm.PageSize, 2))
	}
}

func BenchmarkForkPerResidentPage(b *testing.B) {
	const pages = 4096
	p := process(b)
	x := must(p.Mmap(0, pages*vm.PageSize, rw, anon, -1, 0))
	for i := range vm.Addr(pages) {
		check(p.Store(x+i*vm.PageSize, 1))
	}
	b.ResetTimer()
	for i := 0; i < b.N; i += pages {
		c := must(p.Fork())
		b.StopTimer()
		c.Exit()
		b.StartTimer()
	}
}

func BenchmarkPread4KRandom(b *testing.B) {
	p := process(b)
	fd := cachedFile(p, 64<<20)
	x := must(p.Mmap(0, vm.PageSize, rw, anon|vm.MapPopulate, -1, 0))
	r := rand.New(rand.NewPCG(1, 2))
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		must(p.Pread64(fd, x, vm.PageSize, int64(r.IntN(64<<8))*vm.PageSize))
	}
}

func BenchmarkPread1M(b *testing.B) {
	p := process(b)
	fd := cachedFile(p, 64<<20)
	x := must(p.Mmap(0, 1<<20, rw, anon|vm.MapPopulate, -1, 0))
	b.SetBytes(1 << 20)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		must(p.Pread64(fd, x, 1<<20, int64(i%64)<<20))
	}
}
