package vm

import (
	"math/bits"

	"vmsim/vm/phys"
)

// Backing is what supplies an area's pages: an open file, or the kernel's own special pages. Two areas have the same
// backing only where they come from the same open file, as two descriptors of one open() do. The page cache's File is
// the usual one. The space calls it for each fault and for each area that comes or goes, and never looks behind it:
// this is how vm stays below pagecache.
// Linux: struct vm_operations_struct with vm_file (include/linux/mm.h).
type Backing interface {
	// Name is the last column of /proc/PID/maps.
	Name() string
	// Inode is what maps shows in the columns before the name: the device's number and the inode's.
	Inode() (dev uint32, ino uint64)
	// Opened reports that area a maps the backing: a new area, or one half of a split one.
	Opened(a *Area)
	// Closed reports that a no longer does.
	Closed(a *Area)
	// Areas is the reverse map: the areas that show the backing's pages. nil where none is kept.
	Areas() *AreaSet
	// Traits say how its areas behave.
	Traits() Traits
	// Fault finds the page that f asks for, reads it in where it must, and returns its frame with a reference; the
	// error is ErrNoPage where there is none.
	Fault(f *Fault) (*phys.Frame, error)
	// MapAround sets the entries of the pages from f's First to Last that are at hand, without waiting; it returns how
	// many it set, and whether f's own is among them.
	MapAround(f *Fault, first, last PageIndex) (set int, own bool)
	// MakeWritable reports that a shared page is about to be written to; the error is ErrNoPage where that cannot be.
	MakeWritable(f *Fault, frame *phys.Frame) error
}

// MovesWhole is a backing that checks how many pages mremap moves.
// Linux: mremap of struct vm_special_mapping (include/linux/mm_types.h).
type MovesWhole interface{ MayMove(pages uint64) bool }

// Traits are what an area's behaviour depends on besides its flags. A set of bits, since each fault asks for it.
// Linux: which of the operations in vm_operations_struct are not NULL.
type Traits uint32

// The traits.
const (
	Unsplittable   Traits = 1 << iota // may_split fails
	NoFile                            // kernel memory that belongs to no file
	KeepsCount                        // has a close operation, so that a merge must not remove an area of it
	NotifyWrite                       // the first store to each shared page must fault: page_mkwrite
	FaultAround                       // has map_pages
	Shmem                             // its pages are shared memory, counted as such
	HugeAligned                       // its ranges are placed so that huge pages fit
	Device                            // not a file with a page cache
	Unmappable                        // has no mmap operation
	KnowsSync                         // MAP_SYNC is among its flags; without persistent memory it fails all the same
	UsedOnce                          // its data is not used again, so that accessed bits do not count; FMODE_NOREUSE
	Remaps                            // its mmap operation maps all of the device's frames at once
	GivesAnonymous                    // its private areas are anonymous memory, the shared ones shared anonymous memory

	hugeShift = 24 // from this bit on: the binary logarithm of the size of its huge pages, 0 for none
)

// HugePages is the trait of a backing that gives pages of that size in bytes.
func HugePages(size int64) Traits { return Traits(bits.TrailingZeros64(uint64(size))) << hugeShift }

// HugePage is the size in bytes of the huge pages that the backing gives; 0 for ordinary pages.
func (t Traits) HugePage() uint64 { return 1 << (t >> hugeShift) &^ 1 }

// Has reports whether the backing has all of the traits.
func (t Traits) Has(all Traits) bool { return t&all == all }

// Fault is a request for a page.
// Linux: struct vm_fault (include/linux/mm.h).
type Fault struct {
	Space  *Space
	Area   *Area
	Addr   Addr // start of the page
	Real   Addr // the very byte
	Index  PageIndex
	Access Access
	Major  bool // set where the fault waited for the disk

	// Kernel says that the kernel itself accesses the page, and not an instruction of the program.
	// Linux: FAULT_FLAG_USER, the other way round.
	Kernel bool
	// Locked says that the caller keeps its locks, so that the fault can wait for no one.
	// Linux: FAULT_FLAG_ALLOW_RETRY, the other way round.
	Locked bool
	// Protected says that a userfaultfd has write-protected the page, which the page table does not have.
	// Linux: vmf_orig_pte_uffd_wp (mm/memory.c).
	Protected bool
	// MayDrop says that a wait for the disk drops the locks and returns ErrRetry.
	// Linux: FAULT_FLAG_ALLOW_RETRY without FAULT_FLAG_TRIED.
	MayDrop bool
	// Tried says that this is a retry. Linux: FAULT_FLAG_TRIED.
	Tried bool
}

// ErrRetry is returned by a backing that dropped the locks to wait for the disk: the fault must be retried. The page
// may be in memory by then, and the entry may have changed: nothing of the first try is used again.
// Linux: VM_FAULT_RETRY (include/linux/mm_types.h).
var ErrRetry = retry{}

type retry struct{}

func (retry) Error() string { return "the fault must begin again" }

// ErrNoPage is returned by a backing that cannot supply the page: it is beyond the end of the file, or the disk failed.
// The process gets SIGBUS: the access is allowed by the area, but there is nothing to show.
// Linux: VM_FAULT_SIGBUS (include/linux/mm_types.h).
var ErrNoPage = noPage{}

type noPage struct{}

func (noPage) Error() string { return "no page available" }
