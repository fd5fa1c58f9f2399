package disk

import (
	"fmt"
	"syscall"
)

// FileSystem hands out the blocks of a device: late, and as close together as it can.
// Linux: struct super_block, struct ext4_sb_info (fs/ext4/ext4.h).
type FileSystem struct {
	Device *Device

	inodes   []*Inode
	free     []run  // in block order, apart
	spare    uint64 // free blocks
	promised uint64 // of which for delayed allocation
}

// run is a range of free blocks.
type run struct {
	start Block
	count uint64
}

// firstData is the first block that files may have: superblock, group descriptors, bitmaps and the inode table lie before.
const firstData Block = 9

// MaxFileSize is the size of the largest file, in bytes.
// Linux: ext4_max_size (fs/ext4/super.c).
const MaxFileSize = (1<<32 - 1) * BlockSize

// NewFileSystem makes an empty file system on a device.
func NewFileSystem(d *Device) *FileSystem {
	n := uint64(d.Blocks() - firstData)
	return &FileSystem{Device: d, free: []run{{firstData, n}}, spare: n}
}

// NewInode makes an empty file.
func (fs *FileSystem) NewInode() *Inode {
	n := &Inode{fs: fs}
	fs.inodes = append(fs.inodes, n)
	return n
}

// Spare is how many blocks are free and not promised.
func (fs *FileSystem) Spare() uint64 { return fs.spare - fs.promised }

// Reserve promises room for page p of the file, where it is a hole: delayed allocation. The error is ENOSPC.
// Linux: ext4_da_map_blocks (fs/ext4/inode.c).
func (n *Inode) Reserve(p Page) error {
	if _, ok := n.Map(p, 1); ok {
		return nil
	}
	if n.fs.Spare() == 0 {
		return syscall.ENOSPC
	}
	n.fs.promised++
	n.put(Extent{Page: p, Count: 1, State: Delayed})
	return nil
}

// Allocate gives count pages from p on, which are delayed, blocks: one run where there is one long enough. It returns how
// many pages from p on lie in one run then, and where. They are Unwritten until Convert.
// Linux: ext4_map_blocks with EXT4_GET_BLOCKS_CREATE (fs/ext4/inode.c), ext4_mb_new_blocks (fs/ext4/mballoc.c).
func (n *Inode) Allocate(p Page, count uint64) (Extent, error) {
	e, ok := n.Map(p, count)
	if ok && e.State != Delayed {
		return e, nil
	}
	if !ok {
		return e, fmt.Errorf("disk: page %d of the file is a hole: %w", p, syscall.EIO)
	}
	b, got := n.fs.take(n.goal(p), e.Count)
	if got == 0 {
		return e, syscall.ENOSPC
	}
	n.fs.promised -= got
	n.remove(p, p+Page(got))
	e = Extent{Page: p, Count: got, Block: b, State: Unwritten}
	n.put(e)
	return e, nil
}

// goal is where page p would lie best: after the pages before it.
func (n *Inode) goal(p Page) Block {
	for i := n.find(p) - 1; i >= 0; i-- {
		if e := n.extents[i]; e.State != Delayed {
			return e.Block + Block(p-e.Page)
		}
	}
	return 0
}

// Convert notes that the blocks of count pages from p on were written: they hold the pages now.
// Linux: ext4_convert_unwritten_extents (fs/ext4/extents.c).
func (n *Inode) Convert(p Page, count uint64) {
	for _, e := range n.remove(p, p+Page(count)) {
		if e.State == Unwritten {
			e.State = Written
		}
		n.put(e)
	}
}

// Preallocate gives the holes among count pages from p on blocks that read as zero: fallocate. The error is ENOSPC, and what
// was given until then stays.
// Linux: ext4_alloc_file_blocks (fs/ext4/extents.c).
func (n *Inode) Preallocate(p Page, count uint64) error {
	for end := p + Page(count); p < end; {
		e, ok := n.Map(p, uint64(end-p))
		if !ok {
			if n.fs.Spare() == 0 {
				return syscall.ENOSPC
			}
			b, got := n.fs.take(n.goal(p), min(e.Count, n.fs.Spare()))
			e = Extent{Page: p, Count: got, Block: b, State: Unwritten}
			n.put(e)
		}
		p += Page(e.Count)
	}
	return nil
}

// Punch makes pages from up to to a hole and frees their blocks. With a to beyond all pages it truncates.
// Linux: ext4_ext_remove_space (fs/ext4/extents.c).
func (n *Inode) Punch(from, to Page) {
	for _, e := range n.remove(from, to) {
		if e.State == Delayed {
			n.fs.promised -= e.Count
		} else {
			n.fs.give(e.Block, e.Count)
		}
	}
}

// take finds up to count free blocks in one run, at goal or after it, else anywhere.
func (fs *FileSystem) take(goal Block, count uint64) (Block, uint64) {
	best := -1
	for i, r := range fs.free {
		if goal > r.start && goal < r.start+Block(r.count) {
			return fs.takeInside(i, goal, count)
		}
		if r.start >= goal && r.count >= count {
			best = i
			break
		}
		if best < 0 || r.count > fs.free[best].count {
			best = i
		}
	}
	if best < 0 {
		return 0, 0
	}
	return fs.takeInside(best, fs.free[best].start, count)
}

// takeInside takes up to count blocks from at on, which lies in free run i.
func (fs *FileSystem) takeInside(i int, at Block, count uint64) (Block, uint64) {
	r := fs.free[i]
	end := r.start + Block(r.count)
	got := min(count, uint64(end-at))
	var rest []run
	if at > r.start {
		rest = append(rest, run{r.start, uint64(at - r.start)})
	}
	if at+Block(got) < end {
		rest = append(rest, run{at + Block(got), uint64(end-at) - got})
	}
	fs.free = append(fs.free[:i:i], append(rest, fs.free[i+1:]...)...)
	fs.spare -= got
	return at, got
}

// give puts blocks back among the free ones.
func (fs *FileSystem) give(b Block, count uint64) {
	i := 0
	for i < len(fs.free) && fs.free[i].start < b {
		i++
	}
	fs.free = append(fs.free[:i:i], append([]run{{b, count}}, fs.free[i:]...)...)
	fs.spare += count
	if i+1 < len(fs.free) && b+Block(count) == fs.free[i+1].start {
		fs.free[i].count += fs.free[i+1].count
		fs.free = append(fs.free[:i+1], fs.free[i+2:]...)
	}
	if i > 0 && fs.free[i-1].start+Block(fs.free[i-1].count) == b {
		fs.free[i-1].count += fs.free[i].count
		fs.free = append(fs.free[:i], fs.free[i+1:]...)
	}
}

// Forget takes a file away with all its blocks.
func (fs *FileSystem) Forget(n *Inode) {
	n.Punch(0, ^Page(0))
	for i, x := range fs.inodes {
		if x == n {
			fs.inodes = append(fs.inodes[:i], fs.inodes[i+1:]...)
			return
		}
	}
}

// Check recomputes what the file system promises: every block is free or some file's, none twice, and the counts agree.
func (fs *FileSystem) Check() error {
	taken := map[Block]bool{}
	used, promised := uint64(0), uint64(0)
	for _, n := range fs.inodes {
		if err := n.check(); err != nil {
			return err
		}
		for _, e := range n.extents {
			if e.State == Delayed {
				promised += e.Count
				continue
			}
			used += e.Count
			for i := range Block(e.Count) {
				if taken[e.Block+i] {
					return fmt.Errorf("disk: block %d belongs to two files", e.Block+i)
				}
				taken[e.Block+i] = true
			}
		}
	}
	spare := uint64(0)
	for i, r := range fs.free {
		spare += r.count
		if i > 0 && fs.free[i-1].start+Block(fs.free[i-1].count) >= r.start {
			return fmt.Errorf("disk: free runs %v and %v overlap or touch", fs.free[i-1], r)
		}
		for b := range taken {
			if b >= r.start && b < r.start+Block(r.count) {
				return fmt.Errorf("disk: block %d is free and a file's", b)
			}
		}
	}
	total := uint64(fs.Device.Blocks() - firstData)
	if spare != fs.spare || used+spare != total || promised != fs.promised {
		return fmt.Errorf("disk: %d used, %d free, %d promised of %d; counted %d free, %d promised", used, spare, promised, total, fs.spare, fs.promised)
	}
	return fs.Device.Check()
}
