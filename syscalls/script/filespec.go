package script

import (
	"vmsim/syscalls"
	"vmsim/vm"
)

// FileSpec is a file that exists before the program touches it.
type FileSpec struct {
	Path    string
	Size    int64
	Cold    bool                // on disk, not in memory
	Cached  bool                // on disk long since, and read in whole
	Folios  []syscalls.FolioRun // how it lies in memory; nil for page by page
	Fill    *byte               // every byte of it, unless nil
	Content []byte              // from a txtar section; nil for the pattern
	Swap    bool                // with the header of a swap area
	Stub    bool                // its bytes are those of a program, which elf= describes
	Exec    bool                // it may be executed
	// RootOwned says that the file is root's, whatever user the program runs as.
	RootOwned bool
}

// ReadAt fills buf with the file's bytes from off on: those of its section, or the pattern of language.md.
func (f FileSpec) ReadAt(off int64, buf []byte) {
	if f.Swap {
		f.readSwap(off, buf)
		return
	}
	switch {
	case f.Content != nil:
		n := copy(buf, f.Content[min(off, int64(len(f.Content))):])
		clear(buf[n:])
	case f.Fill != nil:
		for n := copy(buf, []byte{*f.Fill}); n > 0 && n < len(buf); {
			n += copy(buf[n:], buf[:n])
		}
	default:
		for i := range buf {
			at := off + int64(i)
			buf[i] = byte(17*(at/4096) + at)
		}
	}
}

// readSwap fills buf with the bytes of a swap area that has not been used yet: its header, and zeros.
func (f FileSpec) readSwap(off int64, buf []byte) {
	clear(buf)
	if h := syscalls.SwapHeader(uint64(f.Size) / vm.PageSize); off < int64(len(h)) {
		copy(buf, h[off:])
	}
}

// Bytes is the whole content of the file.
func (f FileSpec) Bytes() []byte {
	b := make([]byte, f.Size)
	f.ReadAt(0, b)
	return b
}
