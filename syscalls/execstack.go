package syscalls

import (
	"encoding/binary"

	"vmsim/syscalls/binfmt"
	"vmsim/vm"
	"vmsim/vm/phys"
)

// What the stack of a new program begins with, from its lowest address up: how many arguments there are, their
// addresses, those of the environment, a table of facts for the loader, random bytes, the strings themselves.

// auxiliary is a line of the table of facts.
// Linux: AT_* (include/uapi/linux/auxvec.h).
type auxiliary struct {
	kind, value uint64
	open        bool // the processor, or chance, decides the value
}

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
	x.blur(random, randomBytes)
	for i, f := range table {
		if f.open {
			x.blur(at+vm.Addr(len(words)+2*i+1)*wordSize, wordSize)
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
	known := func(kind uint64, a vm.Addr) auxiliary { return auxiliary{kind: kind, value: uint64(a)} }
	var vdso vm.Addr
	for _, a := range laid.Areas {
		if a.Name == "[vdso]" {
			vdso = a.Start
		}
	}
	user := auxiliary{open: !x.p.kernel.rootOwned()}
	as := func(kind uint64) auxiliary { return auxiliary{kind, user.value, user.open} }
	table := []auxiliary{known(33, vdso), {51, 3376, true}, {16, 0, true}, known(6, vm.PageSize), known(17, 100),
		known(3, laid.Headers), known(4, 56), known(5, vm.Addr(laid.HeaderCount)), known(7, laid.Base), known(8, 0),
		known(9, laid.Entry), as(11), as(12), as(13), as(14), known(23, 0), known(25, random), {26, 0, true},
		known(31, x.exec), known(15, named), known(27, 28), known(28, 32)}
	return append(table, auxiliary{})
}

// blur notes that bytes of the new stack are not determined.
func (x *execution) blur(a vm.Addr, n int) {
	m := x.p.kernel.Memory
	for i := range vm.Addr(n) {
		f := m.Frame(x.p.Space.Entry(a + i).PFN())
		m.SetCell(f, int((a + i).Offset()), phys.Cell{Byte: f.Byte(uint64(a + i)), Undetermined: true})
	}
}
