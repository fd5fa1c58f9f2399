package policy

// The lists of Linux's page cache.
const (
	linuxInactive list = iota
	linuxActive
)

// linux is what Linux does with the pages of a file that read() uses: two lists, and refaults. A page comes to the
// inactive list; its second use there activates it, so a scan that uses each page once does not push out what is used
// often. The active list is cut when it is longer than the inactive one. A page that was evicted and comes back (a
// refault) is activated at once if fewer pages were evicted or activated meanwhile than the active list has: with so
// much more memory it would have stayed.
//
// Linux reclaims in batches and keeps the lists a processor; here each step is for one page. Mapped pages, whose uses
// are found in the page tables when the lists are scanned, are not here.
// Linux: folio_mark_accessed (mm/swap.c), inactive_is_low and shrink_active_list (mm/vmscan.c), workingset_refault
// (mm/workingset.c); CONFIG_LRU_GEN off.
type linux struct {
	links
	state   notes
	age     uint64        // evictions and activations so far; Linux: nonresident_age
	shadows map[ID]uint64 // the age at the eviction of pages out of memory; Linux: shadow entries
}

// What is known of a page in memory.
const (
	linuxReferenced = 1 // used once since it came to its list
	linuxIsActive   = 2
)

func newLinux(pages int) *linux {
	return &linux{links: newLinks(pages), shadows: map[ID]uint64{}}
}

// Hit marks a page referenced, and activates it at the second time.
// Linux: folio_mark_accessed (mm/swap.c).
func (p *linux) Hit(page ID) {
	switch p.state[page] {
	case linuxReferenced:
		p.move(linuxInactive, linuxActive, page)
		p.state[page] = linuxIsActive
		p.age++
	default:
		p.state[page] |= linuxReferenced
	}
}

// Victim deactivates until the inactive list is as long as the active one, and takes its oldest page. The shadow entry
// keeps the age at which it left.
// Linux: shrink_active_list (mm/vmscan.c), workingset_eviction (mm/workingset.c).
func (p *linux) Victim(ID) ID {
	for p.size[linuxInactive] < p.size[linuxActive] {
		page := p.back(linuxActive)
		p.move(linuxActive, linuxInactive, page)
		p.state[page] &^= linuxIsActive
	}
	page := p.pop(linuxInactive)
	p.shadows[page] = p.age
	p.age++
	return page
}

// Add puts a page onto the inactive list. One that comes back within as many steps as there are active pages goes onto
// the active list.
// Linux: workingset_refault (mm/workingset.c).
func (p *linux) Add(page ID) {
	evicted, refault := p.shadows[page]
	delete(p.shadows, page)
	if refault && p.age-evicted <= uint64(p.size[linuxActive]) {
		p.push(linuxActive, page)
		p.state.set(page, linuxIsActive|linuxReferenced)
		p.age++
		return
	}
	p.push(linuxInactive, page)
	p.state.set(page, linuxReferenced)
}

// Remove takes a page off its list, without a shadow: it was not evicted.
func (p *linux) Remove(page ID) {
	from := linuxInactive
	if p.state[page]&linuxIsActive != 0 {
		from = linuxActive
	}
	p.take(from, page)
}
