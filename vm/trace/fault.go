package trace

// What the third argument of Faulted says.
const (
	FaultOnPresent uint64 = 1 // the page is there, and forbids the access
	FaultInKernel  uint64 = 2 // the kernel made the access, for a system call
	FaultByKey     uint64 = 4 // the page's protection key forbids the access
)
