package pagecache

import (
	"syscall"

	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// userfaultFile is the file of a userfaultfd: it has no pages and no type, and cannot be mapped.
// Linux: userfaultfd_fops (fs/userfaultfd.c).
type userfaultFile struct {
	nullDevice
	faults *vm.Userfaults
	end    func()
}

func (*userfaultFile) fileType() FileType { return Nameless }
func (*userfaultFile) device() uint32     { return anonInodeDevice }
func (u *userfaultFile) closed(*Mapping)  { u.end() }

// anonInodeDevice is the number of the file system of files that no path leads to.
// Linux: anon_inode_mnt (fs/anon_inodes.c).
const anonInodeDevice = 13

// NewUserfault makes an open file of a userfaultfd; end is called when it is closed for good.
// Linux: new_userfaultfd (fs/userfaultfd.c).
func (c *Cache) NewUserfault(u *vm.Userfaults, end func()) *File {
	m := c.newDevice("anon_inode:[userfaultfd]", &userfaultFile{faults: u, end: end})
	m.Perm = 0o600
	return m.Open(m.Label, ModeRead)
}

// Userfaults are the faults that an open file of a userfaultfd handles; nil for every other file.
// Linux: private_data of struct file (include/linux/fs.h).
func (f *File) Userfaults() *vm.Userfaults {
	if x, ok := f.Mapping.ops.(*userfaultFile); ok {
		return x.faults
	}
	return nil
}

// beyondFile is the reason for the errors of a page that is none of the file's.
const beyondFile = "the page lies beyond the end of the file"

// Given is the frame of page i of a file in memory that a program gives: fill puts the bytes into it. The frame has a
// reference. The error is fill's, ENOMEM on a full file system, EFAULT beyond the end of the file, or EEXIST.
//
//	the program        UFFDIO_COPY: the page at this address is to have these bytes
//	fill               the bytes go to a frame of their own first, as the copy may fault
//	page               the page of the file is allocated, if it has none
//	CopyFrame          and gets the bytes
//
// Linux: shmem_mfill_atomic_pte (mm/shmem.c).
func (m *Mapping) Given(i vm.PageIndex, fill func(*phys.Frame) error) (*phys.Frame, error) {
	s := m.ops.(*tmpfsFile)
	full := s.quota != nil && s.quota.Used >= s.quota.Max
	switch asks := m.Cache.Profile.Has(profile.GiftAsksFileFirst); {
	case full && !asks:
		return nil, m.Cache.refuse(syscall.ENOMEM, tmpfsFull)
	case i >= pagesFor(m.size) && asks:
		return nil, m.Cache.refuse(syscall.ENOMEM, beyondFile)
	}
	// The bytes are copied before the page is looked for: the copy may fault, which must not happen with the page
	// locked. So a call that fails with EEXIST has read its source all the same.
	own, err := m.Cache.filledFrame(fill)
	if err != nil {
		return nil, err
	}
	defer m.Cache.Memory.Put(own)
	switch {
	case i >= pagesFor(m.size):
		return nil, m.Cache.refuse(syscall.EFAULT, beyondFile)
	case m.present(i):
		return nil, m.Cache.refuse(syscall.EEXIST, "the file has the page already")
	case full:
		return nil, m.Cache.refuse(syscall.ENOMEM, tmpfsFull)
	}
	f, err := s.page(m, i)
	if err != nil {
		return nil, err
	}
	m.Cache.Memory.CopyFrame(f, own)
	f.Set(phys.Uptodate)
	f.Hold()
	return f, nil
}

// filledFrame allocates a frame that fill fills. The error is fill's, or ENOMEM.
func (c *Cache) filledFrame(fill func(*phys.Frame) error) (*phys.Frame, error) {
	if !c.Reclaim.Room(1, MustHave) {
		return nil, c.refuse(syscall.ENOMEM, noFrame)
	}
	own := c.Memory.Alloc(nil, 0, shmemFlags)
	if own == nil {
		return nil, c.refuse(syscall.ENOMEM, noFrame)
	}
	if err := fill(own); err != nil {
		c.Memory.Put(own)
		return nil, err
	}
	return own, nil
}

// Found is the frame of page i, which the file in memory has, with a reference. The error is EINVAL beyond the end of
// the file, EFAULT where the file does not have the page, or ENOMEM. It is for UFFDIO_CONTINUE: the page is in the page
// cache already, and only the entry is missing.
// Linux: shmem_get_folio with SGP_NOALLOC (mm/shmem.c).
func (m *Mapping) Found(i vm.PageIndex) (*phys.Frame, error) {
	switch {
	case i.FileOffset() >= m.size:
		if m.Cache.Profile.Has(profile.ContinueFindsNothing) {
			return nil, m.Cache.refuse(syscall.EFAULT, beyondFile)
		}
		return nil, m.Cache.refuse(syscall.EINVAL, beyondFile)
	case !m.present(i):
		return nil, m.Cache.refuse(syscall.EFAULT, "the file does not have the page")
	}
	s := m.ops.(*tmpfsFile)
	f, err := s.page(m, i)
	if err != nil {
		return nil, err
	}
	s.fill(m, f)
	f.Hold()
	return f, nil
}

// Reaches reports whether the file has room for page i before its end.
// Linux: mfill_file_over_size (mm/userfaultfd.c), the other way round.
func (m *Mapping) Reaches(i vm.PageIndex) bool { return i < pagesFor(m.size) }

// CopyPageIn copies the page of bytes at the user's address a to a frame; false where not all of it is readable.
// Linux: copy_from_user (include/linux/uaccess.h).
func (c *Cache) CopyPageIn(u User, frame *phys.Frame, a vm.Addr) (whole bool) {
	n := c.copyInOnce(u, frame, 0, a, vm.PageSize)
	stepCopyFromUser(c.Log, n, a, frame.PFN())
	return n == vm.PageSize
}
