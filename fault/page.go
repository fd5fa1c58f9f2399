package fault

import (
	"vmsim/vm"
	"vmsim/vm/phys"
)

// Page is the faulting page, with the operations that repair its fault. A Repairer or CopyOnWrite may use it during one
// call. Each method is one step of Linux's own repair, so that the log of a policy can be compared with Linux's.
//
//	NewFrame  ─┐                      ┌─ MapOwn    a private page: the process's own
//	FilePage  ─┼─ CopyTo, MakeWritable┼─ MapFile   a file's page, as the page cache has it
//	SwapIn    ─┘                      └─ Allow     the entry as it is, with more rights
//
// Linux: struct vm_fault (include/linux/mm.h), and the functions of mm/memory.c that take one.
type Page struct {
	h *Handler
	f *vm.Fault
	e vm.PTE
}

// page is the handler's one Page, for the fault f on entry e.
func (h *Handler) page(f *vm.Fault, e vm.PTE) *Page {
	h.handed = Page{h: h, f: f, e: e}
	return &h.handed
}

// Addr is where the page begins.
func (p *Page) Addr() vm.Addr { return p.f.Addr }

// Index is the page's number in its file; for anonymous memory its number in the address space.
func (p *Page) Index() vm.PageIndex { return p.f.Index }

// Access is what the instruction does: vm.Load, vm.Store or vm.Fetch.
func (p *Page) Access() vm.Access { return p.f.Access }

// Area is the area that holds the page. It must not be changed.
func (p *Page) Area() *vm.Area { return p.f.Area }

// Entry is the page-table entry as the fault found it.
func (p *Page) Entry() vm.PTE { return p.e }

// Frame is the frame that the entry shows; nil where it shows none, or one that is not counted: the frame of zeros, or
// a device's.
// Linux: vm_normal_page (mm/memory.c).
func (p *Page) Frame() *phys.Frame { return p.f.Space.NormalFrame(p.e) }

// ShowsZeros reports whether the entry maps the shared zero page.
// Linux: is_zero_pfn (include/linux/pgtable.h).
func (p *Page) ShowsZeros() bool { return p.e.Present() && p.e.PFN() == p.h.Memory.Zero().PFN() }

// OnlyHere reports whether the frame is exclusive to this process: it is private memory, and no other entry, swap cache
// or copy in progress refers to it. Linux then reuses it without a copy.
// Linux: wp_can_reuse_anon_folio (mm/memory.c).
func (p *Page) OnlyHere() bool {
	frame := p.Frame()
	return frame != nil && frame.Has(phys.Anon) && (frame.Has(phys.Exclusive) || p.h.takeOver(p.f, frame))
}

// NewFrame takes a frame of zeros for a private page; MapOwn or Release must follow. The error is ENOMEM.
// Linux: vma_alloc_zeroed_movable_folio (include/linux/highmem.h).
func (p *Page) NewFrame() (*phys.Frame, error) {
	p.f.Area.PrepareAnon()
	return p.h.newAnon(p.f)
}

// FilePage asks the file for the page, which reads it from the disk where it must; MapFile or Release must follow. The
// error is ErrNoPage beyond the end of the file, or ErrRetry.
// Linux: __do_fault (mm/memory.c).
func (p *Page) FilePage() (*phys.Frame, error) {
	stepFileFault(p.f.Space.Log, p.f.Addr, p.f.Index)
	return p.f.Area.Backing.Fault(p.f)
}

// MapAround maps the pages of the file around the fault that are in the page cache already, as many as Linux does; own
// is true where the faulting page was among them.
// Linux: do_fault_around (mm/memory.c).
func (p *Page) MapAround() (own bool) {
	if p.f.Area.Anonymous() || !p.f.Area.Backing.Traits().Has(vm.FaultAround) {
		return false
	}
	return p.h.faultAround(p.f)
}

// CopyTo copies the page that the entry shows, of which the frame of zeros is one, to a new frame.
// Linux: __wp_page_copy_user (mm/memory.c).
func (p *Page) CopyTo(own *phys.Frame) {
	if p.ShowsZeros() {
		stepCopyZero(p.f.Space.Log, vm.PageSize, own.PFN(), p.f.Addr)
	} else {
		p.h.Memory.CopyFrame(own, p.h.Memory.Frame(p.e.PFN()))
		stepCopyCow(p.f.Space.Log, vm.PageSize, p.e.PFN(), own.PFN())
	}
	stepCowBroken(p.f.Space.Log, p.f.Addr, p.e.PFN(), own.PFN())
}

// CopyFile copies a file's page to a new frame.
// Linux: do_cow_fault (mm/memory.c).
func (p *Page) CopyFile(own, file *phys.Frame) {
	p.h.Memory.CopyFrame(own, file)
	stepCopyCow(p.f.Space.Log, vm.PageSize, file.PFN(), own.PFN())
	stepCowBroken(p.f.Space.Log, p.f.Addr, file.PFN(), own.PFN())
}

// ZeroFilled notes that a new frame is used as it is, full of zeros: the copy counts as zeroed bytes.
// Linux: clear_user_highpage (include/linux/highmem.h).
func (p *Page) ZeroFilled(own *phys.Frame) {
	stepCopyZero(p.f.Space.Log, vm.PageSize, own.PFN(), p.f.Addr)
}

// MapZeros maps the frame of zeros that all processes share, for loads.
// Linux: do_anonymous_page (mm/memory.c).
func (p *Page) MapZeros() { p.h.mapZeros(p.f) }

// MapOwn maps a new frame in the place of what the entry shows: dirty, and writable where the area is. The frame is the
// page table's from then on.
// Linux: wp_page_copy (mm/memory.c).
func (p *Page) MapOwn(own *phys.Frame) {
	if p.Frame() != nil {
		p.f.Space.ClearEntry(p.f.Area, p.f.Addr)
	}
	p.h.mapOwn(p.f, own)
}

// MapFile maps a file's page as the page cache has it. For a store to a shared area it is writable and dirty, and
// MakeWritable comes first. It drops the reference of FilePage.
// Linux: finish_fault (mm/memory.c).
func (p *Page) MapFile(frame *phys.Frame) error {
	defer p.h.Memory.Put(frame)
	if p.f.Access != vm.Store || !p.f.Area.Flags.Has(vm.Shared) {
		mapShared(p.f, frame, 0)
		return nil
	}
	mapShared(p.f, frame, vm.PteWrite|vm.PteDirty)
	return p.h.dirtied(p.f, frame)
}

// MakeWritable lets the file system prepare for a store to a page of a shared file: blocks, the journal. The error is
// ErrNoPage where the disk is full.
// Linux: do_page_mkwrite (mm/memory.c).
func (p *Page) MakeWritable(frame *phys.Frame) error { return p.h.makeWritable(p.f, frame) }

// Dirtied marks the file's page dirty, so that it will be written back.
// Linux: fault_dirty_shared_page (mm/memory.c).
func (p *Page) Dirtied(frame *phys.Frame) error { return p.h.dirtied(p.f, frame) }

// Allow sets the accessed bit of the entry, and for a store the dirty bit, and makes the entry writable where the area
// is.
// Linux: wp_page_reuse (mm/memory.c).
func (p *Page) Allow() {
	if p.f.Access == vm.Store {
		if frame := p.Frame(); frame != nil && frame.Has(phys.Anon) && !p.e.Writable() {
			stepCowReused(p.f.Space.Log, p.f.Addr, frame.PFN())
		}
		p.h.reuse(p.f, p.e)
		return
	}
	p.f.Space.SetEntry(p.f.Addr, p.e|vm.PteAccessed)
}

// SwapIn brings the page back from the swap area and maps it; a store to a page that others still refer to then copies
// it.
// Linux: do_swap_page (mm/memory.c).
func (p *Page) SwapIn() error { return p.h.swapIn(p.f, p.e) }

// Release gives up a frame of NewFrame or FilePage that is not mapped after all.
// Linux: folio_put (include/linux/mm.h).
func (p *Page) Release(frame *phys.Frame) { p.h.Memory.Put(frame) }
