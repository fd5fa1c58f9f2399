package pagecache

import (
	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/phys"
)

// A program of the model can have the disk fail (.fail), to see what a call returns then. Failures are by page of a
// file, not by block: a program does not know where its blocks lie.

// transferOf names the transfers of a page in one direction. Reads and writes fail apart: .fail read leaves writeback
// of the same page to succeed.
type transferOf struct {
	op   disk.Op
	page vm.PageIndex // LastPage for all pages
}

// Fail makes every further transfer of a page of the file fail; LastPage means all pages.
// Linux: none; fault injection.
func (m *Mapping) Fail(op disk.Op, page vm.PageIndex, err error) {
	d := m.ops.onDisk()
	if d == nil {
		return
	}
	if d.faulty == nil {
		d.faulty = map[transferOf]error{}
	}
	d.faulty[transferOf{op, page}] = err
}

// failure is the error of a request for the given frames: that of the first page that fails, nil for none. One page
// that fails makes the whole request fail, as a device reports one status for a request.
func (d *ext4File) failure(op disk.Op, frames []*phys.Frame) error {
	if len(d.faulty) == 0 {
		return nil
	}
	for _, x := range frames {
		for _, page := range [...]vm.PageIndex{vm.PageIndex(x.Index), LastPage} {
			if err := d.faulty[transferOf{op, page}]; err != nil {
				return err
			}
		}
	}
	return nil
}
