package disk

// Peek is the device's content of a block, read without a request: no time passes.
// Linux: none.
func (d *Device) Peek(b Block, page *[BlockSize]byte) { d.read(b, page, AllParts) }

// Endures reports whether block b would survive a power cut: no part of it is only in the write cache.
// Linux: none; no device says so.
func (d *Device) Endures(b Block) bool {
	x := d.kept[b]
	return x == nil || !x.fresh
}
