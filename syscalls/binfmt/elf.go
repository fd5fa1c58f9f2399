// Package binfmt reads ELF files and lays out the address space that execve makes of them.
//
// It maps nothing: LayOut gives a list of areas, as /proc/PID/maps would show them with address randomisation off, and
// syscalls.Process.Exec maps what is in such a list, whether it was computed here or recorded from a real kernel.
package binfmt

import (
	"cmp"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"vmsim/vm"
)

// Image is an ELF file as execve sees it: a program, or the interpreter that a program names.
// Linux: struct linux_binprm (include/linux/binfmts.h) with the program headers (fs/binfmt_elf.c).
type Image struct {
	Path        string
	Interpreter string // the path of it, empty for a static program

	movable  bool // may be loaded anywhere: ET_DYN
	segments []elf.Prog64
	stack    vm.Flags // what the stack must allow besides reading and writing
}

// maxPath is the longest path, its final zero included.
// Linux: PATH_MAX (include/uapi/linux/limits.h).
const maxPath = 4096

// Read reads the headers of an ELF file for x86-64: those that execve reads, and no section's.
func Read(path string, r io.ReaderAt) (*Image, error) {
	im := &Image{Path: path}
	segments, err := im.readHeaders(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, s := range segments {
		switch t := elf.ProgType(s.Type); {
		case t == elf.PT_INTERP && im.Interpreter == "":
			name, err := io.ReadAll(io.NewSectionReader(r, int64(s.Off), int64(min(s.Filesz, maxPath))))
			if err != nil {
				return nil, fmt.Errorf("%s: its interpreter: %w", path, err)
			}
			im.Interpreter = strings.TrimRight(string(name), "\x00")
		case t == elf.PT_LOAD && s.Filesz <= s.Memsz && s.Memsz <= uint64(vm.TaskSize) &&
			s.Vaddr <= uint64(vm.TaskSize)-s.Memsz:
			im.segments = append(im.segments, s)
		case t == elf.PT_LOAD:
			return nil, fmt.Errorf("%s: a segment does not fit into an address space", path)
		case t == elf.PT_GNU_STACK && elf.ProgFlag(s.Flags)&elf.PF_X != 0:
			im.stack = vm.Exec
		}
	}
	if len(im.segments) == 0 {
		return nil, fmt.Errorf("%s: it has no segment to load", path)
	}
	return im, nil
}

// mostHeaders is how many bytes the program headers may have.
// Linux: load_elf_phdrs (fs/binfmt_elf.c).
const mostHeaders = 65536

// readHeaders reads the header of the file and its program headers.
// Linux: load_elf_binary, load_elf_phdrs (fs/binfmt_elf.c).
func (im *Image) readHeaders(r io.ReaderAt) ([]elf.Prog64, error) {
	var h elf.Header64
	err := readAt(r, 0, &h)
	if string(h.Ident[:len(elf.ELFMAG)]) != elf.ELFMAG {
		return nil, errors.New("it is no ELF file: it does not begin with \\x7fELF")
	}
	machine, kind := elf.Machine(h.Machine), elf.Type(h.Type)
	size := int(h.Phnum) * binary.Size(elf.Prog64{})
	switch {
	case err != nil:
		return nil, fmt.Errorf("its header: %w", err)
	case machine != elf.EM_X86_64 || kind != elf.ET_EXEC && kind != elf.ET_DYN:
		return nil, fmt.Errorf("%v for %v: only programs for x86-64 are laid out", kind, machine)
	case int(h.Phentsize) != binary.Size(elf.Prog64{}) || size == 0 || size > mostHeaders || h.Phoff > math.MaxInt64:
		return nil, fmt.Errorf("%d program headers of %d bytes: execve refuses them", h.Phnum, h.Phentsize)
	}
	im.movable = kind == elf.ET_DYN
	segments := make([]elf.Prog64, h.Phnum)
	if err := readAt(r, int64(h.Phoff), segments); err != nil {
		return nil, fmt.Errorf("its program headers: %w", err)
	}
	return segments, nil
}

// readAt fills a structure of fixed size from a place in a file.
func readAt(r io.ReaderAt, at int64, to any) error {
	return binary.Read(io.NewSectionReader(r, at, int64(binary.Size(to))), binary.LittleEndian, to)
}

// Area is a range that a process starts with.
// Linux: none; a line of /proc/PID/maps.
type Area struct {
	Start, End vm.Addr
	Flags      vm.Flags // access, and MayShare for shared ones
	Offset     uint64
	Name       string // a path, [stack], [heap], [vdso], …, or nothing
	Cached     uint64 // how many of its first pages are in the page cache already, for a file's
}

// span is the range that the segments take up, in whole pages, before they are moved.
// Linux: total_mapping_size (fs/binfmt_elf.c).
func (im *Image) span() (start vm.Addr, n uint64) {
	start = ^vm.Addr(0)
	end := vm.Addr(0)
	for _, s := range im.segments {
		start = min(start, vm.Addr(s.Vaddr).Floor())
		end = max(end, vm.Addr(s.Vaddr+s.Memsz))
	}
	return start, vm.PageAlign(uint64(end - start))
}

// alignment is the largest that a segment asks for.
// Linux: maximum_alignment (fs/binfmt_elf.c).
func (im *Image) alignment() vm.Addr {
	most := vm.Addr(vm.PageSize)
	for _, s := range im.segments {
		if a := vm.Addr(s.Align); a&(a-1) == 0 {
			most = max(most, a)
		}
	}
	return most
}

// loader lays out the address space of a new program, from the top of the mapping area down.
// Linux: load_elf_binary (fs/binfmt_elf.c).
type loader struct {
	areas   []Area
	touched []vm.Addr // pages that execve writes to
	top     vm.Addr   // where the next thing that may lie anywhere ends
}

// movableBase is where programs that may be loaded anywhere lie, two thirds up the address space.
// Linux: ELF_ET_DYN_BASE (arch/x86/include/asm/elf.h).
const movableBase = vm.TaskSize / 3 * 2

// Lay out sizes that do not depend on the program.
const (
	vvarPages, vclockPages, vdsoPages = 4, 2, 2
	// stackPages is the page with arguments and environment, and 128 KiB for a start.
	stackPages = 1 + 32
	stackEnd   = vm.TaskSize
)

// LayOut is the areas that execve makes of a program and its interpreter (nil for none) with address randomisation off,
// the heap's start, and the pages that execve has touched. stackLimit is RLIMIT_STACK.
func LayOut(program, interpreter *Image, stackLimit uint64) (areas []Area, brk vm.Addr, touched []vm.Addr,
	err error) {
	if (program.Interpreter != "") != (interpreter != nil) {
		return nil, 0, nil, errors.New("a program is laid out with the interpreter that it names, and only with one")
	}
	l := &loader{top: vm.MmapBase(stackLimit)}
	bias := vm.Addr(0)
	switch {
	case interpreter != nil && program.movable:
		start, _ := program.span()
		bias = (movableBase&^(program.alignment()-1) - start).Floor()
	case program.movable:
		bias = l.place(program)
	}
	brk = l.load(program, bias)
	if interpreter == nil && program.movable {
		brk = movableBase
	}
	if interpreter != nil {
		l.load(interpreter, l.place(interpreter))
	}
	l.special()
	l.areas = append(l.areas, Area{Start: stackEnd - stackPages*vm.PageSize, End: stackEnd,
		Flags: vm.Read | vm.Write | program.stack, Name: "[stack]"})
	l.touched = append(l.touched, stackEnd-vm.PageSize)
	brk, _ = brk.Ceil()
	if err := apart(l.areas); err != nil {
		return nil, 0, nil, fmt.Errorf("%s: %w", program.Path, err)
	}
	return l.areas, brk, l.touched, nil
}

// apart refuses areas that lie one upon the other or outside the address space: only a broken file asks for such.
func apart(areas []Area) error {
	sorted := slices.SortedFunc(slices.Values(areas),
		func(a, b Area) int { return cmp.Compare(a.Start, b.Start) })
	end := vm.Addr(0)
	for _, a := range sorted {
		if a.Start < end || a.Start < vm.MmapMinAddr || a.End <= a.Start || a.End > vm.TaskSize || !a.Start.Aligned() ||
			!a.End.Aligned() {
			return errors.New("its segments do not fit beside each other into an address space")
		}
		end = a.End
	}
	return nil
}

// place is how far an image that may lie anywhere is moved: to below what is there already.
func (l *loader) place(im *Image) (bias vm.Addr) {
	start, n := im.span()
	l.top = (l.top - vm.Addr(n)) &^ (im.alignment() - 1)
	return l.top - start
}

// load makes the areas of an image's segments; it returns where the last of them ends.
// Linux: elf_load (fs/binfmt_elf.c).
func (l *loader) load(im *Image, bias vm.Addr) (end vm.Addr) {
	for _, s := range im.segments {
		at := bias + vm.Addr(s.Vaddr)
		filled, last := at+vm.Addr(s.Filesz), at+vm.Addr(s.Memsz)
		end = max(end, last)
		prot := segmentFlags(s.Flags)
		fileEnd := at.Floor()
		if s.Filesz > 0 {
			fileEnd, _ = filled.Ceil()
			l.areas = append(l.areas, Area{Start: at.Floor(), End: fileEnd, Flags: prot,
				Offset: s.Off - at.Offset(), Name: im.Path})
			if last > filled && !filled.Aligned() && prot.Has(vm.Write) {
				l.touched = append(l.touched, filled.Floor()) // the rest of the page is cleared
			}
		}
		if zeroEnd, _ := last.Ceil(); zeroEnd > fileEnd && last > filled {
			l.areas = append(l.areas,
				Area{Start: fileEnd, End: zeroEnd, Flags: vm.Read | vm.Write | prot&vm.Exec})
		}
	}
	return end
}

func segmentFlags(f uint32) (out vm.Flags) {
	for _, b := range [...]struct {
		from elf.ProgFlag
		to   vm.Flags
	}{{elf.PF_R, vm.Read}, {elf.PF_W, vm.Write}, {elf.PF_X, vm.Exec}} {
		if elf.ProgFlag(f)&b.from != 0 {
			out |= b.to
		}
	}
	return out
}

// special makes the areas of the kernel's own pages.
// Linux: map_vdso (arch/x86/entry/vdso/vma.c).
func (l *loader) special() {
	at := l.top - (vvarPages+vclockPages+vdsoPages)*vm.PageSize
	for _, s := range [...]struct {
		name  string
		pages vm.Addr
		flags vm.Flags
	}{{"[vvar]", vvarPages, vm.Read}, {"[vvar_vclock]", vclockPages, vm.Read}, {"[vdso]", vdsoPages,
		vm.Read | vm.Exec}} {
		l.areas = append(l.areas, Area{Start: at, End: at + s.pages*vm.PageSize, Flags: s.flags, Name: s.name})
		at += s.pages * vm.PageSize
	}
}
