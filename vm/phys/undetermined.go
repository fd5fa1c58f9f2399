package phys

// Not every byte is determined by Linux. If the source and the destination of a copy overlap in one frame, the result
// depends on how many bytes the processor moves at a time, which differs between processor models. The frame holds the
// result of a copy byte by byte; a Mask beside it says which bytes may differ on another processor. Most machines never
// have one.

// Mask says which bytes of a page are undetermined: bit i%64 of word i/64 is byte i's.
// Linux: none.
type Mask [pageSize / 64]uint64

// Has reports whether byte i is undetermined.
func (k *Mask) Has(i int) bool { return k != nil && k[i/64]>>(i%64)&1 != 0 }

// set says of byte i whether it is undetermined.
func (k *Mask) set(i int, is bool) {
	if is {
		k[i/64] |= 1 << (i % 64)
	} else {
		k[i/64] &^= 1 << (i % 64)
	}
}

// Carry copies n bits of the mask from, from off on, to this mask from at on; nil is a mask without any.
func (k *Mask) Carry(at int, from *Mask, off, n int) {
	for i := range n {
		k.set(at+i, from.Has(off+i))
	}
}

// HasUndetermined reports whether any frame has an undetermined byte.
func (m *Memory) HasUndetermined() bool { return len(m.masks) > 0 }

// MaskOf says which bytes of the frame are undetermined; nil for none. The mask is shared with the frame and changes
// with it.
func (m *Memory) MaskOf(f *Frame) *Mask {
	if f == nil || f.Flags&Undetermined == 0 {
		return nil
	}
	return m.masks[f.PFN()]
}

// Mask is a copy of the frame's mask.
func (m *Memory) Mask(f *Frame) (k Mask) {
	if now := m.MaskOf(f); now != nil {
		k = *now
	}
	return k
}

// Cell is a byte of memory and whether it is undetermined.
// Linux: none.
type Cell struct {
	Byte         byte
	Undetermined bool
}

// Cell is the byte at offset off of a frame.
func (m *Memory) Cell(f *Frame, off int) Cell {
	return Cell{f.Byte(uint64(off)), m.MaskOf(f).Has(off)}
}

// SetCell stores a byte at offset off of a frame.
func (m *Memory) SetCell(f *Frame, off int, c Cell) {
	m.Bytes(f)[off] = c.Byte
	switch {
	case c.Undetermined:
		m.maskFor(f).set(off, true)
	case f.Flags&Undetermined != 0:
		m.Determine(f, off, 1)
	}
}

// maskFor is the frame's mask; it makes one if there is none.
func (m *Memory) maskFor(f *Frame) *Mask {
	if f.Flags&Undetermined == 0 {
		if m.masks == nil {
			m.masks = map[PFN]*Mask{}
		}
		f.Flags |= Undetermined
		m.masks[f.PFN()] = new(Mask)
		m.Blurred(f)
	}
	return m.masks[f.PFN()]
}

// SetMask makes exactly those bytes of the frame undetermined that k says; nil for none.
func (m *Memory) SetMask(f *Frame, k *Mask) {
	switch {
	case k != nil && *k != (Mask{}):
		*m.maskFor(f) = *k
	case f.Flags&Undetermined != 0:
		f.Flags &^= Undetermined
		delete(m.masks, f.PFN())
	}
}

// Determine notes that n bytes of the frame from off on are now the same on every processor.
func (m *Memory) Determine(f *Frame, off, n int) { m.SetPart(f, off, nil, 0, n) }

// CarryMask carries the mask along with a copy of n bytes of frame from, from off on, to frame to, from at on.
func (m *Memory) CarryMask(to *Frame, at int, from *Frame, off, n int) {
	m.SetPart(to, at, m.MaskOf(from), off, n)
}

// SetPart sets the mask of n bytes of the frame, from at on, to the bits of k from off on; nil for none.
func (m *Memory) SetPart(f *Frame, at int, k *Mask, off, n int) {
	if k == nil && f.Flags&Undetermined == 0 {
		return
	}
	next := m.Mask(f)
	next.Carry(at, k, off, n)
	m.SetMask(f, &next)
}
