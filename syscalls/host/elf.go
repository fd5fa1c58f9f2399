package host

import (
	"bytes"
	"encoding/binary"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
)

// The image of a puppet. The addresses are those of a small static program linked at the usual place.
const (
	imageHead vm.Addr = 0x400000
	imageCode vm.Addr = 0x401000
	imageData vm.Addr = 0x402000
	imageBrk  vm.Addr = script.ScratchAddr + script.ScratchSize
)

// The instructions, each with a breakpoint after it. The entry point is a breakpoint alone.
const (
	codeEntry   = imageCode
	codeSyscall = imageCode + run.StubAfterCall - 2 // the instruction has 2 bytes
	codeLoad    = imageCode + 0x20
	codeStore   = imageCode + 0x30
	codeOr      = imageCode + 0x40
	imageHere   = imageCode + 0x50
	codeBatch   = imageCode + 0x60
)

var instructions = []struct {
	at   vm.Addr
	code []byte
}{
	{codeEntry, []byte{0xcc}},
	{codeSyscall, []byte{0x0f, 0x05, 0xcc}},
	{codeLoad, []byte{0x8a, 0x07, 0xcc}},        // mov al, [rdi]
	{codeStore, []byte{0x40, 0x88, 0x37, 0xcc}}, // mov [rdi], sil
	{codeOr, []byte{0x40, 0x08, 0x37, 0xcc}},    // or [rdi], sil: a write that may leave the byte as it is
	{imageHere, []byte(".\x00")},                // no instruction but a path: where the puppet works
	{codeBatch, batchCode},
}

// batchCode goes through the rbx's records, r12 of them.
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
var batchCode = []byte{
	0x4d, 0x85, 0xe4, 0x74, 0x51, 0x48, 0x8b, 0x03, 0x48, 0x8b, 0x7b, 0x08, 0x48, 0x8b, 0x73, 0x10, 0x48, 0x8b, 0x53,
	0x18, 0x48, 0x85, 0xc0, 0x78, 0x14, 0x4c, 0x8b, 0x53, 0x20, 0x4c, 0x8b, 0x43, 0x28, 0x4c, 0x8b, 0x4b, 0x30, 0x0f,
	0x05, 0x48, 0x89, 0x43, 0x38, 0xeb, 0x20, 0x48, 0xff, 0xc0, 0x75, 0x0c, 0x48, 0x39, 0xf7, 0x73, 0x16, 0x8a, 0x07,
	0x48, 0x01, 0xd7, 0xeb, 0xf4, 0x8a, 0x4b, 0x20, 0x48, 0x39, 0xf7, 0x73, 0x07, 0x88, 0x0f, 0x48, 0x01, 0xd7, 0xeb,
	0xf4, 0x48, 0x83, 0xc3, 0x40, 0x49, 0xff, 0xcc, 0xeb, 0xaa, 0xcc,
}

// Parts of the ELF format that debug/elf has no names for.
const (
	elfHeaderSize  = 64
	elfSegmentSize = 56
	ptLoad         = 1
	ptGNUStack     = 0x6474e551
	segX, segW     = 1, 2
	segR           = 4
)

type elfHeader struct {
	Ident                   [16]byte
	Type, Machine           uint16
	Version                 uint32
	Entry, Phoff, Shoff     uint64
	Flags                   uint32
	Ehsize, Phentsize       uint16
	Phnum, Shentsize, Shnum uint16
	Shstrndx                uint16
}

type elfSegment struct {
	Type, Flags          uint32
	Off, Vaddr, Paddr    uint64
	Filesz, Memsz, Align uint64
}

// image is the puppet's executable: three pages, of which the middle one holds the instructions.
func image() []byte {
	load := func(flags uint32, at vm.Addr, filesz, memsz uint64) elfSegment {
		return elfSegment{ptLoad, flags, uint64(at - imageHead), uint64(at), uint64(at), filesz, memsz, vm.PageSize}
	}
	segments := []elfSegment{
		load(segR, imageHead, vm.PageSize, vm.PageSize),
		load(segR|segX, imageCode, vm.PageSize, vm.PageSize),
		load(segR|segW, imageData, vm.PageSize, uint64(imageBrk-imageData)),
		{Type: ptGNUStack, Flags: segR | segW, Align: 16},
	}
	head := elfHeader{
		Ident: [16]byte{0x7f, 'E', 'L', 'F', 2, 1, 1},
		Type:  2, Machine: 62, Version: 1, Entry: uint64(codeEntry),
		Phoff: elfHeaderSize, Ehsize: elfHeaderSize, Phentsize: elfSegmentSize, Phnum: uint16(len(segments)),
		Shentsize: 64,
	}
	var b bytes.Buffer
	_ = binary.Write(&b, binary.LittleEndian, head) // a bytes.Buffer takes everything
	_ = binary.Write(&b, binary.LittleEndian, segments)
	out := make([]byte, 3*vm.PageSize)
	copy(out, b.Bytes())
	for _, in := range instructions {
		copy(out[in.at-imageHead:], in.code)
	}
	return out
}
