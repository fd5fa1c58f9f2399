// Package readahead is the policy of reading ahead.
package readahead

import (
	"vmsim/pagecache"
	"vmsim/vm"
)

// Readahead says how much is read ahead of a reader.
type Readahead struct{}

// New makes one for a machine.
func New() pagecache.Readahead { return Readahead{} }

// Start says what is read where a page is missed; ok is false for no more than what is wanted.
func (Readahead) Start(x pagecache.Miss) (w pagecache.Window, ok bool) {
	return w, false // TODO
}

// Next says what is read when a reader has reached the mark of window last.
func (Readahead) Next(last pagecache.Window, most uint64) pagecache.Window {
	return pagecache.Window{First: last.First + vm.PageIndex(last.Pages), Pages: 1} // TODO
}
