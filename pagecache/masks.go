package pagecache

import (
	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/phys"
)

// A byte is undetermined if its value depends on the processor, or on what Linux leaves to chance: see package overlap.
// The mask of a page has a bit for each byte. It follows the bytes wherever they go: to a frame, to the disk and back,
// and through pipes and sockets. So a comparison with the real kernel can leave out exactly those bytes.
//
// Nearly all pages have no undetermined byte and no mask, and everything here returns at once if the machine has none.
// Linux: none.

// masksOf are the masks of a request's frames; nil where none has any. The device keeps them with its blocks, so that a
// page that is evicted and read again has the same undetermined bytes.
func (c *Cache) masksOf(frames []*phys.Frame) (masks []*disk.Mask) {
	if !c.Memory.HasUndetermined() {
		return nil
	}
	for _, f := range frames {
		masks = append(masks, (*disk.Mask)(c.Memory.MaskOf(f)))
	}
	return masks
}

// learnMask copies the block's mask to the parts of a frame that were read from it. A block without a mask clears the
// bits of those parts.
func (c *Cache) learnMask(f *phys.Frame, d *disk.Device, b disk.Block, parts uint8) {
	mask := (*phys.Mask)(d.MaskOf(b))
	if mask == nil && !f.Has(phys.Undetermined) {
		return
	}
	for i := range blocksPerPage {
		if parts&(1<<i) != 0 {
			c.Memory.SetPart(f, i<<blockBits, mask, i<<blockBits, blockSize)
		}
	}
}

// MaskAt says which of n bytes at the user's address a are undetermined, a page of them at most; nil for none. It is
// for data that is copied from a program into the kernel's own memory, such as a message of a socket.
func (c *Cache) MaskAt(u User, a vm.Addr, n int) (mask *phys.Mask) {
	c.eachShown(u, a, n, func(f *phys.Frame, at, done, k int) {
		if m := c.Memory.MaskOf(f); m != nil {
			if mask == nil {
				mask = new(phys.Mask)
			}
			mask.Carry(done, m, at, k)
		}
	})
	return mask
}

// SetMaskAt sets the mask of n bytes at the user's address a to the first n bits of the mask; nil for none.
func (c *Cache) SetMaskAt(u User, a vm.Addr, n int, mask *phys.Mask) {
	c.eachShown(u, a, n, func(f *phys.Frame, at, done, k int) { c.Memory.SetPart(f, at, mask, done, k) })
}

// eachShown calls fn for the parts of frames that n bytes at a are mapped to, if the machine has any undetermined byte.
// It ends at the first address that no entry maps: the bytes there do not exist yet, and begin determined.
func (c *Cache) eachShown(u User, a vm.Addr, n int, fn func(f *phys.Frame, at, done, k int)) {
	for done := 0; done < n && c.Memory.HasUndetermined(); {
		f, at, k := u.Shown(a + vm.Addr(done))
		if k = min(k, n-done); f == nil || k == 0 {
			return
		}
		fn(f, at, done, k)
		done += k
	}
}
