// Package binfmt reads ELF files and lays out the address space that execve makes of them.
//
// It maps nothing: LayOut gives a list of areas, as /proc/PID/maps would show them with address randomisation off, and
// syscalls.Process.Exec maps what is in such a list, whether it was computed here or recorded from a real kernel.
//
// # What Linux does
//
// execve reads the header of the file and its program headers, and nothing else of it. Each PT_LOAD header becomes an
// area that shows the file, and one of zeros behind it where the segment is longer in memory than in the file: bss. If
// PT_INTERP names an interpreter, the dynamic loader, that is laid out as well, and runs first. Sections, symbols and
// relocations are none of the kernel's business: the loader reads them.
//
//	program         its headers say where; a movable one begins at two thirds of the space: 0x555555554000
//	heap            begins behind the program's last segment
//	...
//	[vvar] [vdso]   the kernel's own pages, below the interpreter
//	interpreter     the highest place below the mapping base
//	[stack]         33 pages to begin with, up to 0x7ffffffff000
//
// # What is kept
//
//   - Image: the headers of one ELF file, by Read.
//   - Layout: the areas of a program and its interpreter in the order in which execve makes them, by LayOut, with what
//     the kernel tells the program in its auxiliary vector: entry points, program headers, the interpreter's base.
//   - ScriptInterpreter: the first line of a script.
//   - Stub: a small program that is driven from outside; the same one runs in the model and on a real kernel.
//
// # The path of one operation
//
//	Read(program)          its headers; Interpreter names the loader
//	Read(interpreter)
//	LayOut                 the bias of the program, and the areas of its segments; then the interpreter, [vvar],
//	                       [vdso] and [stack]
//	Exec                   (package syscalls) maps the areas, writes the stack, and touches what execve touches
//
// # What is left out
//
// Address randomisation. ELF files for other processors, and 32-bit programs. Segments that overlap, or that do not fit
// into an address space, are errors here.
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
	entry    vm.Addr
	headers  int // how many program headers it has, and where
	headerAt uint64
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

// HeaderSize is the size of the header of an ELF file.
const HeaderSize = 64

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
	if err != nil {
		return nil, fmt.Errorf("its header: %w", err)
	}
	if err := checkHeader(&h); err != nil {
		return nil, err
	}
	im.movable, im.entry = elf.Type(h.Type) == elf.ET_DYN, vm.Addr(h.Entry)
	im.headers, im.headerAt = int(h.Phnum), h.Phoff
	segments := make([]elf.Prog64, h.Phnum)
	if err := readAt(r, int64(h.Phoff), segments); err != nil {
		return nil, fmt.Errorf("its program headers: %w", err)
	}
	return segments, nil
}

// checkHeader refuses a file that is no program for x86-64.
// Linux: load_elf_binary, load_elf_phdrs (fs/binfmt_elf.c).
func checkHeader(h *elf.Header64) error {
	machine, kind := elf.Machine(h.Machine), elf.Type(h.Type)
	size := int(h.Phnum) * binary.Size(elf.Prog64{})
	switch {
	case machine != elf.EM_X86_64 || kind != elf.ET_EXEC && kind != elf.ET_DYN:
		return fmt.Errorf("%v for %v: only programs for x86-64 are laid out", kind, machine)
	case int(h.Phentsize) != binary.Size(elf.Prog64{}) || size == 0 || size > mostHeaders || h.Phoff > math.MaxInt64:
		return fmt.Errorf("%d program headers of %d bytes: execve refuses them", h.Phnum, h.Phentsize)
	}
	return nil
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
	Name       string  // a path, [stack], [heap], [vdso], …, or nothing
	Searched   uint64  // how long the range is that a place was looked for, which begins with it; 0 for none
	Cleared    vm.Addr // from where on execve clears the rest of its last page; 0 for nowhere
	Cached     uint64  // how many of its first pages are in the page cache already, for a file's
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

// Layout is the address space that execve makes of a program.
// Linux: start_code and what follows it of struct mm_struct (include/linux/mm_types.h).
type Layout struct {
	Areas []Area
	Break vm.Addr // where the heap begins
	// Start is the first instruction: the interpreter's, or the program's own, which Entry is. Base is where the
	// interpreter lies, Headers where the program has its program headers in memory.
	Start, Entry, Base, Headers vm.Addr
	HeaderCount                 int
	Code, Data                  [2]vm.Addr // from where to where the program's code and data are
	Programs                    int        // how many of the areas are the program's own: the first ones
	ExecutableStack             bool
}

// Touched are the pages that execve has touched.
func (l *Layout) Touched() []vm.Addr {
	var out []vm.Addr
	for _, a := range l.Areas {
		if a.Cleared != 0 {
			out = append(out, a.Cleared.Floor())
		}
	}
	return append(out, stackEnd-vm.PageSize)
}

// loader lays out the address space of a new program, from the top of the mapping area down.
// Linux: load_elf_binary (fs/binfmt_elf.c).
type loader struct {
	Layout
	top vm.Addr // where the next thing that may lie anywhere ends
}

// movableBase is where programs that may be loaded anywhere lie, two thirds up the address space.
// Linux: ELF_ET_DYN_BASE (arch/x86/include/asm/elf.h).
const movableBase = vm.TaskSize / 3 * 2

// Lay out sizes that do not depend on the program.
const (
	// stackPages is the page with arguments and environment, and 128 KiB for a start.
	stackPages = 1 + 32
	stackEnd   = vm.TaskSize
)

// Kernel is what releases of Linux lay out otherwise.
// Linux: none; each field has the function that it is of.
type Kernel struct {
	Clocks            bool // [vvar_vclock] is an area; Linux: map_vdso (arch/x86/entry/vdso/vma.c)
	BreakBehindLoader bool // as for other programs; Linux: load_elf_binary (fs/binfmt_elf.c)
}

// own are the areas that the kernel puts into each process, the lowest first. Their lengths are their ends.
// Linux: map_vdso (arch/x86/entry/vdso/vma.c).
func (k Kernel) own() []Area {
	areas := []Area{{End: 4 * vm.PageSize, Flags: vm.Read, Name: "[vvar]"}}
	if k.Clocks {
		areas = append(areas, Area{End: 2 * vm.PageSize, Flags: vm.Read, Name: "[vvar_vclock]"})
	}
	return append(areas, Area{End: 2 * vm.PageSize, Flags: vm.Read | vm.Exec, Name: "[vdso]"})
}

// LayOut is what execve makes of a program and its interpreter (nil for none) with address randomisation off.
// stackLimit is RLIMIT_STACK.
func LayOut(program, interpreter *Image, stackLimit uint64, k Kernel) (*Layout, error) {
	if (program.Interpreter != "") != (interpreter != nil) {
		return nil, errors.New("a program is laid out with the interpreter that it names, and only with one")
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
	l.Break = l.load(program, bias)
	if interpreter == nil && program.movable {
		_, l.Areas[0].Searched = program.span()
	}
	l.describe(program, bias)
	l.Programs = len(l.Areas)
	if interpreter == nil && program.movable && !k.BreakBehindLoader {
		l.Break = movableBase
	}
	if interpreter != nil {
		at := l.place(interpreter)
		l.load(interpreter, at)
		_, l.Areas[l.Programs].Searched = interpreter.span()
		l.Base, l.Start = at, at+interpreter.entry
	}
	l.special(k.own())
	l.ExecutableStack = program.stack.Has(vm.Exec)
	l.Areas = append(l.Areas, Area{Start: stackEnd - stackPages*vm.PageSize, End: stackEnd,
		Flags: vm.Read | vm.Write | program.stack, Name: "[stack]"})
	l.Break, _ = l.Break.Ceil()
	if err := apart(l.Areas); err != nil {
		return nil, fmt.Errorf("%s: %w", program.Path, err)
	}
	return &l.Layout, nil
}

// describe notes where the program has what the kernel tells it of, or counts against its limits.
// Linux: load_elf_binary (fs/binfmt_elf.c).
func (l *loader) describe(im *Image, bias vm.Addr) {
	l.Start, l.HeaderCount = im.entry+bias, im.headers
	l.Entry = l.Start
	for _, s := range im.segments {
		at, end := bias+vm.Addr(s.Vaddr), bias+vm.Addr(s.Vaddr+s.Filesz)
		if s.Off <= im.headerAt && im.headerAt < s.Off+s.Filesz {
			l.Headers = at + vm.Addr(im.headerAt-s.Off)
		}
		if elf.ProgFlag(s.Flags)&elf.PF_X != 0 {
			if l.Code[0] == 0 {
				l.Code[0] = at
			}
			l.Code = [2]vm.Addr{min(l.Code[0], at), max(l.Code[1], end)}
		}
		l.Data = [2]vm.Addr{max(l.Data[0], at), max(l.Data[1], end)}
	}
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
			l.Areas = append(l.Areas, Area{Start: at.Floor(), End: fileEnd, Flags: prot,
				Offset: s.Off - at.Offset(), Name: im.Path})
			if last > filled && !filled.Aligned() && prot.Has(vm.Write) {
				l.Areas[len(l.Areas)-1].Cleared = filled
			}
		}
		if zeroEnd, _ := last.Ceil(); zeroEnd > fileEnd && last > filled {
			l.Areas = append(l.Areas,
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

// special makes the areas of the kernel's own pages, below what lies at the top.
func (l *loader) special(own []Area) {
	at := l.top
	for _, a := range own {
		at -= a.End
	}
	for i, a := range own {
		if i == 0 {
			a.Searched = uint64(l.top - at)
		}
		a.Start, a.End = at, at+a.End
		l.Areas = append(l.Areas, a)
		at = a.End
	}
}
