package syscalls

import (
	"fmt"
	"slices"
	"syscall"

	"vmsim/fault"
	"vmsim/pagecache"
	"vmsim/syscalls/binfmt"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// special is the backing of the kernel's own pages in each process: [vdso], [vvar].
// Linux: struct vm_special_mapping (include/linux/mm_types.h).
type special struct {
	name    string
	which   *profile.Profile
	frame   map[vm.PageIndex]*phys.Frame
	reclaim *pagecache.Reclaim
	pages   uint64
	whole   bool // its areas cannot be split
}

func (s *special) Name() string                    { return s.name }
func (s *special) Inode() (dev uint32, ino uint64) { return 0, 0 }
func (s *special) Opened(*vm.Area)                 {}
func (s *special) Closed(*vm.Area)                 {}
func (s *special) Areas() *vm.AreaSet              { return nil }

func (s *special) Traits() vm.Traits {
	t := vm.NoFile | vm.KeepsCount | vm.Device
	if s.whole {
		t |= vm.Unsplittable
	}
	return t
}

// absent are the special pages without content on an ordinary machine: the clocks of time namespaces and of
// hypervisors, and data of other architectures.
// Linux: vvar_fault (lib/vdso/datastore.c), vvar_vclock_fault (arch/x86/entry/vdso/vma.c).
var absent = map[string][]vm.PageIndex{"[vvar]": {1, 3}, "[vvar_vclock]": {1}}

func (s *special) Fault(q *vm.Fault) (*phys.Frame, error) {
	vvar := s.name == "[vvar]"
	if slices.Contains(absent[s.name], q.Index) && !(vvar && s.which.Has(profile.VvarLocked)) {
		return nil, vm.ErrNoPage
	}
	f := s.frame[q.Index]
	if f == nil {
		flags := phys.Reserved | phys.Uptodate // part of the kernel's image
		if vvar && s.which.Has(profile.VvarFrames) {
			flags = 0
		}
		if f = s.reclaim.KernelFrame(nil, uint64(q.Index), flags); f == nil {
			return nil, vm.ErrNoPage
		}
		s.frame[q.Index] = f
	}
	f.Hold()
	return f, nil
}

// MayMove reports whether mremap may move so many pages: only all of them, even if the area could be split.
// Linux: vdso_mremap, vvar_mremap (arch/x86/entry/vdso/vma.c).
func (s *special) MayMove(pages uint64) bool { return pages == s.pages }

func (s *special) MapAround(*vm.Fault, vm.PageIndex, vm.PageIndex) (int, bool) { return 0, false }
func (s *special) MakeWritable(*vm.Fault, *phys.Frame) error                   { return nil }

// specialFlags are the flags of the kernel's own areas, by name.
// Linux: vdso_install_vvar_mapping (lib/vdso/datastore.c), map_vdso (arch/x86/entry/vdso/vma.c).
var specialFlags = map[string]vm.Flags{
	"[vvar]":        vm.Read | vm.MayRead | vm.IO | vm.DontDump | vm.PFNMap | vm.DontExpand,
	"[vvar_vclock]": vm.Read | vm.MayRead | vm.IO | vm.DontDump | vm.PFNMap | vm.DontExpand,
	"[vdso]":        vm.Read | vm.Exec | vm.MayRead | vm.MayWrite | vm.MayExec | vm.DontExpand,
}

// flagsOfSpecial are the flags of the area of that name; 0 where it is none of the kernel's own. [vvar] shows bare
// frames until 7.1, and counts as a device's until 7.3.
func (k *Kernel) flagsOfSpecial(name string) vm.Flags {
	f := specialFlags[name]
	if name != "[vvar]" {
		return f
	}
	if k.config.Profile.Has(profile.VvarFrames) {
		f = f&^vm.PFNMap | vm.MixedMap
	}
	if k.config.Profile.Has(profile.VvarLocked) {
		f &^= vm.IO
	}
	return f
}

// Exec gives the process the areas that execve and the loader make, the heap's start, and the pages that execve has
// touched. The error is ENOENT if a file of an area does not exist; the old image then stays.
// Linux: load_elf_binary (fs/binfmt_elf.c).
func (p *Process) Exec(areas []binfmt.Area, brk vm.Addr, present []vm.Addr) error {
	files, err := p.kernel.openImages(areas)
	if err != nil {
		return err
	}
	p.endThreads()
	p.freshSpace()
	p.closeOnExec()
	p.forgetHandlers()
	p.Space.Layout.StartBrk = brk
	p.Space.SetBrk(brk)
	p.Space.Layout.StartCode, p.Space.Layout.EndCode = codeRange(areas)
	for i, l := range areas {
		p.layOut(l, files[i])
	}
	putAll(files)
	if len(present) == 0 {
		// execve has put arguments and environment there.
		present = []vm.Addr{p.Space.Layout.StackTop}
	}
	for _, x := range present {
		_, _ = p.CPU.Borrow(x, vm.Store) // the program's name
		_, _ = p.CPU.Borrow(x, vm.Store) // its arguments
	}
	p.sp = p.Space.Layout.StackTop.Floor()
	p.CPU.Minor, p.CPU.Major = 0, 0
	return nil
}

// openImages opens the file of each area, once for all areas that show it; nil is for an area without a file.
// Linux: open_exec (fs/exec.c).
func (k *Kernel) openImages(areas []binfmt.Area) ([]*pagecache.File, error) {
	files := make([]*pagecache.File, len(areas))
	for i, l := range areas {
		if !namesFile(l.Name) {
			continue
		}
		if first := slices.IndexFunc(areas, func(o binfmt.Area) bool { return o.Name == l.Name }); first < i {
			files[i] = files[first]
			files[i].Hold()
			continue
		}
		x := k.files.at(l.Name)
		if x == nil || x.IsDir() {
			putAll(files)
			return nil, fmt.Errorf("exec %s: %w", l.Name, syscall.ENOENT)
		}
		files[i] = x.File.OpenAs(x, pagecache.ModeRead)
	}
	return files, nil
}

func putAll(files []*pagecache.File) {
	for _, f := range files {
		if f != nil {
			f.Put()
		}
	}
}

// namesFile reports whether an area's name is a path: it is neither empty nor in brackets.
func namesFile(name string) bool { return name != "" && name[0] != '[' }

// freshSpace unmaps the old image. A process that shared it gets an address space of its own.
// Linux: exec_mmap (fs/exec.c).
func (p *Process) freshSpace() {
	fresh := p.mm.inherited()
	fresh.denyExec, fresh.keys = p.mm.denyExec, newKeyring(p.kernel.config.Profile)
	if p.mm.users == 1 {
		p.Space.UnmapAll()
		p.mm.end()
		p.Space.Future = 0
	} else {
		p.leave()
		p.Space = p.kernel.newSpace(p.limits)
		p.CPU = fault.NewCPU(p.Space, p.kernel.handler)
	}
	p.settleIn(fresh)
}

// codeRange is the range of the program's own code: the executable areas of the file that is mapped lowest.
// Linux: load_elf_binary (fs/binfmt_elf.c).
func codeRange(areas []binfmt.Area) (start, end vm.Addr) {
	for _, l := range areas {
		if l.Name == "" || l.Name != areas[0].Name || !l.Flags.Has(vm.Exec) {
			continue
		}
		if start == 0 {
			start = l.Start
		}
		end = l.End
	}
	return start, end
}

// layOut maps one area of an image; f is its file, nil for none.
func (p *Process) layOut(l binfmt.Area, f *pagecache.File) {
	if l.Name == "[vsyscall]" {
		return
	}
	r := vm.Region{Start: l.Start, End: l.End, Index: vm.PageIndex(l.Offset >> vm.PageShift)}
	r.Flags = p.mappedFlags(vm.Protection(l.Flags&vm.AccessFlags)) | vm.MayRead | vm.MayWrite | vm.MayExec
	switch {
	case specialFlags[l.Name] != 0:
		r.Flags = p.kernel.flagsOfSpecial(l.Name)
		r.Backing = p.kernel.specialNamed(l.Name, uint64(l.End-l.Start)>>vm.PageShift)
		r.Index = 0
	case l.Name == "[stack]":
		r.Flags |= vm.GrowsDown
		r.Index = vm.PageIndex(r.Start.Page())
		p.Space.Layout.StackTop = l.End - 0x20
	case f == nil:
		r.Index = vm.PageIndex(r.Start.Page())
	default:
		f.Mapping.Preload(r.Index, min(uint64(r.End-r.Start)>>vm.PageShift, l.Cached))
		r.Backing = f
		if !p.follows(profile.NoDenyWrite) {
			r.Flags |= vm.DenyWrite
		}
		if data := &p.Space.Layout; l.End <= data.StartBrk {
			// The last segment with bytes in the program's file is its data.
			data.StartData, data.EndData = max(data.StartData, l.Start), max(data.EndData, l.End)
		}
	}
	switch {
	case l.Flags.Has(vm.MayShare):
		r.Flags |= vm.Shared | vm.MayShare
	case r.Flags.Has(vm.Write):
		r.Flags |= vm.Account
	}
	p.Space.MakeCounted(r)
}

// specialNamed is the machine's backing of that name and size: one for all processes.
func (k *Kernel) specialNamed(name string, pages uint64) *special {
	if k.specials[name] == nil {
		which := k.config.Profile
		k.specials[name] = &special{name: name, which: which, frame: map[vm.PageIndex]*phys.Frame{},
			reclaim: &k.Cache.Reclaim, pages: pages, whole: which.Has(profile.SpecialWhole)}
	}
	return k.specials[name]
}
