package vm

// Reserve notes for which of its huge pages a file, or a private area, has asked the pool ahead of need. For a file the
// pages in it are reserved or there already; for a private area those in it have used their reservation up, and all
// others still have one.
// Linux: struct resv_map (include/linux/hugetlb.h).
type Reserve struct{ pages map[uint64]struct{} }

// NewReserve makes one without pages.
func NewReserve() *Reserve { return &Reserve{pages: map[uint64]struct{}{}} }

// Has reports whether the page is in it.
func (r *Reserve) Has(i uint64) bool {
	_, ok := r.pages[i]
	return ok
}

// Add puts a page in.
// Linux: region_add (mm/hugetlb.c).
func (r *Reserve) Add(i uint64) { r.pages[i] = struct{}{} }

// Remove takes a page out.
func (r *Reserve) Remove(i uint64) { delete(r.pages, i) }

// Count is how many pages from first up to end are in it.
// Linux: region_count (mm/hugetlb.c).
func (r *Reserve) Count(first, end uint64) (n uint64) {
	for i := range r.pages {
		if i >= first && i < end {
			n++
		}
	}
	return n
}

// Cut takes all pages from first up to end out, and says how many those were.
// Linux: region_del (mm/hugetlb.c).
func (r *Reserve) Cut(first, end uint64) (n uint64) {
	for i := range r.pages {
		if i >= first && i < end {
			delete(r.pages, i)
			n++
		}
	}
	return n
}

// HugeIndexOf is the how manieth huge page of the file address x of the area shows.
// Linux: vma_hugecache_offset (mm/hugetlb.c).
func (a *Area) HugeIndexOf(x Addr) uint64 {
	page := a.PageSize()
	return uint64(x-a.Start)/page + uint64(a.Index)/(page/PageSize)
}

// Unused is how many huge pages of a private area still have their reservation.
// Linux: hugetlb_vm_op_close (mm/hugetlb.c).
func (a *Area) Unused() uint64 {
	if a.Reserve == nil {
		return 0
	}
	first, end := a.HugeIndexOf(a.Start), a.HugeIndexOf(a.End)
	return end - first - a.Reserve.Count(first, end)
}
