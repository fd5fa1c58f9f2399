package pagecache

import (
	"syscall"

	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/phys"
)

// sector is what offsets and lengths of direct transfers must be multiples of: the device's own unit.
// Linux: bdev_logical_block_size (include/linux/blkdev.h).
const sector = 512

// readDirect moves n bytes of the file from offset pos on to the user's address a, past the page cache: the device
// itself writes them to the frames that the process has there. What is dirty is on the disk before. The error counts
// whatever was moved: EINVAL for what is no multiple of a sector, EFAULT where a page of the process's is not to be
// had.
// Linux: ext4_dio_read_iter (fs/ext4/file.c), iomap_dio_rw (fs/iomap/direct-io.c).
func (d *ext4File) readDirect(m *Mapping, u User, a vm.Addr, n uint64, pos int64) (uint64, error) {
	if pos >= m.size || n == 0 {
		return 0, nil
	}
	if err := m.WriteBack(vm.IndexOf(pos), vm.IndexOf(pos+int64(n)-1)); err != nil {
		return 0, err
	}
	m.Accessed()
	t := &transferring{m: m, d: d, u: u, op: disk.Read}
	end := t.aligned(pos, pos+int64(n))
	t.gather(pos, end)
	if err := t.submit(); err != nil {
		return 0, err
	}
	_, err := t.exchange(a, pos, end-pos, vm.Store)
	if err == nil && end < pos+int64(n) {
		err = m.Cache.refuse(syscall.EINVAL, unaligned(pos, n))
	}
	// What lies beyond the end becomes zero in the process's memory, too, and does not count.
	return min(n, uint64(m.size-pos)), err
}

// unaligned says what of a transfer past the page cache is no multiple of a sector.
func unaligned(pos int64, n uint64) string {
	if pos%sector != 0 {
		return "with O_DIRECT the offset has to be a multiple of 512"
	}
	return "with O_DIRECT the length has to be a multiple of 512"
}

// writeDirect moves n bytes from the user's address a to the file from offset pos on, past the page cache: the device
// itself reads them from the process's frames. What the cache has of the range is written and dropped before, mapped or
// not.
// Linux: ext4_dio_write_iter (fs/ext4/file.c), iomap_dio_rw (fs/iomap/direct-io.c).
func (d *ext4File) writeDirect(m *Mapping, u User, a vm.Addr, n uint64, pos int64) (uint64, error) {
	end := pos + int64(n)
	if err := m.takeOut(pos, end); err != nil {
		return 0, err
	}
	if (uint64(pos)|n)%sector != 0 {
		return 0, m.Cache.refuse(syscall.EINVAL, unaligned(pos, n))
	}
	t := &transferring{m: m, d: d, u: u, op: disk.Write}
	if err := t.d.inode.Preallocate(fileBlock(pos), uint64(blocksFor(end)-fileBlock(pos))); err != nil {
		return 0, err
	}
	t.gather(pos, end)
	moved, err := t.exchange(a, pos, int64(n), vm.Load)
	t.cut(pos + moved)
	if err := t.submit(); err != nil {
		return 0, err
	}
	if err != nil {
		if end > m.size {
			t.d.inode.Punch(blocksFor(m.size), ^disk.FileBlock(0))
		}
		return 0, err
	}
	if m.Modified(); end > m.size {
		m.size = end
		t.d.inode.SetSize(end)
	}
	return n, m.takeOut(pos, end)
}

// aligned is how far bytes from pos to end can be read: up to where something on the device begins or ends between
// sectors. Holes may be of any length.
// Linux: iomap_dio_bio_iter (fs/iomap/direct-io.c).
func (t *transferring) aligned(pos, end int64) int64 {
	for at := pos; at < end; {
		b := fileBlock(at)
		e, ok := t.d.inode.Map(b, uint64(blocksFor(end)-b))
		next := min(end, int64(b+disk.FileBlock(e.Count))<<blockBits)
		if ok && e.State == disk.Written && (at|(next-at))%sector != 0 {
			return at
		}
		at = next
	}
	return end
}

// takeOut writes what the cache has of bytes pos to end, and drops it out of the cache and of every page table.
// Linux: kiocb_invalidate_pages, invalidate_inode_pages2_range (mm/truncate.c).
func (m *Mapping) takeOut(pos, end int64) error {
	first, last := vm.IndexOf(pos), vm.IndexOf(end-1)
	if err := m.WriteBack(first, last); err != nil {
		return err
	}
	for i, x := m.pages.nextPage(first, last); x != nil; i, x = m.pages.nextPage(i, last) {
		f := m.folioOf(i, x)
		f.drop()
		if i = f.next(); i > last {
			break
		}
	}
	return nil
}

// transferring is a direct transfer under way: pages of the file that the device is asked for, one after the other. It
// reads into, or writes from, pages that stand for the process's own frames.
// Linux: struct iomap_dio (fs/iomap/direct-io.c).
type transferring struct {
	m     *Mapping
	d     *ext4File
	u     User
	op    disk.Op
	pages []directPage
}

// directPage is a page of the file and what of it the device is asked for.
type directPage struct {
	index vm.PageIndex
	block disk.Block
	parts uint8 // that lie on the device; the others read as zero
	data  [vm.PageSize]byte
	mask  phys.Mask // of data
}

// gather notes which pages bytes from up to to are in, and where they lie. Of a page that is written in part, the
// device has the rest.
func (t *transferring) gather(from, to int64) {
	for i := vm.IndexOf(from); from < to && i.FileOffset() < to; i++ {
		p := directPage{index: i}
		first, stop := fileBlock(max(from, i.FileOffset())), blocksFor(min(to, (i+1).FileOffset()))
		for b := first; b < stop; b++ {
			e, ok := t.d.inode.Map(b, 1)
			if !ok || e.State == disk.Delayed || t.op == disk.Read && e.State != disk.Written {
				continue
			}
			p.block, p.parts = e.Place.Block(), p.parts|1<<(b%blocksPerPage)
			if t.op == disk.Write && e.State == disk.Written {
				t.keep(&p, int(b%blocksPerPage))
			}
		}
		t.pages = append(t.pages, p)
	}
}

// keep puts what the device has of one block into the page.
func (t *transferring) keep(p *directPage, part int) {
	var old [vm.PageSize]byte
	t.d.fs.Device.Peek(p.block, &old)
	copy(p.data[part<<blockBits:(part+1)<<blockBits], old[part<<blockBits:])
	p.mask.Carry(part<<blockBits, (*phys.Mask)(t.d.fs.Device.MaskOf(p.block)), part<<blockBits, blockSize)
}

// submit asks the device for the pages, those that lie together at a time, and waits.
func (t *transferring) submit() error {
	c := t.m.Cache
	for i := 0; i < len(t.pages); {
		k := i + 1
		for k < len(t.pages) && t.pages[k].parts != 0 && t.pages[k].block == t.pages[k-1].block+1 {
			k++
		}
		if run := t.pages[i:k]; run[0].parts != 0 {
			req := disk.Request{Op: t.op, Block: run[0].block}
			for j := range run {
				req.Data, req.Parts = append(req.Data, &run[j].data), append(req.Parts, run[j].parts)
			}
			if t.op == disk.Write {
				req.Masks = t.masks(run)
			}
			done, err := c.submit(t.d.fs.Device, req, nil)
			if err != nil {
				return err
			}
			t.learnMasks(run)
			c.complete(req, done)
		}
		i = k
	}
	if t.op == disk.Write {
		for _, p := range t.pages {
			convert(t.d.inode, fileBlock(p.index.FileOffset()), p.parts)
		}
	}
	return nil
}

// masks are those of pages that are written; nil where none has any.
func (t *transferring) masks(run []directPage) []*disk.Mask {
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
func (t *transferring) learnMasks(run []directPage) {
	for j := range run {
		p := &run[j]
		if mask := t.d.fs.Device.MaskOf(p.block); t.op == disk.Read && mask != nil {
			p.mask = phys.Mask(*mask)
		}
	}
}

// exchange moves n bytes at offset pos between the pages and the process's frames, as far as it has them; it returns
// how many. No processor copies them: the device does. It is given runs of whole sectors, so that a buffer must not
// leave a page within one.
func (t *transferring) exchange(a vm.Addr, pos, n int64, k vm.Access) (done int64, err error) {
	there, err := t.pinned(a, pos, n, k)
	if err != nil {
		return 0, err
	}
	if there < n {
		there -= there % sector
	}
	for done < there {
		at := pos + done
		frame, off, most := t.u.Pin(a+vm.Addr(done), k)
		if frame == nil {
			break
		}
		step := min(there-done, vm.PageSize-at&vm.PageMask, int64(most))
		p := t.page(at)
		if p.parts != 0 && p.parts != disk.AllParts {
			step = min(step, blockSize-at&(blockSize-1))
		}
		t.move(p, int(at&vm.PageMask), frame, off, int(step))
		done += step
	}
	if done < n {
		err = syscall.EFAULT
	}
	return done, err
}

// pinned faults in what the device will be given, as far as it is there, and refuses what the device cannot take.
func (t *transferring) pinned(a vm.Addr, pos, n int64, k vm.Access) (done int64, err error) {
	for done < n {
		if t.page(pos+done).parts == 0 {
			done += min(n-done, vm.PageSize-(pos+done)&vm.PageMask)
			continue // a hole is cleared, not read
		}
		frame, _, most := t.u.Pin(a+vm.Addr(done), k)
		if frame == nil {
			return done, nil // what comes before is moved all the same
		}
		step := min(n-done, int64(most))
		if done += step; step%sector != 0 {
			err = syscall.EINVAL
		}
	}
	return done, err
}

// cut leaves out what lies beyond end: nobody has given it.
func (t *transferring) cut(end int64) {
	for i := range t.pages {
		first := fileBlock(t.pages[i].index.FileOffset())
		for b := range disk.FileBlock(blocksPerPage) {
			if int64(first+b)<<blockBits >= end {
				t.pages[i].parts &^= 1 << b
			}
		}
	}
}

// page is the page that holds offset at.
func (t *transferring) page(at int64) *directPage { return &t.pages[vm.IndexOf(at)-t.pages[0].index] }

// move moves n bytes between a page of the transfer and a frame of the process's.
func (t *transferring) move(p *directPage, at int, frame *phys.Frame, off, n int) {
	log, here := t.m.Cache.Log, p.data[at:at+n]
	switch {
	case t.op == disk.Write:
		frame.Read(off, here)
		p.mask.Carry(at, t.m.Cache.Memory.MaskOf(frame), off, n)
		stepDMAOut(log, n, frame.PFN(), p.block)
	case p.parts&(1<<(at>>blockBits)) == 0:
		t.m.Cache.Memory.Write(frame, off, here)
		stepCopyZero(log, n, frame.PFN(), 0)
	default:
		t.m.Cache.Memory.Write(frame, off, here)
		t.m.Cache.Memory.SetPart(frame, off, &p.mask, at, n)
		stepDMAIn(log, n, p.block, frame.PFN())
	}
}
