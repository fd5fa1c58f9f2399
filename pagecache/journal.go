package pagecache

import (
	"vmsim/disk"
	"vmsim/vm"
)

// bytes is a range of a file; the zero value is empty.
type bytes struct{ from, to int64 }

// orderBefore notes that bytes from up to to must reach the disk before the journal does: zeros, lest a power cut shows
// what was there before.
// Linux: ext4_jbd2_inode_add_write (fs/ext4/ext4_jbd2.h).
func (m *Mapping) orderBefore(from, to int64) {
	if m.ordered.to == 0 {
		m.ordered = bytes{from, to}
		m.Cache.ordered = append(m.Cache.ordered, m)
		return
	}
	m.ordered = bytes{min(m.ordered.from, from), max(m.ordered.to, to)}
}

// commit writes the journal: first what must not come after it, then the disk's cache is flushed.
// Linux: jbd2_journal_commit_transaction (fs/jbd2/commit.c), ext4_normal_submit_inode_data_buffers (fs/ext4/super.c).
func (c *Cache) commit(fs *disk.FileSystem) error {
	for _, m := range c.ordered {
		d, r := m.store.(*diskFile), m.ordered
		m.ordered = bytes{}
		first, last := vm.IndexOf(r.from), vm.IndexOf(r.to-1)
		if f := m.folio(first); f.head != nil {
			first = f.first
		}
		m.tagToWrite(first, last)
		m.writeTagged(writer{d: d, m: m, how: leaveThem}, first, last)
	}
	c.ordered = c.ordered[:0]
	if err := c.flushDisk(fs); err != nil {
		return err
	}
	fs.Commit()
	return nil
}

// Modified notes that the file's times of change are others now.
// Linux: file_update_time (fs/inode.c).
func (m *Mapping) Modified() {
	if d, ok := m.store.(*diskFile); ok {
		m.unread = true
		d.inode.Touch()
	}
}

// Accessed notes that the file was read, or is going to be by way of an area. As with relatime that counts once after
// each change.
// Linux: touch_atime, relatime_need_update (fs/inode.c).
func (m *Mapping) Accessed() {
	if d, ok := m.store.(*diskFile); ok && m.unread {
		m.unread = false
		d.inode.Touch()
	}
}
