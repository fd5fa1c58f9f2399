package pagecache

import "syscall"

// ETXTBSY is the error of a write to a file that is a swap area in use, or a program that runs. Package syscall does
// not have it for js/wasm.
// Linux: ETXTBSY (include/uapi/asm-generic/errno-base.h).
const ETXTBSY = syscall.Errno(26)

// DenyWrites keeps the file from being opened for writing, until AllowWrites. It fails where it is open for writing
// already.
// Linux: deny_write_access (include/linux/fs.h).
func (m *Mapping) DenyWrites() (ok bool) {
	if m.writing > 0 {
		return false
	}
	m.denials++
	return true
}

// AllowWrites takes back one DenyWrites.
// Linux: allow_write_access (include/linux/fs.h).
func (m *Mapping) AllowWrites() { m.denials-- }

// Runs reports whether the file is a program that runs, and so cannot be written to.
// Linux: i_writecount of struct inode below zero (include/linux/fs.h).
func (m *Mapping) Runs() bool { return m.denials > 0 }
