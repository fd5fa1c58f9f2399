package session

import (
	"vmsim/pagecache"
	"vmsim/vm"
)

// fileOf is the open file that an area shows; nil for anonymous memory and for the kernel's own pages.
func fileOf(a *vm.Area) *pagecache.File {
	f, _ := a.Backing.(*pagecache.File)
	return f
}
