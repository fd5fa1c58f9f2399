package script

// otherNames leads from the names that the C library and other processors have for a system call to the call's own
// name, which a program of this language uses.
var otherNames = map[string]string{
	"pread": "pread64", "pwrite": "pwrite64", "preadv64": "preadv", "pwritev64": "pwritev",
	"posix_fadvise": "fadvise64", "posix_fadvise64": "fadvise64", "fadvise": "fadvise64", "posix_madvise": "madvise",
	"mmap64": "mmap", "mmap2": "mmap", "open64": "open", "openat64": "openat", "creat64": "creat", "lseek64": "lseek",
	"llseek": "lseek", "_llseek": "lseek", "truncate64": "truncate", "ftruncate64": "ftruncate", "stat64": "stat",
	"fstat64": "fstat", "lstat64": "lstat", "fallocate64": "fallocate", "sendfile64": "sendfile", "fcntl64": "fcntl",
	"_exit": "exit_group", "_Exit": "exit_group", "quick_exit": "exit_group", "getrlimit64": "getrlimit",
	"setrlimit64": "setrlimit", "prlimit": "prlimit64", "fstatat": "newfstatat", "fstatat64": "newfstatat",
}

// NameOfCall is a system call's own name for another one that the C library or another processor has for it.
func NameOfCall(other string) (name string, ok bool) {
	name, ok = otherNames[other]
	return name, ok
}

// LibraryFunction says what a program of this language has in the place of a function of the C library.
func LibraryFunction(name string) (line, cause string, ok bool) {
	x, ok := libraryCalls[name]
	return x.line, x.cause, ok
}

// LibraryNames are all names that NameOfCall and LibraryFunction know, in no order.
func LibraryNames() (names []string) {
	for name := range otherNames {
		names = append(names, name)
	}
	for name := range libraryCalls {
		names = append(names, name)
	}
	return names
}
