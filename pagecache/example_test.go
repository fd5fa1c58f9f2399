package pagecache_test

import (
	"fmt"

	"vmsim/pagecache"
	"vmsim/syscalls"
	"vmsim/vm"
)

// fixed reads so many pages at each miss, and nothing ahead of the reader.
type fixed uint64

func (n fixed) Start(x pagecache.Miss) (pagecache.Window, bool) {
	return pagecache.Window{First: x.Page, Pages: min(uint64(n), x.Most)}, true
}

func (n fixed) Next(last pagecache.Window, most uint64) pagecache.Window {
	return pagecache.Window{First: last.First + vm.PageIndex(last.Pages), Pages: min(uint64(n), most)}
}

// cold is a machine with a file of 64 pages that are on the disk alone, and a program that has read the first.
func cold(c syscalls.Config) (k *syscalls.Kernel, p *syscalls.Process, fd int) {
	c.FS = syscalls.Ext4
	k = syscalls.New(c)
	if err := k.AddFile(syscalls.FileSpec{Path: "/data/a", Size: 64 * vm.PageSize, Cold: true}); err != nil {
		panic(err)
	}
	p = k.Spawn()
	fd, err := p.Openat(syscalls.AtCWD, "/data/a", syscalls.OpenReadOnly, 0)
	if err != nil {
		panic(err)
	}
	to, _ := p.Mmap(0, vm.PageSize, vm.ProtRead|vm.ProtWrite, syscalls.MapPrivate|syscalls.MapAnonymous, -1, 0)
	if _, err := p.Pread64(fd, to, vm.PageSize, 0); err != nil {
		panic(err)
	}
	return k, p, fd
}

// A policy decides how many pages come with the one that is read.
func ExampleReadahead() {
	for _, policy := range []pagecache.Readahead{nil, fixed(1), fixed(16)} {
		k, _, _ := cold(syscalls.Config{Policies: syscalls.Policies{Readahead: policy}})
		fmt.Printf("%T: %d pages\n", policy, k.FileAt("/data/a").Cached())
	}
	// Output:
	// <nil>: 4 pages
	// pagecache_test.fixed: 1 pages
	// pagecache_test.fixed: 16 pages
}

// Pages that were read stay in the page cache, and leave it when a program says that it needs them no more.
func ExampleMapping() {
	k, p, fd := cold(syscalls.Config{})
	m := k.FileAt("/data/a")
	fmt.Println("read:", m.Cached())
	_ = p.Fadvise64(fd, 0, 0, pagecache.AdviseDontNeed)
	fmt.Println("not needed:", m.Cached())
	// Output:
	// read: 4
	// not needed: 0
}
