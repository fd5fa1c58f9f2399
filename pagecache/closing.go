package pagecache

import "slices"

// ends are open files that lost their last reference during a call. Linux closes them when the call returns to the
// program, the last one first; until then even files without a name exist. What is closed in doing so comes after them,
// the last one first again.
// Linux: fput (fs/file_table.c), task_work_run (kernel/task_work.c).
type ends struct {
	waiting bool // a call is in progress
	files   []*File
	round   []*File // those that End closes
}

// HoldEnds defers the closing of files until End. It reports whether it was not deferred before. A call that runs
// within another one must not end the outer one's deferral: so only the one that began it calls End.
func (c *Cache) HoldEnds() (began bool) {
	began, c.ends.waiting = !c.ends.waiting, true
	return began
}

// End closes the deferred files.
func (c *Cache) End() {
	e := &c.ends
	for len(e.files) > 0 {
		e.files, e.round = e.round[:0], e.files
		for _, f := range slices.Backward(e.round) {
			f.close()
		}
		clear(e.round)
	}
	e.waiting = false
}

// ended is called when the last reference to an open file is dropped: by close, munmap, or the end of a process.
// Linux: fput (fs/file_table.c).
func (c *Cache) ended(f *File) {
	if c.ends.waiting {
		c.ends.files = append(c.ends.files, f)
		return
	}
	f.close()
}

// close releases the open file. The file system is not called for one that was opened with O_PATH.
// Linux: __fput, do_dentry_open (fs/file_table.c, fs/open.c).
func (f *File) close() {
	if p := f.Pipe(); p != nil {
		p.close(f.Mode)
	}
	if s := f.Socket(); s != nil {
		s.close()
	}
	// The file system acts on the close before the file may be deleted with its last reference below.
	if f.Mode&ModePath == 0 {
		f.Mapping.ops.closed(f.Mapping)
	}
	if f.Mode&ModeWrite != 0 {
		f.Mapping.writing--
	}
	f.Mapping.release()
	if f.segment != nil {
		f.segment.Put()
	}
}
