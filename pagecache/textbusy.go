package pagecache

import "syscall"

// ETXTBSY is the error of a write to a file that is a swap area in use. Package syscall does not have it for js/wasm.
// Linux: ETXTBSY (include/uapi/asm-generic/errno-base.h).
const ETXTBSY = syscall.Errno(26)
