package model

import (
	"testing"

	"vmsim/syscalls/procfs"
	"vmsim/vm"
)

// poolFlags are programs with a pool of one huge page, and the flags that /proc/kpageflags of Linux 6.18.44 has of the
// first frame of that page and of another. All frames show the state of the whole page.
var poolFlags = []struct{ name, program, first, other string }{
	{"a private page is exclusive to its process",
		`mmap(0x20000000, 2M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB|MAP_FIXED, -1, 0)
*0x20000000`,
		"uptodate,mmap,anonymous,compound_head,huge,anon_exclusive",
		"uptodate,mmap,anonymous,compound_tail,huge,anon_exclusive"},
	{"a file's page is dirty from the first load on",
		`mmap(0x20000000, 2M, PROT_READ, MAP_SHARED|MAP_ANONYMOUS|MAP_HUGETLB|MAP_FIXED, -1, 0)
*0x20000000`,
		"uptodate,dirty,mmap,compound_head,huge", "uptodate,dirty,mmap,compound_tail,huge"},
	{"after a fork a private page is shared",
		`mmap(0x20000000, 2M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB|MAP_FIXED, -1, 0)
*0x20000000 = 1
fork()`,
		"uptodate,mmap,anonymous,compound_head,huge", "uptodate,mmap,anonymous,compound_tail,huge"},
	{"a page that was written to comes out of the pool dirty",
		`mmap(0x20000000, 2M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB|MAP_FIXED, -1, 0)
*0x20000000 = 1
madvise(0x20000000, 2M, MADV_DONTNEED)
*0x20000000`,
		"uptodate,dirty,mmap,anonymous,compound_head,huge,anon_exclusive",
		"uptodate,dirty,mmap,anonymous,compound_tail,huge,anon_exclusive"},
	{"a page that was a file's comes out of the pool clean",
		`mmap(0x20000000, 2M, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS|MAP_HUGETLB|MAP_FIXED, -1, 0)
*0x20000000 = 1
munmap(0x20000000, 2M)
mmap(0x20000000, 2M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB|MAP_FIXED, -1, 0)
*0x20000000`,
		"uptodate,mmap,anonymous,compound_head,huge,anon_exclusive",
		"uptodate,mmap,anonymous,compound_tail,huge,anon_exclusive"},
	{"a page that a pipe was given is referenced",
		`mmap(0x20000000, 2M, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB|MAP_FIXED, -1, 0)
*0x20000000
pipe2([3, 4], 0)
vmsplice(4, [{0x20005000, 100}], 1, 0)`,
		"referenced,uptodate,mmap,anonymous,compound_head,huge,anon_exclusive",
		"referenced,uptodate,mmap,anonymous,compound_tail,huge,anon_exclusive"},
}

func TestHugePagesShowTheFlagsOfTheirFolio(t *testing.T) {
	for _, fact := range poolFlags {
		t.Run(fact.name, func(t *testing.T) {
			m, p := after(t, ".sysctl vm.nr_hugepages=1\n"+fact.program)
			var flags [6]procfs.PageFlags
			if err := p.PageFlags(vm.Addr(0x20000000).Page(), flags[:]); err != nil {
				t.Fatal(err)
			}
			if first, other := flags[0].String(), flags[5].String(); first != fact.first || other != fact.other {
				t.Errorf("flags are %s and %s", first, other)
			}
			if err := m.Kernel.Check(); err != nil {
				t.Error(err)
			}
		})
	}
}
