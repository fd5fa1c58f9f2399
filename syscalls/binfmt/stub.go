package binfmt

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"strings"

	"vmsim/vm"
)

// Stub is a program that does what it is made to do from outside, and nothing else: it has a few instructions with a
// breakpoint behind each, and memory for arguments. The same one runs in the model and on a real kernel.
// Linux: none.
type Stub struct {
	Size        int64  // of the file: what is more than LeastStub becomes a second segment of data
	Movable     bool   // it may be loaded anywhere
	Interpreter string // the path of what runs in its place; empty for itself
}

// The pages of a stub from its first address on: its head, its instructions, its data, and zeroed memory for arguments.
// What else a large one has follows.
const (
	stubHead    = 0
	StubText    = vm.PageSize
	stubData    = 2 * vm.PageSize
	StubScratch = 3 * vm.PageSize
	stubRoom    = 1 << 20 // of its memory for arguments
	stubMore    = StubScratch + stubRoom

	// LeastStub is the size of the smallest file.
	LeastStub = 3 * vm.PageSize
	// StubAddr is where a stub lies that may not be loaded anywhere: where linkers place small static programs.
	StubAddr vm.Addr = 0x400000
	// StubBreak is where the heap of a smallest one begins.
	StubBreak = StubAddr + stubMore
	// stubBSS is zeroed memory behind the further data.
	stubBSS = 2*vm.PageSize + 0x123
	// stubName is where in the file the path of the interpreter is, with room up to the instructions.
	stubName = 0x800
)

// The instructions' places in the page of instructions. The entry point is a breakpoint alone.
const (
	StubEntry     = 0
	StubSyscall   = 0x10
	StubAfterCall = 0x12 // the instruction behind a system call
	StubLoad      = 0x20
	StubStore     = 0x30
	StubOr        = 0x40
	StubHere      = 0x50 // no instruction but a path: where the stub works
	StubBatch     = 0x60
	// No instructions but what rt_sigaction reads: the default action, a handler, and one with SA_ONSTACK.
	StubDefault       = 0x100
	StubAction        = 0x120
	StubActionOnStack = 0x140
)

var stubInstructions = []struct {
	at   int
	code []byte
}{
	{StubEntry, []byte{0xcc}},
	{StubSyscall, []byte{0x0f, 0x05, 0xcc}},
	{StubLoad, []byte{0x8a, 0x07, 0xcc}},        // mov al, [rdi]
	{StubStore, []byte{0x40, 0x88, 0x37, 0xcc}}, // mov [rdi], sil
	{StubOr, []byte{0x40, 0x08, 0x37, 0xcc}},    // or [rdi], sil: a write that may leave the byte as it is
	{StubHere, []byte(".\x00")},
	{StubBatch, stubBatch},
	{StubDefault, make([]byte, 32)},
	{StubAction, stubAction(0)},
	{StubActionOnStack, stubAction(0x08000000)},
}

// stubAction is a handler's struct sigaction with flags besides SA_SIGINFO and SA_RESTORER. The handler, of a stub that
// has not been moved, is a breakpoint, and nothing of it ever runs.
func stubAction(flags uint64) (b []byte) {
	const sigInfo, restorer = 4, 0x04000000
	const breakpoint = uint64(StubAddr) + StubText + StubAfterCall
	for _, word := range [...]uint64{breakpoint, flags | sigInfo | restorer, breakpoint, 0} {
		b = binary.LittleEndian.AppendUint64(b, word)
	}
	return b
}

// stubBatch goes through the rbx's records, r12 of them.
//
//	next:    test r12, r12; jz done
//	         mov rax, [rbx]; mov rdi, [rbx+8]; mov rsi, [rbx+16]; mov rdx, [rbx+24]
//	         test rax, rax; js access
//	         mov r10, [rbx+32]; mov r8, [rbx+40]; mov r9, [rbx+48]
//	         syscall; mov [rbx+56], rax; jmp advance
//	access:  inc rax; jnz stores
//	loads:   cmp rdi, rsi; jae advance; mov al, [rdi]; add rdi, rdx; jmp loads
//	stores:  mov cl, [rbx+32]
//	1:       cmp rdi, rsi; jae advance; mov [rdi], cl; add rdi, rdx; jmp 1b
//	advance: add rbx, 64; dec r12; jmp next
//	done:    int3
var stubBatch = []byte{
	0x4d, 0x85, 0xe4, 0x74, 0x51, 0x48, 0x8b, 0x03, 0x48, 0x8b, 0x7b, 0x08, 0x48, 0x8b, 0x73, 0x10, 0x48, 0x8b, 0x53,
	0x18, 0x48, 0x85, 0xc0, 0x78, 0x14, 0x4c, 0x8b, 0x53, 0x20, 0x4c, 0x8b, 0x43, 0x28, 0x4c, 0x8b, 0x4b, 0x30, 0x0f,
	0x05, 0x48, 0x89, 0x43, 0x38, 0xeb, 0x20, 0x48, 0xff, 0xc0, 0x75, 0x0c, 0x48, 0x39, 0xf7, 0x73, 0x16, 0x8a, 0x07,
	0x48, 0x01, 0xd7, 0xeb, 0xf4, 0x8a, 0x4b, 0x20, 0x48, 0x39, 0xf7, 0x73, 0x07, 0x88, 0x0f, 0x48, 0x01, 0xd7, 0xeb,
	0xf4, 0x48, 0x83, 0xc3, 0x40, 0x49, 0xff, 0xcc, 0xeb, 0xaa, 0xcc,
}

// base is the first address that the file asks for.
func (s Stub) base() uint64 {
	if s.Movable {
		return 0
	}
	return uint64(StubAddr)
}

// segments are the program headers of the file.
func (s Stub) segments() []elf.Prog64 {
	load := func(flags elf.ProgFlag, off, at, filesz, memsz uint64) elf.Prog64 {
		return elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: uint32(flags), Off: off, Vaddr: s.base() + at,
			Paddr: s.base() + at, Filesz: filesz, Memsz: memsz, Align: vm.PageSize}
	}
	out := []elf.Prog64{
		load(elf.PF_R, stubHead, stubHead, vm.PageSize, vm.PageSize),
		load(elf.PF_R|elf.PF_X, StubText, StubText, vm.PageSize, vm.PageSize),
		load(elf.PF_R|elf.PF_W, stubData, stubData, vm.PageSize, vm.PageSize+stubRoom),
	}
	if more := uint64(s.Size - LeastStub); s.Size > LeastStub {
		out = append(out, load(elf.PF_R|elf.PF_W, LeastStub, stubMore, more, more+stubBSS))
	}
	if n := uint64(len(s.Interpreter) + 1); s.Interpreter != "" {
		out = append(out, elf.Prog64{Type: uint32(elf.PT_INTERP), Flags: uint32(elf.PF_R), Off: stubName,
			Vaddr: s.base() + stubName, Paddr: s.base() + stubName, Filesz: n, Memsz: n, Align: 1})
	}
	return append(out, elf.Prog64{Type: uint32(elf.PT_GNU_STACK), Flags: uint32(elf.PF_R | elf.PF_W), Align: 16})
}

// Bytes is the file. It has at least LeastStub of them.
func (s Stub) Bytes() []byte {
	segments := s.segments()
	head := elf.Header64{
		Ident: [elf.EI_NIDENT]byte{elf.ELFMAG[0], elf.ELFMAG[1], elf.ELFMAG[2], elf.ELFMAG[3], byte(elf.ELFCLASS64),
			byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type: uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: uint32(elf.EV_CURRENT),
		Entry: s.base() + StubText + StubEntry, Phnum: uint16(len(segments)),
	}
	head.Ehsize, head.Phentsize = uint16(binary.Size(head)), uint16(binary.Size(elf.Prog64{}))
	head.Phoff, head.Shentsize = uint64(head.Ehsize), uint16(binary.Size(elf.Section64{}))
	if s.Movable {
		head.Type = uint16(elf.ET_DYN)
	}
	var b bytes.Buffer
	_ = binary.Write(&b, binary.LittleEndian, head) // a bytes.Buffer takes everything
	_ = binary.Write(&b, binary.LittleEndian, segments)
	out := make([]byte, max(s.Size, LeastStub))
	copy(out, b.Bytes())
	copy(out[stubName:StubText], s.Interpreter)
	for _, in := range stubInstructions {
		copy(out[StubText+in.at:], in.code)
	}
	for i := LeastStub; i < len(out); i++ {
		out[i] = byte(17*(i/vm.PageSize) + i)
	}
	return out
}

// LongestInterpreter is how long the path of a stub's interpreter may be.
const LongestInterpreter = StubText - stubName - 1

// IsStub reports whether a page of instructions is that of a stub.
func IsStub(text []byte) bool {
	for _, in := range stubInstructions {
		if !strings.HasPrefix(string(text[min(in.at, len(text)):]), string(in.code)) {
			return false
		}
	}
	return true
}
