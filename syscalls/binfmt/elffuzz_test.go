package binfmt_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"testing"

	"vmsim/syscalls"
	"vmsim/syscalls/binfmt"
)

// elfFile is an ELF file for x86-64 with these segments and nothing in them.
func elfFile(kind elf.Type, segments ...elf.Prog64) []byte {
	var b bytes.Buffer
	h := elf.Header64{Type: uint16(kind), Machine: uint16(elf.EM_X86_64), Version: 1, Phoff: 64, Ehsize: 64,
		Phentsize: 56, Phnum: uint16(len(segments))}
	copy(h.Ident[:], "\x7fELF\x02\x01\x01")
	_ = binary.Write(&b, binary.LittleEndian, h)
	_ = binary.Write(&b, binary.LittleEndian, segments)
	return b.Bytes()
}

func load(vaddr, size uint64) elf.Prog64 {
	return elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_W), Vaddr: vaddr, Memsz: size,
		Align: 4096}
}

// FuzzELF lays out whatever can be read as a program, and checks what the machine makes of it.
func FuzzELF(f *testing.F) {
	f.Add(elfFile(elf.ET_EXEC, load(0x400000, 0x1000), load(0x401000, 0x2345)))
	f.Add(elfFile(elf.ET_DYN, load(0, 0x1000), load(0x3000, 0x10000)))
	f.Add(elfFile(elf.ET_EXEC, load(0x400000, 0x2000), load(0x401000, 0x1000))) // one upon the other
	f.Add(elfFile(elf.ET_EXEC, load(0x7ffffffde000, 0x21000)))                  // upon the stack
	// below what may be mapped, and nothing
	f.Add(elfFile(elf.ET_EXEC, load(0, 0x1000), load(0x7ffffffff000, 0)))
	f.Add(elfFile(elf.ET_DYN, load(0x7fff00000000, 0x1000), load(0x1234, 0x4321))) // out of order
	f.Fuzz(func(t *testing.T, file []byte) {
		im, err := binfmt.Read("/fuzz", bytes.NewReader(file))
		if err != nil {
			return
		}
		interpreter := im
		if im.Interpreter == "" {
			interpreter = nil
		}
		laid, err := binfmt.LayOut(im, interpreter, 8<<20, binfmt.Kernel{Clocks: true})
		if err != nil {
			return
		}
		k := syscalls.New(syscalls.Config{})
		p := k.Spawn()
		err = errors.Join(addFiles(k, laid.Areas), p.Exec(laid.Areas, laid.Break, laid.Touched()), k.Check())
		if err != nil {
			t.Fatal(err)
		}
	})
}

// addFiles makes the files that areas show, empty.
func addFiles(k *syscalls.Kernel, areas []binfmt.Area) error {
	for _, a := range areas {
		if a.Name == "" || a.Name[0] == '[' || k.HasPath(a.Name) {
			continue
		}
		if err := k.AddFile(syscalls.FileSpec{Path: a.Name}); err != nil {
			return err
		}
	}
	return nil
}

// execve reads no section: a program whose section headers are overwritten, as packers leave them, runs all the same.
func TestProgramWithBrokenSectionHeadersIsLaidOut(t *testing.T) {
	file := elfFile(elf.ET_EXEC, load(0x400000, 0x1000))
	binary.LittleEndian.PutUint64(file[40:], 1<<40) // e_shoff
	binary.LittleEndian.PutUint16(file[60:], 7)     // e_shnum
	if _, err := binfmt.Read("/packed", bytes.NewReader(file)); err != nil {
		t.Error(err)
	}
}

func TestFileThatExecveRefusesIsRefused(t *testing.T) {
	none := elfFile(elf.ET_EXEC)
	short := elfFile(elf.ET_EXEC, load(0x400000, 0x1000))[:100]
	other := elfFile(elf.ET_EXEC, load(0x400000, 0x1000))
	other[18] = byte(elf.EM_386)
	odd := elfFile(elf.ET_EXEC, load(0x400000, 0x1000))
	odd[54] = 32 // e_phentsize
	for name, file := range map[string][]byte{"empty": nil, "a script": []byte("#!/bin/sh\n"), "no segment": none,
		"short": short, "i386": other, "headers of another size": odd} {
		if _, err := binfmt.Read("/bad", bytes.NewReader(file)); err == nil {
			t.Errorf("%s is laid out", name)
		}
	}
}
