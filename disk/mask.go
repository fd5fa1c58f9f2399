package disk

// Mask says which bytes of a page are undetermined, so that another processor may have others there: bit i%64 of word
// i/64 is byte i's. Bytes are undetermined if Linux leaves to timing what they are, such as those of a page that
// changes while it is written. The model keeps track of them through the disk so that they are not compared.
// Linux: none.
type Mask [BlockSize / 64]uint64

// MaskOf says which bytes of block b are undetermined; nil for none. The mask is never modified.
// Linux: none.
func (d *Device) MaskOf(b Block) *Mask {
	if !d.masked {
		return nil
	}
	if x := d.kept[b]; x != nil {
		return x.mask
	}
	return nil
}

// noteMask keeps the mask of page i of a request, of which those parts have been written. Most machines never write
// such a byte: masked keeps the cost of that case at one comparison.
func (d *Device) noteMask(r Request, i int, parts uint8) {
	d.masked = d.masked || r.Masks != nil
	if !d.masked {
		return
	}
	x := d.kept[r.Block+Block(i)]
	next := Mask{}
	if x.mask != nil {
		next = *x.mask
	}
	var given *Mask
	if r.Masks != nil {
		given = r.Masks[i]
	}
	next.take(given, parts)
	if x.mask = nil; next != (Mask{}) {
		x.mask = &next
	}
}

// take replaces the bits of some parts of a page by those of another mask, nil for none.
func (m *Mask) take(from *Mask, parts uint8) {
	const words = len(m) / Parts
	for k := range Parts {
		if parts&(1<<k) == 0 {
			continue
		}
		clear(m[k*words : (k+1)*words])
		if from != nil {
			copy(m[k*words:(k+1)*words], from[k*words:])
		}
	}
}
