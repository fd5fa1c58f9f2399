package disk

// stored is a block of a device that is not all zeros, or was not before its last write.
//
// A page comes to the disk by DMA: no processor copies it. So the device keeps a lent page itself, and copies it only
// when its owner is about to change it, which most owners never do. Without that, the copies took half the time of an
// msync of many pages. The states of a block are: absent (durable zeros), kept and not fresh (durable bytes), fresh (a
// power cut may restore old).
type stored struct {
	at  Block
	now *[BlockSize]byte // nil for zeros
	// the durable content while fresh, nil for zeros; the same page where the write changed nothing
	old   *[BlockSize]byte
	fresh bool // written since the last flush
	lent  bool // now is a page of the page cache

	mask, oldMask *Mask // of now and of old; nil for none
}

// zeros is the content of a block that was never written.
var zeros [BlockSize]byte

// read copies parts of a block into a page; a block that was never written is zeros.
func (d *Device) read(b Block, page *[BlockSize]byte, parts uint8) {
	from := &zeros
	if x := d.kept[b]; x != nil && x.now != nil {
		from = x.now
	}
	copyParts(page, from, parts)
}

// copyParts copies those parts of a block whose bits are set.
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

// rewrite prepares block b for the bytes of a page: it keeps the old content for a power cut, and makes the block's
// page the device's own, unless it is that very page.
//
//	never written      --write A-->    now A, old zeros, fresh    --flush-->    now A
//	now A              --write B-->    now B, old A, fresh        --write C-->  now C, old A, fresh
//
// A power cut may bring the old content of a fresh block back; what is not fresh is durable.
func (d *Device) rewrite(b Block, page *[BlockSize]byte) *stored {
	x := d.kept[b]
	if x == nil {
		x = &stored{at: b}
		d.kept[b] = x
	}
	if x.now != page {
		d.settle(x)
	}
	if !x.fresh {
		// Only the first write since the flush keeps the old content: later ones replace bytes that are not durable.
		x.fresh, x.old, x.oldMask = true, x.now, x.mask
		d.fresh = append(d.fresh, x)
	}
	return x
}

// write copies a page; a block of zeros takes no memory once it is durable. Files of zeros are common, and the
// comparison costs less than their memory.
func (d *Device) write(b Block, page *[BlockSize]byte, parts uint8) {
	x := d.rewrite(b, nil)
	switch {
	case parts != AllParts:
		d.writeParts(x, page, parts)
	case page == nil || *page == zeros:
		d.put(x, nil)
	default:
		d.put(x, d.copyOf(page))
	}
}

// borrow keeps a page that its owner lends. The page stays the page cache's. Settle must be called before its bytes
// change.
func (d *Device) borrow(b Block, page *[BlockSize]byte) {
	x := d.rewrite(b, page)
	if page == nil || *page == zeros {
		d.put(x, nil)
		return
	}
	d.put(x, page)
	x.lent = true
}

// writeParts changes some parts of a block. The rest of the block keeps its bytes, so the new content is made from the
// old one.
func (d *Device) writeParts(x *stored, page *[BlockSize]byte, parts uint8) {
	if page == nil {
		page = &zeros
	}
	from := x.now
	if from == nil {
		from = &zeros
	}
	to := d.copyOf(from)
	copyParts(to, page, parts)
	d.put(x, to)
	if *to == zeros {
		d.put(x, nil)
	}
}

// put replaces the block's page, and releases the old one unless a power cut would restore it.
func (d *Device) put(x *stored, page *[BlockSize]byte) {
	if x.now != x.old && x.now != page && !x.lent {
		d.release(x.now)
	}
	x.now, x.lent = page, false
}

// Settle reports that the owner of a page that was lent for block b is about to change it: the device makes its
// own copy, where it still needs one.
// Linux: none; what a device was given is there by the end of writeback.
func (d *Device) Settle(b Block, page *[BlockSize]byte) {
	if x := d.kept[b]; x != nil && x.lent && x.now == page {
		d.settle(x)
	}
}

// settle gives the block a copy of its own. If the durable content is the same page, it becomes the same copy.
func (d *Device) settle(x *stored) {
	if !x.lent {
		return
	}
	own := d.copyOf(x.now)
	if x.old == x.now {
		x.old = own
	}
	x.now, x.lent = own, false
}

// Holds reports whether the device relies on a page that was lent for block b.
func (d *Device) Holds(b Block, page *[BlockSize]byte) bool {
	x := d.kept[b]
	return x != nil && x.lent && x.now == page
}

// Borrowed is how many pages the device relies on that are not its own.
func (d *Device) Borrowed() (n int) {
	for _, x := range d.kept {
		if x.lent {
			n++
		}
	}
	return n
}

// copyOf is a page of the device's own with the bytes of another.
func (d *Device) copyOf(page *[BlockSize]byte) *[BlockSize]byte {
	var own *[BlockSize]byte
	if n := len(d.spare); n > 0 {
		own, d.spare = d.spare[n-1], d.spare[:n-1]
	} else {
		own = new([BlockSize]byte)
	}
	*own = *page
	return own
}

// spareMost limits the pages kept for reuse: 4 MiB.
const spareMost = 1024

// release keeps one of the device's own pages for reuse.
func (d *Device) release(page *[BlockSize]byte) {
	if page != nil && !d.cloned && len(d.spare) < spareMost {
		d.spare = append(d.spare, page)
	}
}

// endure makes what was written durable: the old content is no longer needed. Every fresh block becomes durable: a
// flush is for the whole device.
func (d *Device) endure() {
	for _, x := range d.fresh {
		if x.old != x.now {
			d.release(x.old)
		}
		if x.old, x.oldMask, x.fresh = nil, nil, false; x.now == nil && x.mask == nil {
			delete(d.kept, x.at)
		}
	}
	d.fresh = d.fresh[:0]
}
