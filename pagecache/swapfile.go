package pagecache

import (
	"bytes"
	"encoding/binary"
	"syscall"

	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/phys"
)

// A swap area may be a file: pages go to the file's blocks on the device, past the file system and the page cache. So
// no block may be missing, and none may move while the area is in use: the file keeps its name, its size and its bytes.
//
//	/data/swap    page    0        1   2   3       4   5
//	              block  [header] [40  41  42]    [96  97]      place 4 of the area is block 96
//
// Linux: setup_swap_extents (mm/swapfile.c), iomap_swapfile_activate (fs/iomap/swapfile.c).

// The header that mkswap writes into the first page of an area.
// Linux: union swap_header (include/linux/swap.h).
const (
	swapSignature   = "SWAPSPACE2" // at the end of the page
	swapVersionAt   = 1024
	swapLastPageAt  = swapVersionAt + 4
	swapBadPagesAt  = swapVersionAt + 8 // how many places the device cannot keep
	swapVersion     = 1
	swapSignatureAt = vm.PageSize - len(swapSignature)
)

// SwapHeader is the first page of a prepared area of so many pages, this one included.
// Linux: mkswap(8).
func SwapHeader(pages uint64) (h [vm.PageSize]byte) {
	binary.LittleEndian.PutUint32(h[swapVersionAt:], swapVersion)
	binary.LittleEndian.PutUint32(h[swapLastPageAt:], uint32(pages-1))
	copy(h[swapSignatureAt:], swapSignature)
	return h
}

// headerPages is how many pages a swap area has according to the header of a file of so many pages; 0 if the header is
// not valid. A file may be longer than its area, but not shorter.
// Linux: read_swap_header (mm/swapfile.c).
func headerPages(h *[vm.PageSize]byte, pages uint64) uint64 {
	last := uint64(binary.LittleEndian.Uint32(h[swapLastPageAt:]))
	switch {
	case !bytes.Equal(h[swapSignatureAt:], []byte(swapSignature)),
		binary.LittleEndian.Uint32(h[swapVersionAt:]) != swapVersion,
		last == 0 || last+1 > pages,
		binary.LittleEndian.Uint32(h[swapBadPagesAt:]) != 0:
		return 0
	}
	return last + 1
}

// SwapFileError says why a file cannot be a swap area: EINVAL.
// Linux: none; the kernel's log says it.
type SwapFileError struct{ Why string }

func (e *SwapFileError) Error() string { return e.Why }

// unfit is a SwapFileError.
func unfit(why string) error { return &SwapFileError{why} }

// AddFile adds a file as a swap area, and holds it open. It writes the file back first: from now on the area's pages go
// to the blocks directly, and a dirty page of the file that is written later would overwrite one. The error is a
// *SwapFileError, or that of reading and writing the file.
// Linux: sys_swapon (mm/swapfile.c).
func (c *SwapCache) AddFile(f *File, priority int) error {
	m := f.Mapping
	d := m.ops.onDisk()
	if d == nil {
		return unfit("the file lies in memory alone, and only one on a disk can be a swap area")
	}
	pages, err := d.areaPages(m)
	if err != nil {
		return err
	}
	// The sync also gives delayed blocks a place.
	if err := f.Sync(0, LastPage, AllOfIt); err != nil {
		return err
	}
	blocks, ok := d.blocksOfPages(uint64(m.size) >> vm.PageShift)
	if !ok {
		return unfit("the file has a hole: a swap area needs all its blocks, as fallocate or writing gives them")
	}
	m.Swapfile = true
	f.Hold()
	c.add(&swapArea{name: f.Path(), priority: priority, device: d.fs.Device, file: f, blocks: blocks[:pages],
		rotational: rotational(d.fs.Device.Profile)}, pages)
	return nil
}

// areaPages is how many pages the area has that the file's header describes.
func (d *ext4File) areaPages(m *Mapping) (uint64, error) {
	head, err := d.firstPage(m)
	if err != nil {
		return 0, err
	}
	defer m.Cache.Memory.Put(head)
	pages := headerPages(head.Data(), uint64(m.size)>>vm.PageShift)
	if pages == 0 {
		return 0, unfit("the file has no valid header: mkswap writes one, and so does the word swap of a .file line")
	}
	return pages, nil
}

// firstPage is the file's first page, read if it is not in the cache, with a reference. Nothing is read ahead.
// Linux: read_mapping_folio (include/linux/pagemap.h).
func (d *ext4File) firstPage(m *Mapping) (*phys.Frame, error) {
	if m.size == 0 {
		return nil, unfit("the file is empty")
	}
	if m.pages.Get(0) == nil {
		d.readPages(m, 0, 1, 0)
	}
	f := m.folio(0)
	if f.head == nil {
		return nil, syscall.ENOMEM
	}
	if m.waitFolio(f); !f.has(phys.Uptodate) {
		if err := d.readFolio(f); err != nil {
			return nil, err
		}
	}
	head := f.frame(0)
	head.Hold()
	return head, nil
}

// blocksOfPages are the device's blocks of the file's first pages; ok is false if a part of a page has no block.
// Unwritten blocks are good enough: the area does not read what it has not written. A page needs one block of 4 KiB of
// the device that holds nothing else: its four blocks of 1 KiB must lie in one.
// Linux: iomap_swapfile_iter (fs/iomap/swapfile.c).
func (d *ext4File) blocksOfPages(pages uint64) (blocks []disk.Block, ok bool) {
	blocks = make([]disk.Block, 0, pages)
	for b, end := disk.FileBlock(0), disk.FileBlock(pages*disk.Parts); b < end; {
		e, ok := d.inode.Map(b, uint64(end-b))
		if !ok || e.State == disk.Delayed {
			return nil, false
		}
		for x := (b + disk.Parts - 1) &^ (disk.Parts - 1); x < e.End(); x += disk.Parts {
			blocks = append(blocks, (e.Place + disk.Place(x-e.First)).Block())
		}
		b = e.End()
	}
	return blocks, uint64(len(blocks)) == pages
}

// SwapArea is the name of the area that a file is; ok is false for none.
func (c *SwapCache) SwapArea(m *Mapping) (name string, ok bool) {
	for _, a := range c.order {
		if a.file != nil && a.file.Mapping == m {
			return a.name, true
		}
	}
	return "", false
}

// release gives up the file of an area.
func (a *swapArea) release() {
	if a.file != nil {
		a.file.Mapping.Swapfile = false
		a.file.Put()
	}
}

// block is where a place lies on the device.
// Linux: swap_folio_sector (mm/swapfile.c).
func (a *swapArea) block(place uint64) disk.Block {
	if a.blocks != nil {
		return a.blocks[place]
	}
	return disk.Block(place)
}
