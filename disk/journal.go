package disk

import (
	"slices"
	"syscall"
)

// record is a file as the journal has it. A power cut brings the file back to it. It is replaced as a whole at each
// commit in which the file has changed.
type record struct {
	size    int64
	extents []Extent // those with a place; reservations are not on the disk
}

// Changed reports whether the file has changed since the last commit.
func (n *Inode) Changed() bool { return n.changed }

// Moved reports whether more than the file's times has changed since the last commit, so that the journal would lead to
// other bytes.
// Linux: i_datasync_tid of struct ext4_inode_info (fs/ext4/ext4.h).
func (n *Inode) Moved() bool { return n.moved }

// Move notes that the file's size or the places of its blocks have changed since the last commit. fdatasync must commit
// such a change, because without it the bytes would not be found.
// Linux: ext4_update_inode_fsync_trans with datasync (fs/ext4/ext4_jbd2.h).
func (n *Inode) Move() {
	n.moved = true
	n.Touch()
}

// Touch notes that the file's times have changed since the last commit. fsync commits it, fdatasync does not.
// Linux: ext4_mark_inode_dirty (fs/ext4/inode.c).
func (n *Inode) Touch() {
	if !n.changed {
		n.changed = true
		n.fs.changed = append(n.fs.changed, n)
	}
}

// give frees blocks: at once if the journal does not record them, else with its next commit, since after a power cut
// they may still belong to a file. If the block were used again before the commit, a power cut would show the new
// file's bytes in the old file.
// Linux: ext4_free_blocks (fs/ext4/mballoc.c).
func (fs *FileSystem) give(b Block, count uint64) {
	if len(fs.durable) == 0 {
		fs.free.give(b, count)
		return
	}
	fs.freed = append(fs.freed, run{b, count})
	fs.waiting += count
}

// Changed reports whether a commit would write anything.
func (fs *FileSystem) Changed() bool { return len(fs.changed) > 0 || len(fs.freed) > 0 || fs.renamed }

// Commit makes the metadata durable: names, sizes, and where the blocks of files lie. It flushes the device's write
// cache. Everything that has changed is committed at once: jbd2 has one running transaction for all files. So fsync of
// one file makes the names of others durable, too. The caller has written the data of files whose new blocks the commit
// describes.
// Linux: jbd2_journal_commit_transaction (fs/jbd2/commit.c).
func (fs *FileSystem) Commit() {
	fs.commits++
	for _, n := range fs.changed {
		n.changed, n.moved = false, false
		r := &record{size: n.size}
		for _, e := range n.extents {
			if e.known() {
				r.extents = append(r.extents, e)
			}
		}
		n.durable = r
	}
	fs.changed = fs.changed[:0]
	// Renaming changes names in place, so the durable ones are a copy.
	fs.durable, fs.renamed = slices.Clone(fs.names), false
	for _, r := range fs.freed {
		fs.free.give(r.start, r.count)
	}
	fs.freed, fs.waiting = fs.freed[:0], 0
	// The commit block is written with a flush before it and FUA: what was written before it is durable when it is.
	fs.Device.endure()
}

// health is whether the journal can be written. It only goes forward. Remounting is left out.
type health uint8

const (
	sound    health = iota
	aborted         // the disk has refused the journal; nothing has changed the file system since
	readOnly        // something was to change it, and was refused
)

// Abort notes that the journal could not be written: it never is again. The machine goes on, but nothing changes on
// this disk any more.
// Linux: jbd2_journal_abort (fs/jbd2/journal.c).
func (fs *FileSystem) Abort() { fs.state = max(fs.state, aborted) }

// Start is what every change of names, times, sizes and blocks begins with. The error is EROFS: the first change that
// finds the journal aborted makes the file system read-only. The abort itself is noticed late: the write that could not
// reach the journal has returned long ago.
// Linux: ext4_journal_check_start (fs/ext4/ext4_jbd2.c), ext4_handle_error (fs/ext4/super.c).
func (fs *FileSystem) Start() error {
	if fs.state == sound {
		return nil
	}
	fs.state = readOnly
	return syscall.EROFS
}

// Writable is nil, or EROFS where the file system has become read-only.
// Linux: ext4_emergency_state (fs/ext4/ext4.h).
func (fs *FileSystem) Writable() error {
	if fs.state == readOnly {
		return syscall.EROFS
	}
	return nil
}

// Aborted reports whether the journal cannot be written.
// Linux: is_journal_aborted (include/linux/jbd2.h).
func (fs *FileSystem) Aborted() bool { return fs.state != sound }

// Commits is how often the journal was written.
// Linux: j_commit_sequence of struct journal_s (include/linux/jbd2.h).
func (fs *FileSystem) Commits() uint64 { return fs.commits }

// EachDurable calls fn for every file's path as of the last commit, in the order that Crash keeps.
func (fs *FileSystem) EachDurable(fn func(path string, n *Inode)) {
	eachFile(fs.durable, fn)
}

// Crash is the file system as it is found after a power cut: the metadata of the last commit, with those blocks of the
// device that survived. The running one goes on. A file without a name is deleted. The survivors are chosen by the
// caller, block by block among those that a flush had not made durable; vmsim crash tries all choices.
// Linux: jbd2_journal_recover (fs/jbd2/recovery.c), ext4_orphan_cleanup (fs/ext4/orphan.c).
func (fs *FileSystem) Crash(survives func(Block) bool) *FileSystem {
	out := NewFileSystem(fs.Device.crash(survives))
	found := map[*Inode]*Inode{}
	for _, x := range fs.durable {
		if x.inode == nil || found[x.inode] != nil {
			out.add(name{x.path, found[x.inode], x.target})
			continue
		}
		n := out.NewInode()
		found[x.inode] = n
		out.Link(x.path, n)
		n.size, n.extents = x.inode.durable.size, slices.Clone(x.inode.durable.extents)
		// Recovery reads the tree from the disk; here it is built again from the extents.
		n.growTree(n.inTree())
		runs, _ := n.holdings()
		for _, u := range runs {
			out.free.takeInside(out.free.find(u.start), u.start, u.count)
		}
	}
	out.Commit()
	return out
}
