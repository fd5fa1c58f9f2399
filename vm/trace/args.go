package trace

// Arg is what an argument of a step is, so that it can be printed and searched for. A step has three arguments, all of
// them 64-bit numbers. What each number is decides how it is printed: 0x7ffff7ff4000 as an address, 12 as a page of a
// file, 81 as a frame.
// Linux: none; the print format of a tracepoint.
type Arg uint8

// What arguments are.
const (
	ArgNumber    Arg = iota // a count, a level, a number of pages
	ArgAddr                 // a virtual address
	ArgPage                 // the number of a page of a file
	ArgFrame                // the number of a frame
	ArgBlock                // a block of the disk
	ArgInode                // an inode's number
	ArgAreaFlags            // the flags of an area
	ArgPID                  // a process
	ArgErrno                // an error
	ArgCall                 // the number of a system call
	ArgSignal               // a signal's number
	ArgDirection            // of a request: 0 read, 1 write, 2 flush
	ArgAccess               // of a fault: 0 load, 1 store, 2 fetch
	ArgSwap                 // a place in the swap area
)

// args are the arguments of a step; those that are left out of the table are numbers.
type args = [3]Arg

// Args says what the three arguments of a step of kind k are.
func (k Kind) Args() [3]Arg { return table[k].Args }
