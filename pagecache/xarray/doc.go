// Package xarray keeps the pages of one file, by their index.
//
// # What Linux does
//
// A file's address_space has its cached pages in i_pages, an XArray: a tree whose nodes have 64 slots each. Six bits of
// the page index choose the slot on each level. The tree is as high as the largest index needs, so a small file has one
// node.
//
//	index 0x1003 = 1 | 0 | 3     a tree of three levels
//
//	  root               node               node
//	  slot 1 ----------> slot 0 ----------> slot 3 ----------> the frame of page 0x1003
//	  dirty: slot 1      dirty: slot 0      dirty: slot 3
//
// Each node has a word of bits for each tag. A page's tag is set in the lowest node and in every node above it. So
// writeback finds the next dirty page of a large file without visiting the clean ones.
// # The path of one operation
//
// NextTagged(0, Dirty) on a file of 20000 pages of which only page 0x1003 is dirty looks at three words: the Dirty bits
// of the root say slot 1, those of the node below slot 0, those of the last node slot 3. Without tags writeback would
// have to look at all 4099 pages before it.
//
// Setting a tag sets one bit on each level. Clearing it clears the bit of the page, and that of the level above only if
// no other page of the node has the tag: else the search would pass over that page.
//
// # What is kept
//
//   - Array: the tree. Get, Put and Remove work on one page, Next and NextTagged find the next one.
//   - Tag: Dirty, Writeback and ToWrite. The page cache keeps them equal to the pages' flags.
//   - PrevMiss and NextMiss: how readahead counts the pages that are present. Linux counts wrongly beside large folios,
//     and so does the model: nextmiss.go says why.
//
// # What is left out
//
// Locks and RCU. A large folio has one entry in Linux, here one for each page. Shadow entries of evicted pages are in
// a map of the page cache's own.
package xarray
