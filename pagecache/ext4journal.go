package pagecache

import (
	"slices"
	"syscall"

	"vmsim/disk"
	"vmsim/vm"
)

// ext4 mounts with data=ordered: the journal has metadata only, and before a transaction commits, data that its blocks
// would show otherwise is written:
//
//	zeros at the end of the file, in the page cache      ordered: bytes from 5000 to 5120
//	the new size, in the running transaction
//	commit:   1. write the ordered ranges     2. flush the disk's cache     3. the transaction is on the disk
//
// A power cut between 2 and 3 leaves the old size; after 3 the new size, and zeros behind the old end. Delayed blocks
// of the range are not allocated for it, since that would change the transaction that commits.
// Linux: jbd2_journal_commit_transaction (fs/jbd2/commit.c).

// ordered is a range of a file that must reach the disk before the journal commits: zeros, so that a power cut does not
// expose the blocks' old content. The zero value is empty.
// Linux: struct jbd2_inode (include/linux/jbd2.h).
type ordered struct {
	m        *Mapping
	d        *ext4File
	from, to int64
}

// orderBefore adds bytes from up to to. Linux keeps the last byte of the range and takes 0 for none, so a range that
// ends with byte 0 is replaced.
// Linux: ext4_jbd2_inode_add_write (fs/ext4/ext4_jbd2.h), jbd2_journal_file_inode (fs/jbd2/transaction.c).
func (d *ext4File) orderBefore(m *Mapping, from, to int64) {
	o := &d.ordered
	if o.m == nil {
		m.Cache.ordered = append(m.Cache.ordered, o)
	}
	if last := o.to - 1; last > 0 {
		from, to = min(o.from, from), max(o.to, to)
	}
	*o = ordered{m, d, from, to}
}

// unorder drops the range of a file that is deleted.
func (c *Cache) unorder(o *ordered) {
	c.ordered = slices.DeleteFunc(c.ordered, func(x *ordered) bool { return x == o })
}

// errNoJournal is what fsync gets where the journal has been aborted.
const errNoJournal = syscall.EIO

// commit commits the journal: it first writes the ordered ranges, then flushes the disk's cache.
//
//	transaction 7, running    size of /data/a: 9000; extent of /data/b; times of /data/c
//	commit                    ordered data of a and b, a flush, then transaction 7 is durable: all of it or nothing
//	transaction 8, running    what changes from now on
//
// Linux: jbd2_journal_commit_transaction (fs/jbd2/commit.c), ext4_normal_submit_inode_data_buffers (fs/ext4/super.c).
func (c *Cache) commit(fs *disk.FileSystem) error {
	if fs.Aborted() {
		return errNoJournal
	}
	for _, o := range c.ordered {
		r := *o
		*o = ordered{}
		c.Writer.waitFor(r.m)
		first, last := vm.IndexOf(r.from), vm.IndexOf(r.to-1)
		if f := r.m.folio(first); f.head != nil {
			first = f.first
		}
		r.m.tagToWrite(first, last)
		r.m.writeTagged(writer{d: r.d, m: r.m, how: leaveThem}, first, last)
	}
	c.ordered = c.ordered[:0]
	if err := c.flushDisk(fs); err != nil {
		fs.Abort()
		return err
	}
	fs.Commit()
	return nil
}
