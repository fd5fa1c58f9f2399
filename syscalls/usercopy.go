package syscalls

import (
	"bytes"
	"encoding/binary"
	"syscall"

	"vmsim/vm"
)

// How the kernel reads and writes the memory of the calling program. An invalid address can be seen in the counted
// faults: some routines check it first, others mask it to the first page beyond the user's half, which is never mapped,
// and fault there.
//
// On a processor with FSRM a copy is one instruction, so a fault in the middle ends it at once.

// masked is the address that an unchecked access uses: it never leads into the kernel.
// Linux: mask_user_address (arch/x86/include/asm/uaccess_64.h).
func masked(a vm.Addr) vm.Addr { return min(a, vm.TaskSize) }

// userRange reports whether the n bytes at a lie in the user's half of the address space.
// Linux: access_ok (include/asm-generic/access_ok.h).
func userRange(a vm.Addr, n uint64) bool {
	return n <= uint64(vm.TaskSize) && uint64(a) <= uint64(vm.TaskSize)-n
}

// copyIn copies a structure from a; ok is false where not all of it is readable.
// Linux: copy_from_user (include/linux/uaccess.h).
func (p *Process) copyIn(a vm.Addr, buf []byte) (ok bool) {
	got := p.CPU.CopyIn(masked(a), buf)
	p.relyOn(masked(a), got)
	return got == len(buf)
}

// copyOut copies a structure to a; ok is false where not all of it is writable.
// Linux: copy_to_user (include/linux/uaccess.h).
func (p *Process) copyOut(a vm.Addr, buf []byte) (ok bool) {
	return userRange(a, uint64(len(buf))) && p.CPU.CopyOut(a, buf) == len(buf)
}

// putBytes is copyOut that returns EFAULT.
func (p *Process) putBytes(a vm.Addr, b []byte) error {
	if !p.copyOut(a, b) {
		return p.refuse(syscall.EFAULT, "the structure cannot be stored there")
	}
	return nil
}

// wordAt reads the 64-bit number at a.
// Linux: get_user (arch/x86/lib/getuser.S).
func (p *Process) wordAt(a vm.Addr) (w uint64, ok bool) {
	var buf [8]byte
	ok = p.copyIn(a, buf[:])
	return binary.LittleEndian.Uint64(buf[:]), ok
}

// putNumber stores a number of a few bytes at a, whole or not at all. An address in the kernel's half becomes the very
// last one.
// Linux: put_user (arch/x86/lib/putuser.S).
func (p *Process) putNumber(a vm.Addr, b []byte) (ok bool) {
	if int64(a) < 0 {
		a = ^vm.Addr(0)
	}
	if !p.CPU.Reach(a, vm.Store) {
		return false
	}
	if next := (a + vm.Addr(len(b)) - 1).Floor(); next > a && !p.CPU.Reach(next, vm.Store) {
		return false
	}
	return p.CPU.CopyOut(a, b) == len(b)
}

// wordSize is how many bytes of a string are read at a time.
const wordSize = 8

// stringAt reads the string at a, up to its zero byte, or its first most bytes if they have none. It reads whole words;
// if a word faults, it reads the bytes one by one, and the first unreadable one faults again.
// Linux: strncpy_from_user (lib/strncpy_from_user.c).
func (p *Process) stringAt(a vm.Addr, most int) (string, error) {
	var room [maxPath]byte
	buf, n := room[:most], 0
	a = masked(a)
	defer func() { p.relyOn(a, n) }()
	for n+wordSize <= most && p.CPU.CopyIn(a+vm.Addr(n), buf[n:n+wordSize]) == wordSize {
		if i := bytes.IndexByte(buf[n:n+wordSize], 0); i >= 0 {
			n += i + 1
			return string(buf[:n-1]), nil
		}
		n += wordSize
	}
	for ; n < most; n++ {
		if p.CPU.CopyIn(a+vm.Addr(n), buf[n:n+1]) == 0 {
			return "", p.refuse(syscall.EFAULT, "the string is not readable")
		}
		if buf[n] == 0 {
			n++
			return string(buf[:n-1]), nil
		}
	}
	return string(buf), nil
}

// lengthAt is how long the string at a is, its zero byte included; more than most where that has no zero byte. It is
// looked for in aligned words.
// Linux: strnlen_user (lib/strnlen_user.c).
func (p *Process) lengthAt(a vm.Addr, most int) (n int, err error) {
	a = masked(a)
	var word [wordSize]byte
	for at := a &^ (wordSize - 1); at < a+vm.Addr(most); at += wordSize {
		if p.CPU.CopyIn(at, word[:]) < wordSize {
			return 0, p.refuse(syscall.EFAULT, "the string is not readable")
		}
		for i, b := range word {
			if x := at + vm.Addr(i); x >= a && b == 0 {
				p.relyOn(a, int(x-a)+1)
				return int(x-a) + 1, nil
			}
		}
	}
	p.relyOn(a, most)
	return most + 1, nil
}
