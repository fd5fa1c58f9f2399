package policy

import "math/bits"

// Numbering gives the keys of a trace (page numbers, block numbers, hashes) dense IDs in the order of first reference.
// Its memory grows with the number of different keys, 24 to 48 bytes for each, and not with the length of the trace.
//
//	keys   0x7f3a10, 0x12, 0x7f3a10, 0x99     numbers   0, 1, 0, 2
//
// Policies index their arrays by these numbers, which must therefore have no gaps.
// Linux: none.
type Numbering struct {
	slots []slot // a hash table with linear probing, at most half full
	known int
}

// slot is an entry of the hash table.
type slot struct {
	key uint64
	id  uint32 // the ID plus one; 0 where the slot is free
}

// Len is how many different keys there were.
func (n *Numbering) Len() int { return n.known }

// Number appends the IDs of keys to a slice.
func (n *Numbering) Number(ids []ID, keys []uint64) []ID {
	for _, key := range keys {
		ids = append(ids, n.of(key))
	}
	return ids
}

// of is the number of a key; a new key gets the next one.
func (n *Numbering) of(key uint64) ID {
	if 2*n.known >= len(n.slots) {
		n.grow()
	}
	s := n.find(key)
	if s.id == 0 {
		n.known++
		*s = slot{key, uint32(n.known)}
	}
	return ID(s.id - 1)
}

// find returns the slot of a key, or the free one where it belongs.
func (n *Numbering) find(key uint64) *slot {
	mask := uint64(len(n.slots) - 1)
	for at := scramble(key) & mask; ; at = (at + 1) & mask {
		if s := &n.slots[at]; s.id == 0 || s.key == key {
			return s
		}
	}
}

// grow doubles the table, which is so kept at most half full.
func (n *Numbering) grow() {
	old := n.slots
	n.slots = make([]slot, max(1024, 2<<bits.Len(uint(len(old)))>>1))
	for _, s := range old {
		if s.id != 0 {
			*n.find(s.key) = s
		}
	}
}
