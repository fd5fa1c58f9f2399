package pagecache

// ends are open files that lost their last reference during a call. Linux closes them when the call returns to
// the program, the last one first: until then their files are there, also those without a name.
// Linux: fput (fs/file_table.c), task_work_run (kernel/task_work.c).
type ends struct {
	waiting bool // a call is under way
	files   []*File
}

// HoldEnds has files that are closed from now on wait for End.
func (c *Cache) HoldEnds() { c.ends.waiting = true }

// End closes the files that have waited.
func (c *Cache) End() {
	c.ends.waiting = false
	for n := len(c.ends.files); n > 0; n = len(c.ends.files) {
		f := c.ends.files[n-1]
		c.ends.files[n-1] = nil
		c.ends.files = c.ends.files[:n-1]
		f.close()
	}
}

// ended reports that the last user of an open file has closed it.
// Linux: fput (fs/file_table.c).
func (c *Cache) ended(f *File) {
	if c.ends.waiting {
		c.ends.files = append(c.ends.files, f)
		return
	}
	f.close()
}

// close ends the open file. Its file system does not hear of one that was opened with O_PATH.
// Linux: __fput, do_dentry_open (fs/file_table.c, fs/open.c).
func (f *File) close() {
	if p := f.Pipe(); p != nil {
		p.close(f.Mode)
	}
	if f.Mode&ModePath == 0 {
		f.Mapping.ops.closed(f.Mapping)
	}
	f.Mapping.release()
}
