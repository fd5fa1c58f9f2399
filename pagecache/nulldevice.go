package pagecache

import (
	"syscall"

	"vmsim/vm"
	"vmsim/vm/phys"
)

// nullDevice is the store of /dev/null: nothing comes from it, anything goes to it, and it cannot be mapped.
// Linux: null_fops (drivers/char/mem.c).
type nullDevice struct{}

// NewNull makes the null device.
func (c *Cache) NewNull() *Mapping { return c.newMapping("/dev/null", nullDevice{}) }

func (nullDevice) traits() vm.Traits { return vm.Traits{Device: true, Unmappable: true} }

func (nullDevice) fault(*Mapping, *vm.Fault) (*phys.Frame, error)      { return nil, vm.ErrNoPage }
func (nullDevice) makeWritable(*Mapping, *vm.Fault, *phys.Frame) error { return vm.ErrNoPage }
func (nullDevice) readPage(*Mapping, *File, int64) (*phys.Frame, error) {
	return nil, nil
}

func (nullDevice) beginWrite(*Mapping, int64, int64) (folio, error) { return folio{}, syscall.ENODEV }

func (nullDevice) endWrite(*Mapping, folio, int64, int64, int64) int64 { return 0 }
func (nullDevice) dirtied(*Mapping, *phys.Frame)                       {}
func (nullDevice) resize(*Mapping, int64) error                        { return syscall.EINVAL }
func (nullDevice) punch(*Mapping, int64, int64) error                  { return syscall.ENODEV }
func (nullDevice) gone()                                               {}
func (nullDevice) leaving(*Mapping, folio)                             {}
func (nullDevice) forget(*Mapping, *phys.Frame)                        {}
func (nullDevice) limit() int64                                        { return maxFileSize }
func (nullDevice) device() uint32                                      { return 5 }
func (nullDevice) allocate(*Mapping, int64, int64, int64) error        { return syscall.ENODEV }
