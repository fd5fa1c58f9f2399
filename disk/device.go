package disk

import (
	"fmt"
	"syscall"
	"time"
)

// BlockSize is the size of a block in bytes, SectorsPerBlock how many of the device's own units that is.
const (
	BlockSize       = 4096
	SectorsPerBlock = 8
)

// Block is the number of a block of a device.
// Linux: sector_t, in units of 8 (include/linux/types.h).
type Block uint64

// Op is what a request asks for. A discard is left out: blocks that are freed keep their bytes.
// Linux: enum req_op (include/linux/blk_types.h).
type Op uint8

// The operations of a device.
const (
	Read Op = iota
	Write
	Flush // make durable what was written before
)

// String is the operation's letter in block tracepoints.
func (o Op) String() string { return [...]string{"R", "W", "F"}[o] }

// Request asks a device for consecutive blocks. Data has one page for each; a nil page is one of zeros. The pages
// belong to the caller. They must not change until the request is complete, unless they are Lent.
// Linux: struct bio (include/linux/blk_types.h).
type Request struct {
	Op    Op
	Block Block
	Data  []*[BlockSize]byte
	// Parts says which parts of each page are transferred, bit 0 for the first; nil for all. The other parts of the
	// pages, or of the device's blocks, keep their content.
	Parts []uint8
	// Head and Tail are how many sectors at the start of the first part and at the end of the last are not transferred.
	// A read may fill them all the same; a write has there what the device has.
	Head, Tail uint64
	// Masks says which bytes of each page of a write are undetermined; nil for none. The device keeps the masks.
	Masks []*Mask
	// Lent says that the device may keep whole pages of Data instead of copying them. The owner calls Settle before it
	// changes such a page.
	Lent bool
}

// AllParts are the bits of a whole page.
const AllParts uint8 = 1<<Parts - 1

// Blocks is how many blocks the request is for.
func (r Request) Blocks() int { return len(r.Data) }

// EachRun calls fn for each run of sectors that is transferred: parts that are left out divide a request into several.
// It is for tracepoints, which show one line for each run. Sectors have 512 bytes.
// Linux: bio_add_folio (block/bio.c), which takes only what goes on.
func (r Request) EachRun(fn func(sector, count uint64)) {
	const perPart = SectorsPerBlock / Parts
	from, count, head := uint64(0), uint64(0), r.Head
	for i := range len(r.Data) * Parts {
		if r.Parts != nil && r.Parts[i/Parts]&(1<<(i%Parts)) == 0 {
			continue
		}
		at := uint64(r.Block)*SectorsPerBlock + uint64(i)*perPart
		if count > 0 && at != from+count {
			fn(from, count)
			count = 0
		}
		if count == 0 {
			from, count, head = at+head, perPart-head, 0
			continue
		}
		count += perPart
	}
	if count > 0 || r.Op == Flush {
		fn(from, count-r.Tail)
	}
}

// Device is a block device: sparse, in memory, with a volatile write cache. A block that was written since the last
// flush has two contents: the newest, which reads return, and the durable one, which a power cut may restore, each
// block on its own. No order between writes is kept without a flush.
// Linux: struct gendisk, struct request_queue (include/linux/blkdev.h).
type Device struct {
	Profile Profile
	// Trace, if set, is called for every request that is issued.
	Trace func(Request)
	// Lost says that the device is not there any more: every request fails.
	// Linux calls this a surprise removal: the driver completes every request with an error.
	Lost bool

	// The size in blocks; requests beyond it fail.
	blocks Block
	kept   map[Block]*stored  // a block without an entry is zero
	fresh  []*stored          // written since the last flush: a power cut may revert them
	spare  []*[BlockSize]byte // pages that are no longer needed
	cloned bool               // a Crash shares the pages, so they are no longer modified
	masked bool               // a page with undetermined bytes was written at some time
	head   Block              // where the last request ended, for a disk with an arm
	free   time.Duration
}

// NewDevice makes a device of n blocks of zeros.
func NewDevice(n Block, p Profile) *Device {
	return &Device{Profile: p, blocks: n, kept: map[Block]*stored{}}
}

// Blocks is the device's size.
func (d *Device) Blocks() Block { return d.blocks }

// Submit gives the device a request at time now; it returns when the request will be complete. The error is EIO. For a
// read the pages of Data are filled. The bytes are transferred at once, although the completion lies in the future: the
// page cache does not let anyone see them before that time.
// Linux: submit_bio (block/blk-core.c).
func (d *Device) Submit(now time.Duration, r Request) (done time.Duration, err error) {
	n := Block(r.Blocks())
	// The sum may wrap around for a block number near the end of its type.
	if d.Lost || r.Block+n > d.blocks || r.Block+n < r.Block {
		return now, syscall.EIO
	}
	if d.Trace != nil {
		d.Trace(r)
	}
	done = d.Profile.schedule(d, now, r)
	if r.Op == Flush {
		d.endure()
		return done, nil
	}
	for i, page := range r.Data {
		parts := AllParts
		if r.Parts != nil {
			parts = r.Parts[i]
		}
		b := r.Block + Block(i)
		switch {
		case r.Op == Read:
			d.read(b, page, parts)
			continue
		case r.Lent && parts == AllParts:
			d.borrow(b, page)
		default:
			d.write(b, page, parts)
		}
		// The mask belongs to the bytes, so it is replaced together with them.
		d.noteMask(r, i, parts)
	}
	return done, nil
}

// Volatile is how many blocks a power cut could revert.
func (d *Device) Volatile() int { return len(d.fresh) }

// crash is the device as a power cut may leave it: of the blocks written since the last flush, those that survives says
// do have their new content. The device itself goes on. A lent page belongs to the page cache, which goes on changing
// it; the copy of the device must not change with it. Both devices refer to the same pages from then on, so neither may
// put one into its spare pages, to be overwritten.
func (d *Device) crash(survives func(Block) bool) *Device {
	c := NewDevice(d.blocks, d.Profile)
	for b, x := range d.kept {
		d.settle(x)
		if x.now != nil || x.mask != nil {
			c.kept[b] = &stored{at: b, now: x.now, mask: x.mask}
		}
	}
	for _, x := range d.fresh {
		switch {
		case survives(x.at):
		case x.old == nil && x.oldMask == nil:
			delete(c.kept, x.at)
		default:
			c.kept[x.at] = &stored{at: x.at, now: x.old, mask: x.oldMask}
		}
	}
	c.cloned, d.cloned, c.masked = true, true, d.masked
	return c
}

// check recomputes the invariants of the device.
func (d *Device) check() error {
	fresh := 0
	for b, x := range d.kept {
		switch {
		case b >= d.blocks:
			return fmt.Errorf("disk: block %d lies beyond the device's %d", b, d.blocks)
		case b != x.at:
			return fmt.Errorf("disk: block %d is kept as block %d", x.at, b)
		case !x.fresh && (x.now == nil && x.mask == nil || x.old != nil):
			return fmt.Errorf("disk: block %d is kept for nothing", b)
		case x.fresh:
			fresh++
		}
	}
	if fresh != len(d.fresh) {
		return fmt.Errorf("disk: a power cut may take back %d blocks, %d are listed", fresh, len(d.fresh))
	}
	return nil
}
