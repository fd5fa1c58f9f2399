package disk

// Peek is what the device holds of a block, without asking for it: no request is made and no time passes.
// Linux: none.
func (d *Device) Peek(b Block, page *[BlockSize]byte) { d.read(b, page, AllParts) }

// Endures reports whether a power cut would leave block b as it is: nothing of it is in the write cache alone.
// Linux: none; no device says so.
func (d *Device) Endures(b Block) bool {
	x := d.kept[b]
	return x == nil || !x.fresh
}
