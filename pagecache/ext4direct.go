package pagecache

import (
	"cmp"
	"slices"
	"syscall"

	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/phys"
)

// sector is what offsets and lengths of direct transfers must be multiples of: the device's own unit. A transfer that
// is no whole number of sectors cannot be expressed to the device, so the call fails with EINVAL and does not fall back
// to the page cache.
// Linux: bdev_logical_block_size (include/linux/blkdev.h).
const sector = 512

// readDirect moves n bytes of the file from offset pos on to the user's address a, past the page cache: the device
// itself writes them to the frames that the process has there. Dirty pages of the range are written back first. An
// error is returned even if some bytes were moved: EINVAL for offsets or lengths that are not multiples of a sector,
// EFAULT for a page of the process that cannot be faulted in. The page cache is written back first, since the device
// would otherwise deliver old bytes; cached pages stay, as nothing changes them.
// Linux: ext4_dio_read_iter (fs/ext4/file.c), iomap_dio_rw (fs/iomap/direct-io.c).
func (d *ext4File) readDirect(m *Mapping, u User, a vm.Addr, n uint64, pos int64) (uint64, error) {
	if pos >= m.size || n == 0 {
		return 0, nil
	}
	if err := m.WriteBack(vm.IndexOf(pos), vm.IndexOf(pos+int64(n)-1)); err != nil {
		return 0, err
	}
	// The device delivers the bytes first, and then they are moved to the process's frames; a write is the other way
	// round. Both are one DMA on a real machine.
	t := &directIO{m: m, d: d, u: u, op: disk.Read, base: a - vm.Addr(pos), end: pos + int64(n)}
	defer t.unpin()
	err := t.ready(pos, pos+int64(n))
	if e := t.submit(); e != nil {
		return 0, e
	}
	t.moveAll()
	// Bytes beyond the end are zeroed in the process's memory, but do not count.
	return min(n, uint64(m.size-pos)), err
}

// unaligned is which of a direct transfer's offset and length is not a multiple of a sector.
func unaligned(pos int64) string {
	if pos%sector != 0 {
		return "with O_DIRECT the offset has to be a multiple of 512"
	}
	return "with O_DIRECT the length has to be a multiple of 512"
}

// writeDirect moves n bytes from the user's address a to the file from offset pos on, past the page cache: the device
// itself reads them from the process's frames. Cached pages of the range are written back and dropped first, mapped or
// not. If the transfer fails beyond the file's end, the blocks allocated there are freed. Cached pages of the range are
// dropped before and after: before, because they would be stale; after, because a fault or readahead may have brought
// them back meanwhile.
// Linux: ext4_dio_write_iter (fs/ext4/file.c), iomap_dio_rw (fs/iomap/direct-io.c).
func (d *ext4File) writeDirect(m *Mapping, u User, a vm.Addr, n uint64, pos int64) (uint64, error) {
	end := pos + int64(n)
	m.modified()
	if err := m.writeAndDrop(pos, end); err != nil {
		return 0, err
	}
	t := &directIO{m: m, d: d, u: u, op: disk.Write, base: a - vm.Addr(pos), end: end}
	defer t.unpin()
	err := t.ready(pos, end)
	t.moveAll()
	if e := t.submit(); e != nil {
		return 0, e
	}
	// A write that extends the file must not leave blocks beyond its end: fallocate makes such blocks, a failed write
	// does not.
	if err != nil {
		if end > m.size {
			_ = d.zeroTail(m)
			d.inode.Punch(blocksFor(m.size), ^disk.FileBlock(0))
		}
		return 0, err
	}
	// The size grows after the data is on the device. The other way round, a power cut between the two would leave a
	// longer file whose end reads as zeros.
	if end > m.size {
		m.size = end
		d.inode.SetSize(end)
	}
	return n, m.writeAndDrop(pos, end)
}

// writeAndDrop writes back the cached pages of bytes pos to end, and drops them from the cache and from every page
// table. The page tables lose the pages too: a process that stored through an old entry would change a page that the
// file no longer has. Linux can fail to drop a page that is dirtied meanwhile; here no other process runs.
// Linux: kiocb_invalidate_pages, invalidate_inode_pages2_range (mm/truncate.c).
func (m *Mapping) writeAndDrop(pos, end int64) error {
	first, last := vm.IndexOf(pos), vm.IndexOf(end-1)
	if err := m.WriteBack(first, last); err != nil {
		return err
	}
	for i, x := m.pages.Next(first, last); x != nil; i, x = m.pages.Next(i, last) {
		f := m.folioOf(i, x)
		f.drop()
		if i = f.next(); i > last {
			break
		}
	}
	return nil
}

// directIO is a direct transfer in progress: consecutive pages of the file that one request reads or writes. Its pages
// are copies of the parts of the process's frames that the device accesses. The process's frames are pinned until the
// device is done; a fork or reclaim meanwhile must not move them.
//
//	file      page 0              page 1              page 2
//	          [....|....|xxxx|xxxx][xxxx|xxxx|xxxx|xxxx][xxxx|....|....|....]      blocks of 1 KiB
//	pages     parts 2 and 3        all parts            part 0
//	pins      frames of the process, wherever they lie
//
// Linux: struct iomap_dio (fs/iomap/direct-io.c).
type directIO struct {
	m     *Mapping
	d     *ext4File
	u     User
	op    disk.Op
	base  vm.Addr // the user's address of the file's first byte
	end   int64   // of the whole transfer, in the file
	pages []directPage
	pins  []pin
	held  []*phys.Frame // all that were pinned
}

// directPage is a page of the file, with the part of it that the request transfers.
type directPage struct {
	index vm.PageIndex
	block disk.Block
	parts uint8 // that lie on the device; the others read as zero
	// sectors at the start of the first part and at the end of the last that are not transferred
	head, tail uint64
	data       [vm.PageSize]byte
	mask       phys.Mask // of data
}

// ready builds the requests for bytes from pos to end, one run of blocks after the other. Where there is no block, a
// read zeroes the memory and a write allocates one. An error ends the transfer; what precedes it is still moved. A
// transfer may end in the middle: what was moved until then is moved, and the error decides what the call returns.
// Linux: iomap_dio_iter (fs/iomap/direct-io.c), ext4_iomap_begin (fs/ext4/inode.c).
func (t *directIO) ready(pos, end int64) error {
	for at := pos; at < end; {
		b := fileBlock(at)
		e, ok := t.d.inode.Lookup(b, uint64(blocksFor(end)-b))
		next := min(end, int64(b+disk.FileBlock(e.Count))<<blockBits)
		delayed := ok && e.State == disk.Delayed
		switch written := ok && e.State == disk.Written; {
		case t.op == disk.Read && delayed:
			return t.m.Cache.refuse(syscall.EIO, reservedBlocks)
		// A hole, or blocks that were allocated and not written: the device has no data.
		case t.op == disk.Read && !written:
			if err := t.clear(at, next); err != nil {
				return err
			}
			at = next
			continue
		case !ok || delayed:
			if err := t.d.inode.Preallocate(b, e.Count); err != nil {
				return err
			}
		}
		if (at|(next-at))%sector != 0 {
			return t.m.Cache.refuse(syscall.EINVAL, unaligned(at))
		}
		if err := t.checkBuffers(at); err != nil {
			return err
		}
		// What was pinned before a page that cannot be faulted in is transferred all the same.
		done, err := t.pin(at, next)
		if t.gather(at, done); err != nil {
			return err
		}
		at = next
	}
	return nil
}

// reservedBlocks is why a direct read fails where blocks are reserved still though the file has just been written back.
// A write into the page cache reserves them for all that it means to write: those that it stopped ahead of are left.
const reservedBlocks = "blocks of the range are reserved for a write that stopped early, and have no place yet"

// clear zeroes the memory for a hole that is read. The processor does this, since there is no block from which the
// device could read.
// Linux: iomap_dio_hole_iter (fs/iomap/direct-io.c).
func (t *directIO) clear(from, to int64) error {
	for again := false; from < to; {
		step := min(to-from, vm.PageSize)
		got := int64(t.u.CopyOut(t.base+vm.Addr(from), zeroPage[:step]))
		if got > 0 {
			stepCopyToUser(t.m.Cache.Log, int(got), t.m.Cache.Memory.Zero().PFN(), t.base+vm.Addr(from))
		}
		// A copy that stops short is tried once more from where it stopped; a second one in a row is EFAULT.
		if from += got; got < step && (again || got == 0) {
			return syscall.EFAULT
		}
		again = got < step
	}
	return nil
}

// deviceWrites marks frames that a device writes to as dirty, since DMA sets no dirty bit in a page-table entry.
// Without the mark, reclaim would drop the frame as clean, and what the device has written to it would be lost.
// Linux: bio_set_pages_dirty (block/bio.c).
func (c *Cache) deviceWrites(frames []*phys.Frame) {
	for _, f := range frames {
		if m, ok := f.Owner.(*Mapping); ok {
			m.MarkDirty(f)
		} else if f.Has(phys.Anon) {
			f.Set(dirty)
		}
	}
}

// gather collects the pages of bytes from up to to, and their places on the device. For a partly written page the rest
// comes from the device.
func (t *directIO) gather(from, to int64) {
	for i := vm.IndexOf(from); from < to && i.FileOffset() < to; i++ {
		if n := len(t.pages); n == 0 || t.pages[n-1].index != i {
			t.pages = append(t.pages, directPage{index: i})
		}
		p := &t.pages[len(t.pages)-1]
		first, stop := fileBlock(max(from, i.FileOffset())), blocksFor(min(to, (i+1).FileOffset()))
		for b := first; b < stop; b++ {
			t.addBlock(p, b, from, to)
		}
	}
}

// addBlock adds a block of the file to a page of the transfer of bytes from up to to, if the device has something to do
// for it.
func (t *directIO) addBlock(p *directPage, b disk.FileBlock, from, to int64) {
	e, ok := t.d.inode.Map(b, 1)
	if !ok || e.State == disk.Delayed || t.op == disk.Read && e.State != disk.Written {
		return
	}
	// The page's blocks lie in one block of the device, so any of them gives its place.
	p.block, p.parts = e.Place.Block(), p.parts|1<<(b%blocksPerPage)
	if e.State == disk.Written {
		p.head = max(p.head, uint64(max(0, from-int64(b)<<blockBits))/sector)
		p.tail = uint64(max(0, int64(b+1)<<blockBits-to)) / sector
	}
	if t.op == disk.Write && e.State == disk.Written {
		t.keep(p, int(b%blocksPerPage))
	}
}

// keep copies the device's content of one block into the page. A request names whole pages, and Parts those of the four
// blocks that are written: what lies in the same block outside of the written sectors must be written back unchanged.
func (t *directIO) keep(p *directPage, part int) {
	var old [vm.PageSize]byte
	t.d.fs.Device.Peek(p.block, &old)
	copy(p.data[part<<blockBits:(part+1)<<blockBits], old[part<<blockBits:])
	p.mask.Carry(part<<blockBits, (*phys.Mask)(t.d.fs.Device.MaskOf(p.block)), part<<blockBits, blockSize)
}

// submit sends the pages to the device, one request for each contiguous run, and waits.
func (t *directIO) submit() error {
	for i := 0; i < len(t.pages); {
		k := i + 1
		for k < len(t.pages) && t.pages[k].parts != 0 && t.pages[k].block == t.pages[k-1].block+1 {
			k++
		}
		if run := t.pages[i:k]; run[0].parts != 0 {
			if err := t.submitRun(run); err != nil {
				return err
			}
		}
		i = k
	}
	// Unwritten extents become written ones only now that the device has the data: before that, a power cut leaves
	// blocks that read as zeros.
	if t.op == disk.Write {
		for _, p := range t.pages {
			convert(t.d.inode, fileBlock(p.index.FileOffset()), p.parts)
		}
	}
	return nil
}

// submitRun sends the device one request for pages that follow each other there, and waits for it. The bytes are in
// buffers of the transfer, not in the process's frames, so the device need not know of frames.
func (t *directIO) submitRun(run []directPage) error {
	req := disk.Request{Op: t.op, Block: run[0].block, Head: run[0].head, Tail: run[len(run)-1].tail}
	for j := range run {
		req.Data, req.Parts = append(req.Data, &run[j].data), append(req.Parts, run[j].parts)
	}
	if t.op == disk.Write {
		req.Masks = t.masks(run)
	}
	done, err := t.m.Cache.submit(t.d.fs.Device, req, nil)
	if err != nil {
		return err
	}
	t.learnMasks(run)
	t.m.Cache.complete(req, done)
	return nil
}

// masks are those of pages that are written; nil where none has any.
func (t *directIO) masks(run []directPage) []*disk.Mask {
	masks, any := make([]*disk.Mask, len(run)), false
	for j := range run {
		masks[j] = (*disk.Mask)(&run[j].mask)
		any = any || *masks[j] != disk.Mask{}
	}
	if !any {
		return nil
	}
	return masks
}

// learnMasks notes which bytes of pages that were read are undetermined.
func (t *directIO) learnMasks(run []directPage) {
	for j := range run {
		p := &run[j]
		if mask := t.d.fs.Device.MaskOf(p.block); t.op == disk.Read && mask != nil {
			p.mask = phys.Mask(*mask)
		}
	}
}

// moveAll moves the bytes between the pages of the transfer and the process's frames. It is the device's DMA, not a
// copy by the processor. A step is as long as both sides are contiguous: it ends at the end of the process's frame, of
// the file's page, and of a block where the page is transferred in part.
func (t *directIO) moveAll() {
	for _, x := range t.pins {
		for pos, off := x.pos, x.off; pos < x.pos+x.n; {
			in := off & vm.PageMask
			n := min(x.pos+x.n-pos, int64(vm.PageSize-in), vm.PageSize-pos&vm.PageMask)
			if p := t.page(pos); p.parts != disk.AllParts {
				n = min(n, blockSize-pos&(blockSize-1))
			}
			t.move(t.page(pos), int(pos&vm.PageMask), x.frames[off>>vm.PageShift], in, int(n))
			pos, off = pos+n, off+int(n)
		}
	}
}

// page is the page that holds offset at.
func (t *directIO) page(at int64) *directPage {
	i, _ := slices.BinarySearchFunc(t.pages, vm.IndexOf(at),
		func(p directPage, i vm.PageIndex) int { return cmp.Compare(p.index, i) })
	return &t.pages[i]
}

// move moves n bytes between a page of the transfer and a frame of the process's.
func (t *directIO) move(p *directPage, at int, frame *phys.Frame, off, n int) {
	log, here := t.m.Cache.Log, p.data[at:at+n]
	if t.op == disk.Write {
		frame.Read(off, here)
		p.mask.Carry(at, t.m.Cache.Memory.MaskOf(frame), off, n)
		stepDMAOut(log, n, frame.PFN(), p.block)
		return
	}
	t.m.Cache.Memory.Write(frame, off, here)
	t.m.Cache.Memory.SetPart(frame, off, &p.mask, at, n)
	stepDMAIn(log, n, p.block, frame.PFN())
}
