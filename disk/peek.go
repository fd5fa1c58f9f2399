package disk

// Peek is what the device holds of a block, without asking for it: no request is made and no time passes.
// Linux: none.
func (d *Device) Peek(b Block, page *[BlockSize]byte) { d.read(b, page, AllParts) }
