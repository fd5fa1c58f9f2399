package pagecache

// readaheadState is what an open file remembers of how it was read.
// Linux: struct file_ra_state (include/linux/fs.h).
type readaheadState struct {
	start, size, async uint64 // the window, in pages; async is how many before its end the mark stands
	missed             int    // loads that found nothing, less those that did
	prev               int64  // where the last read() ended
}

// ReadAhead brings n bytes from off on into the cache without waiting.
func (f *File) ReadAhead(off, n int64) {}
