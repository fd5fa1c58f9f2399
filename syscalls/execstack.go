package syscalls

import (
	"encoding/binary"

	"vmsim/syscalls/binfmt"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// What the stack of a new program begins with, from its lowest address up: how many arguments there are, their
// addresses, those of the environment, a table of facts for the loader, random bytes, the strings themselves.

// auxiliary is an entry of the auxiliary vector: a fact for the program or its loader.
// Linux: Elf64_auxv_t, elf_info (fs/binfmt_elf.c).
type auxiliary struct {
	kind, value uint64
	open        bool // the processor, or chance, decides the value
}

// What the entries say.
// Linux: AT_* (include/uapi/linux/auxvec.h, arch/x86/include/uapi/asm/auxvec.h).
const (
	atPhdr            = 3 // the program headers
	atPhent           = 4 // the size of one
	atPhnum           = 5
	atPageSize        = 6
	atBase            = 7 // of the interpreter
	atFlags           = 8
	atEntry           = 9 // the program's own first instruction
	atUID             = 11
	atEUID            = 12
	atGID             = 13
	atEGID            = 14
	atPlatform        = 15
	atHWCap           = 16
	atClockTicks      = 17
	atSecure          = 23
	atRandom          = 25 // 16 random bytes
	atHWCap2          = 26
	atRseqFeatureSize = 27
	atRseqAlign       = 28
	atExecName        = 31 // the path
	atVdso            = 33 // AT_SYSINFO_EHDR
	atMinSignalStack  = 51
)

const (
	ticksASecond  = 100  // of times(2); Linux: CLOCKS_PER_SEC
	programHeader = 56   // bytes
	signalStack   = 3376 // bytes, on one processor
	rseqBytes     = 28
	rseqAlignment = 32

	slicedRseqBytes     = 33 // with what asks for a longer time slice
	slicedRseqAlignment = 64
)

const platform = "x86_64\x00"

// randomBytes is how many of them a program gets.
const randomBytes = 16

// tables writes the stack of the new program.
// Linux: create_elf_tables (fs/binfmt_elf.c).
func (x *execution) tables(laid *binfmt.Layout) error {
	p, strings := x.p, x.top
	at := x.top&^15 - vm.Addr(len(platform))
	named := at
	if p.CPU.CopyOut(at, []byte(platform)) < len(platform) {
		return errLate
	}
	at -= randomBytes
	random := at
	if p.CPU.CopyOut(at, make([]byte, randomBytes)) < randomBytes {
		return errLate
	}
	table := x.facts(laid, random, named)
	pointers := vm.Addr(x.argc+1+x.envc+1+1) * wordSize
	at = (at - vm.Addr(2*len(table))*wordSize - pointers) &^ 15
	if p.Space.Find(at) == nil && p.Space.GrowDown(x.stack, at) != nil {
		return errLate
	}
	p.Space.Layout.StackTop = at
	p.sp = at.Floor()
	words := x.pointers(strings)
	var bytes []byte
	for _, w := range words {
		bytes = binary.LittleEndian.AppendUint64(bytes, w)
	}
	for _, f := range table {
		bytes = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(bytes, f.kind), f.value)
	}
	if p.CPU.CopyOut(at, bytes) < len(bytes) {
		return errLate
	}
	x.markUndetermined(random, randomBytes)
	for i, f := range table {
		if f.open {
			x.markUndetermined(at+vm.Addr(len(words)+2*i+1)*wordSize, wordSize)
		}
	}
	return nil
}

// pointers are the number of arguments, and the addresses of arguments and environment.
func (x *execution) pointers(at vm.Addr) []uint64 {
	words := []uint64{uint64(x.argc)}
	for _, n := range [...]int{x.argc, x.envc} {
		for range n {
			words = append(words, uint64(at))
			for x.byteAt(x.p, at) != 0 {
				at++
			}
			at++
		}
		words = append(words, 0)
	}
	return words
}

// facts are what the kernel tells a program, or its interpreter.
// Linux: create_elf_tables (fs/binfmt_elf.c), ARCH_DLINFO (arch/x86/include/asm/elf.h).
func (x *execution) facts(laid *binfmt.Layout, random, named vm.Addr) []auxiliary {
	is := func(kind uint64, a vm.Addr) auxiliary { return auxiliary{kind: kind, value: uint64(a)} }
	id := func(kind uint64) auxiliary { return auxiliary{kind: kind, open: !x.p.kernel.rootOwned()} }
	var vdso vm.Addr
	for _, a := range laid.Areas {
		if a.Name == "[vdso]" {
			vdso = a.Start
		}
	}
	table := []auxiliary{is(atVdso, vdso)}
	if x.p.follows(profile.TellsSignalStack) {
		table = append(table, auxiliary{atMinSignalStack, signalStack, true})
	}
	table = append(table, auxiliary{atHWCap, 0, true}, is(atPageSize, vm.PageSize), is(atClockTicks, ticksASecond),
		is(atPhdr, laid.Headers), is(atPhent, programHeader), is(atPhnum, vm.Addr(laid.HeaderCount)),
		is(atBase, laid.Base), is(atFlags, 0), is(atEntry, laid.Entry), id(atUID), id(atEUID), id(atGID), id(atEGID),
		is(atSecure, 0), is(atRandom, random), auxiliary{atHWCap2, 0, true}, is(atExecName, x.exec),
		is(atPlatform, named))
	return append(table, append(x.p.rseqFacts(), auxiliary{})...)
}

// rseqFacts are how long the kernel's structure of restartable sequences is, and how it is aligned.
// Linux: struct rseq (include/uapi/linux/rseq.h), create_elf_tables (fs/binfmt_elf.c).
func (p *Process) rseqFacts() []auxiliary {
	switch {
	case p.follows(profile.SlicesInRseq):
		return []auxiliary{{kind: atRseqFeatureSize, value: slicedRseqBytes},
			{kind: atRseqAlign, value: slicedRseqAlignment}}
	case p.follows(profile.TellsRseq):
		return []auxiliary{{kind: atRseqFeatureSize, value: rseqBytes}, {kind: atRseqAlign, value: rseqAlignment}}
	}
	return nil
}

// markUndetermined notes that bytes of the new stack are not determined.
func (x *execution) markUndetermined(a vm.Addr, n int) {
	m := x.p.kernel.Memory
	for i := range vm.Addr(n) {
		f := m.Frame(x.p.Space.Entry(a + i).PFN())
		m.SetCell(f, int((a + i).Offset()), phys.Cell{Byte: f.Byte(uint64(a + i)), Undetermined: true})
	}
}
