// Package overlap says what is in memory after a copy whose source and destination are one frame.
//
// # Between a program and the page cache
//
// A page can be copied onto itself: if a program writes to a file from a mapping of the same file, or reads into one,
// source and destination can be the same frame at two addresses. The kernel copies upwards, and the processor does not
// notice that the addresses map one frame: it loads some bytes, then stores them. So a copy to a higher offset loads
// bytes that it has stored before, except those that it moves in the same step:
//
//	before           a b c d e f g h      4 bytes from 0 to 2
//	byte by byte     a b a b a b g h
//	two at a time    a b a b a b g h
//	four at a time   a b a b c d g h
//
// The step size depends on the processor: one with FSRM, or with ERMS from 64 bytes on, runs rep movsb, whose microcode
// moves up to 64 bytes at a time; others move words of 8, and the remainder byte by byte. We store the result of a copy
// byte by byte, and mark the bytes for which larger steps give another result. Such a byte is loaded from a place to
// which one of the 63 bytes before it was stored, and which held another value until then.
//
// A processor without ERMS copies the first 8 of 64 or more bytes as one word and goes on at the next multiple of 8 of
// the destination, so that up to 7 bytes are copied twice. If the destination is less than 8 bytes below the source,
// the second copy loads changed bytes.
//
// Linux: copy_user_generic (arch/x86/include/asm/uaccess_64.h), rep_movs_alternative (arch/x86/lib/copy_user_64.S).
//
// # Within the kernel
//
// Within the kernel a page is copied onto itself at one address, so that rep movsb goes byte by byte and rep movsq word
// by word, whatever the processor. A processor without FSRM takes neither, but loads up to four words before it stores
// them, and for some addresses begins at the end. Bytes for which these ways give different results are undetermined.
// Linux: memcpy (arch/x86/lib/memcpy_64.S); before 6.4 (x86: don't use REP_GOOD or ERMS for small memory copies) also
// rep movsq.
//
// # What is kept
//
//   - Copy: one run of the routine that read() and write() use. Its caller copies piece by piece and says where.
//   - Within: the same for copies within the kernel, as splice makes them.
//
// A byte whose value depends on the processor is undetermined: phys.Memory keeps a mask for such bytes, and a
// comparison with a real machine leaves them out.
package overlap
