//go:build linux && amd64

package host

import "vmsim/vm/profile"

// cpuid and xgetbv are the instructions of that name.
func cpuid(leaf, part uint32) (a, b, c uint32)
func xgetbv() (low uint32)

// What the processor says of the instruction XSAVE.
const (
	features   = 1       // a leaf of cpuid
	xsaveInUse = 1 << 27 // OSXSAVE: the kernel uses the instruction
	xsaveParts = 0xd     // a leaf, with a part for each kind of registers
	firstPart  = 2       // those of x87 and of SSE have fixed places
	tileData   = 18      // AMX: a program has to ask for them
	lastPart   = 31
	fxsaveSize = 512
	headerEnd  = fxsaveSize + 64
)

// stateSize is how many bytes of registers a signal frame holds here: up to the end of the last kind that the kernel
// has switched on and that a program need not ask for. It is 0 for what the model takes where nothing is said.
// Linux: xstate_calculate_size (arch/x86/kernel/fpu/xstate.c).
func stateSize() uint64 {
	if _, _, c := cpuid(features, 0); c&xsaveInUse == 0 {
		return fxsaveSize
	}
	size, on := uint64(headerEnd), xgetbv()
	for part := uint32(firstPart); part <= lastPart; part++ {
		if on>>part&1 == 0 || part == tileData {
			continue
		}
		length, place, _ := cpuid(xsaveParts, part)
		size = max(size, uint64(place)+uint64(length))
	}
	if size == profile.DefaultState {
		return 0
	}
	return size
}
