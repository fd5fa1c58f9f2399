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

// Op is what a request asks for.
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

// Request asks a device for consecutive blocks. Data has one page for each; a nil page is one of zeros.
// Linux: struct bio (include/linux/blk_types.h).
type Request struct {
	Op    Op
	Block Block
	Data  []*[BlockSize]byte
	// Parts says of each page which parts of it are meant, bit 0 for the first; nil for all. A read leaves the others
	// alone, a write what is on the device.
	Parts []uint8
}

// AllParts are the bits of a whole page.
const AllParts uint8 = 1<<Parts - 1

// Blocks is how many blocks the request is for.
func (r Request) Blocks() int { return len(r.Data) }

// EachRun gives the runs of sectors that are meant: where parts of a block are left out, a device is given one request for
// what is before them and one for what is behind.
// Linux: bio_add_folio (block/bio.c), which takes only what goes on.
func (r Request) EachRun(fn func(sector, count uint64)) {
	const perPart = SectorsPerBlock / Parts
	from, count := uint64(0), uint64(0)
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
			from = at
		}
		count += perPart
	}
	if count > 0 || r.Op == Flush {
		fn(from, count)
	}
}

// Device is a block device: sparse, in memory, with a volatile write cache.
// Linux: struct gendisk, struct request_queue (include/linux/blkdev.h).
type Device struct {
	Profile Profile
	// Trace, where set, hears of every request that was issued.
	Trace func(Request)

	blocks   Block
	content  map[Block]*[BlockSize]byte // a block that is not there is zero
	volatile map[Block]*[BlockSize]byte // what a power cut takes back: the durable content of blocks written since the last flush
	spare    []*[BlockSize]byte         // pages that nobody needs any more
	cloned   bool                       // a Crash shares the pages, so none is written to again
	head     Block                      // where the last request ended, for a disk with an arm
	free     time.Duration
}

// NewDevice makes a device of n blocks of zeros.
func NewDevice(n Block, p Profile) *Device {
	return &Device{
		Profile: p, blocks: n, content: map[Block]*[BlockSize]byte{},
		volatile: map[Block]*[BlockSize]byte{},
	}
}

// Blocks is the device's size.
func (d *Device) Blocks() Block { return d.blocks }

// Submit gives the device a request at time now; it is done at the time that comes back. The error is EIO. For a read the
// pages of Data are filled.
// Linux: submit_bio (block/blk-core.c).
func (d *Device) Submit(now time.Duration, r Request) (done time.Duration, err error) {
	n := Block(r.Blocks())
	if r.Block+n > d.blocks || r.Block+n < r.Block {
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
		if r.Op == Read {
			d.read(b, page, parts)
		} else {
			d.write(b, page, parts)
		}
	}
	return done, nil
}

func (d *Device) read(b Block, page *[BlockSize]byte, parts uint8) {
	from := d.content[b]
	if from == nil {
		from = &zeros
	}
	copyParts(page, from, parts)
}

// zeros are what a block holds that was never written.
var zeros [BlockSize]byte

func copyParts(to, from *[BlockSize]byte, parts uint8) {
	if parts == AllParts {
		*to = *from
		return
	}
	for i := range Parts {
		if parts&(1<<i) != 0 {
			copy(to[i*FileBlockSize:(i+1)*FileBlockSize], from[i*FileBlockSize:])
		}
	}
}

// write keeps the old content for a power cut; a block that becomes all zeros costs nothing.
func (d *Device) write(b Block, page *[BlockSize]byte, parts uint8) {
	if page == nil {
		page = &zeros
	}
	old := d.content[b]
	_, since := d.volatile[b]
	to := old
	if !since {
		d.volatile[b], to = old, nil // a power cut brings it back
	}
	if to == nil || d.cloned {
		to = d.page()
		switch {
		case parts == AllParts: // nothing of it stays
		case old == nil:
			*to = zeros
		default:
			*to = *old
		}
	}
	copyParts(to, page, parts)
	if *to == zeros {
		delete(d.content, b)
		return
	}
	d.content[b] = to
}

// page is a page that holds anything.
func (d *Device) page() *[BlockSize]byte {
	if n := len(d.spare); n > 0 {
		p := d.spare[n-1]
		d.spare = d.spare[:n-1]
		return p
	}
	return new([BlockSize]byte)
}

// endure makes what was written durable: what a power cut would have brought back is of no use any more.
func (d *Device) endure() {
	if !d.cloned {
		for _, old := range d.volatile {
			if old != nil && len(d.spare) < spareMost {
				d.spare = append(d.spare, old)
			}
		}
	}
	clear(d.volatile)
}

// spareMost bounds the pages that wait to be used again: 4 MiB.
const spareMost = 1024

// Volatile is how many blocks a power cut could take back.
func (d *Device) Volatile() int { return len(d.volatile) }

// Crash is the device as a power cut may leave it: of the blocks written since the last flush, those that survives says do
// have their new content. The device itself goes on.
func (d *Device) Crash(survives func(Block) bool) *Device {
	c := NewDevice(d.blocks, d.Profile)
	c.cloned, d.cloned = true, true
	for b, page := range d.content {
		c.content[b] = page
	}
	for b, old := range d.volatile {
		switch {
		case survives(b):
		case old == nil:
			delete(c.content, b)
		default:
			c.content[b] = old
		}
	}
	return c
}

// Check recomputes what the device promises.
func (d *Device) Check() error {
	for b := range d.content {
		if b >= d.blocks {
			return fmt.Errorf("disk: block %d lies beyond the device's %d", b, d.blocks)
		}
	}
	return nil
}
