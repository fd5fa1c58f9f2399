package disk

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// FileSystem allocates the blocks of a device: late, and as close together as it can. It commits its metadata to a
// journal at intervals; a power cut reverts it to the last commit. reserved never exceeds the free blocks: a write that
// was accepted will find its place. Blocks that were freed count as free in that sum, although they can be used only
// after the next commit.
// Linux: struct super_block, struct ext4_sb_info (fs/ext4/ext4.h).
type FileSystem struct {
	Device *Device

	inodes []*Inode // those that are not deleted
	// Paths are absolute, from the root of this file system; a directory is a path without a file.
	names    []name // in the order they came
	free     freeRuns
	reserved uint64 // blocks of the device that delayed allocation will need

	// Each file in it has its own durable record, in Inode.durable.
	durable []name   // as of the last commit: what remains after a power cut
	changed []*Inode // those that have changed since the last commit
	renamed bool     // names were added or removed since
	freed   []run    // blocks that become free with the next commit
	waiting uint64   // how many those are
	commits uint64
	state   health
}

// name leads to a file, a directory or a symbolic link.
type name struct {
	path   string
	inode  *Inode // nil for a directory and for a link
	target string // of a link
}

// firstData is the first block that files may have: superblock, group descriptors, bitmaps and the inode table lie
// before.
const firstData Block = 9

// MaxFileSize is the size of the largest file, in bytes.
// Linux: ext4_max_size (fs/ext4/super.c).
const MaxFileSize = (1<<32 - 1) * FileBlockSize

// NewFileSystem makes an empty file system on a device.
func NewFileSystem(d *Device) *FileSystem {
	fs := &FileSystem{Device: d}
	if d.Blocks() > firstData {
		fs.free.give(firstData, uint64(d.Blocks()-firstData))
	}
	return fs
}

// NewInode makes an empty file without a name. It is as O_TMPFILE makes it: a power cut deletes it unless a name is
// linked and committed.
func (fs *FileSystem) NewInode() *Inode {
	n := &Inode{fs: fs}
	fs.inodes = append(fs.inodes, n)
	n.Move()
	return n
}

// Link makes path, which must not exist, a name of a file.
func (fs *FileSystem) Link(path string, n *Inode) { fs.add(name{path: path, inode: n}) }

// MakeDir makes a directory.
func (fs *FileSystem) MakeDir(path string) { fs.add(name{path: path}) }

// MakeLink makes a symbolic link.
func (fs *FileSystem) MakeLink(path, target string) { fs.add(name{path: path, target: target}) }

func (fs *FileSystem) add(n name) { fs.names, fs.renamed = append(fs.names, n), true }

// Unlink removes a path, if it exists. The file stays as long as it is open or mapped; Forget then frees its blocks.
func (fs *FileSystem) Unlink(path string) {
	fs.renamed = true
	fs.names = slices.DeleteFunc(fs.names, func(x name) bool { return x.path == path })
}

// Rename renames a path and those below it. The new name must not exist. It is one change of the journal: after a power
// cut either name is there, never none and never both.
func (fs *FileSystem) Rename(from, to string) {
	fs.eachName(func(x *name) {
		if rest, ok := below(x.path, from); ok {
			x.path = to + rest
		}
	})
}

// eachName calls fn, which may change names, for all of them.
func (fs *FileSystem) eachName(fn func(*name)) {
	fs.renamed = true
	for i := range fs.names {
		fn(&fs.names[i])
	}
}

// Exchange gives two paths, and those below them, each other's names. Neither may lie below the other.
func (fs *FileSystem) Exchange(a, b string) {
	fs.eachName(func(x *name) {
		if rest, ok := below(x.path, a); ok {
			x.path = b + rest
		} else if rest, ok := below(x.path, b); ok {
			x.path = a + rest
		}
	})
}

// below is what follows a path in one that it leads to or that lies below it.
func below(path, top string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(path, top)
	return rest, ok && (rest == "" || rest[0] == '/')
}

// Each calls fn for every file's path, in the order they came.
func (fs *FileSystem) Each(fn func(path string, n *Inode)) { eachFile(fs.names, fn) }

// eachFile calls fn for each name that leads to a file.
func eachFile(names []name, fn func(path string, n *Inode)) {
	for _, x := range names {
		if x.inode != nil {
			fn(x.path, x.inode)
		}
	}
}

// EachOther calls fn for every directory, whose target is empty, and every symbolic link, in the order they came.
func (fs *FileSystem) EachOther(fn func(path, target string)) {
	for _, x := range fs.names {
		if x.inode == nil {
			fn(x.path, x.target)
		}
	}
}

// spare is how many blocks of the device are free and not reserved, including those that become free with the next
// commit. This is what statfs shows as free, and what a reservation may use.
func (fs *FileSystem) spare() uint64 { return fs.free.spare + fs.waiting - fs.reserved }

// Total is how many blocks of the device files may have.
func (fs *FileSystem) Total() uint64 {
	if fs.Device.Blocks() < firstData {
		return 0
	}
	return uint64(fs.Device.Blocks() - firstData)
}

// Forget deletes a file and frees all its blocks. The caller is the last one to close or unmap it.
func (fs *FileSystem) Forget(n *Inode) {
	n.Punch(0, ^FileBlock(0))
	fs.inodes = slices.DeleteFunc(fs.inodes, func(x *Inode) bool { return x == n })
}

// Check recomputes the invariants of the file system: every block is free or some file's, none twice, and the counts
// agree.
func (fs *FileSystem) Check() error {
	// Every block of the device must appear exactly once in free, freed, or some file's extents.
	used, reserved := append(slices.Clone(fs.free.runs), fs.freed...), uint64(0)
	for _, n := range fs.inodes {
		if err := n.check(); err != nil {
			return err
		}
		runs, p := n.holdings()
		used, reserved = append(used, runs...), reserved+p
	}
	if reserved != fs.reserved {
		return fmt.Errorf("disk: %d blocks are reserved, %d are counted", reserved, fs.reserved)
	}
	slices.SortFunc(used, func(a, b run) int { return cmp.Compare(a.start, b.start) })
	at := firstData
	for _, r := range used {
		if r.start != at {
			return fmt.Errorf("disk: block %d is neither free nor of a file, or is used twice", min(at, r.start))
		}
		at = r.end()
	}
	if at != firstData+Block(fs.Total()) {
		return fmt.Errorf("disk: the blocks from %d on are neither free nor of a file", at)
	}
	if err := fs.free.check(); err != nil {
		return err
	}
	return fs.Device.check()
}

// holdings are the device's blocks that a file has, and how many are reserved for it.
func (n *Inode) holdings() (runs []run, reserved uint64) {
	// Two extents of one page share its block of the device, which must be counted once.
	counted := ^FileBlock(0) // the page that was counted last: one page may have several extents
	for _, e := range n.extents {
		first, end := e.First.pageStart(), e.End().pageEnd()
		if e.State != Delayed {
			r := run{e.Place.Block(), uint64(end-first) / Parts}
			if k := len(runs) - 1; k >= 0 && runs[k].end() == r.start+1 && counted == first {
				r = run{r.start + 1, r.count - 1}
			}
			counted = end - Parts
			if r.count > 0 {
				runs = append(runs, r)
			}
			continue
		}
		if first != counted && n.reserved(first) {
			reserved++
		}
		if last := end - Parts; last > first {
			reserved += uint64(last-first)/Parts - 1
			if n.reserved(last) {
				reserved++
			}
		}
		counted = end - Parts
	}
	return runs, reserved
}
