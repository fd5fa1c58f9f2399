package pagecache

import (
	"vmsim/vm"
	"vmsim/vm/phys"
)

// The control group of a program also pays for the buffer heads of its pages. They are small, so the kernel charges a
// page at a time and hands out its bytes:
//
//	a head is made     from the bytes in stock; without enough of them a page is charged, for which reclaim makes room
//	a head is freed    its bytes return to the stock; of more than a page of them, whole pages are uncharged
//	another group      uses the processor's stock: whole pages are uncharged, the rest is kept for later
//
// What the heads have at the beginning of a call or an access comes on top of the limit, since programs do not see it.
// Within the call it is the kernel that decides: a head is charged when no room may be left.
// Linux: obj_cgroup_charge_account, refill_obj_stock, drain_obj_stock (mm/memcontrol.c).
type headCharges struct {
	pages  int64 // charged since the beginning of the call
	most   int64 // the most of them
	bytes  int   // charged, and no head's
	cached bool  // the processor's stock is the group's
	moves  []HeadMove
	noting bool
}

// HeadMove is what one call or access has changed in the pages that are charged for buffer heads.
// Linux: memory.kmem.usage_in_bytes, memory.kmem.max_usage_in_bytes.
type HeadMove struct {
	Most, End int64 // more than at its beginning; the most of them, and how many in the end
}

// headBytes is what a buffer head costs: the object, and the reference to the group beside it.
// Linux: obj_full_size (mm/memcontrol.c), struct buffer_head (include/linux/buffer_head.h).
const headBytes = 104 + 8

// chargeHeads charges the heads of a folio's buffers. The folio is locked meanwhile.
// Linux: folio_alloc_buffers (fs/buffer.c).
func (r *Reclaim) chargeHeads(f folio, n int) {
	if r.Limit == 0 || !f.head.Has(phys.Charged) {
		return
	}
	if !f.head.Has(phys.Locked) {
		f.set(phys.Locked)
		defer f.clear(phys.Locked)
	}
	h := &r.heads
	for range n {
		if h.cached && h.bytes >= headBytes {
			h.bytes -= headBytes
			continue
		}
		if !r.reclaims {
			r.charge(1, CannotFail)
		}
		h.pages++
		h.most = max(h.most, h.pages)
		r.stockBytes(vm.PageSize-headBytes, !h.cached)
	}
}

// freeHeads gives back what heads of a folio's buffers have cost.
// Linux: __memcg_slab_free_hook (mm/memcontrol.c).
func (r *Reclaim) freeHeads(f folio, n int) {
	if r.Limit == 0 || !f.head.Has(phys.Charged) {
		return
	}
	for range n {
		r.stockBytes(headBytes, true)
	}
}

// stockBytes puts bytes into the stock. What is more than a page of them goes back as pages, but not right after a page
// was charged.
// Linux: refill_obj_stock (mm/memcontrol.c).
func (r *Reclaim) stockBytes(n int, uncharge bool) {
	h := &r.heads
	h.cached = true
	if h.bytes += n; !uncharge || h.bytes <= vm.PageSize {
		return
	}
	pages := h.bytes >> vm.PageShift
	h.bytes &= vm.PageMask
	h.pages -= int64(pages)
	r.stock += uint64(pages)
}

// leaveStock is called when another group uses the processor's stock.
// Linux: drain_obj_stock (mm/memcontrol.c).
func (r *Reclaim) leaveStock() {
	h := &r.heads
	h.pages -= int64(h.bytes >> vm.PageShift)
	h.bytes &= vm.PageMask
	h.cached = false
}

// needsNode reports whether the tree of the file's pages gets a node for page i. The program's process pays for it, and
// that is in another group than the owner of its memory.
// Linux: xas_alloc (lib/xarray.c).
func (m *Mapping) needsNode(i vm.PageIndex) bool {
	const slots = 1 << shadowLevel
	first := i &^ (slots - 1)
	if _, f := m.pages.Next(first, first+slots-1); f != nil {
		return false
	}
	for j := first; j < first+slots; j++ {
		if m.shadows[j].there {
			return false
		}
	}
	return true
}

// settleHeads ends a call or an access.
func (r *Reclaim) settleHeads() {
	r.leaveStock()
	h := &r.heads
	if h.noting && (h.most != 0 || h.pages != 0) {
		h.moves = append(h.moves, HeadMove{h.most, h.pages})
	}
	h.pages, h.most = 0, 0
}

// TakeHeadMoves is what calls and accesses have changed in the pages that are charged for buffer heads since it was
// asked last, each that has changed anything.
func (r *Reclaim) TakeHeadMoves() []HeadMove {
	r.settleHeads()
	moves := r.heads.moves
	r.heads.moves, r.heads.noting = nil, true
	return moves
}
