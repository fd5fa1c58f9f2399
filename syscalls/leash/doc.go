// Package leash ends a process with the one that started it, and clears up after a process however it ended.
//
// SIGKILL runs no code of the process that it ends. Two things would stay: the processes that it has started, and what
// is no process's own, as directories, control groups and tracing instances. So a process that must not outlive its
// parent watches it (Hold), and a shell that waits for the end of a pipe clears up (Guard): the kernel closes the pipe,
// whatever ended the process.
//
// The kernel has a signal for the death of a parent (PR_SET_PDEATHSIG). It is sent when the thread ends that made the
// child, and in Go a thread may end long before its process: it serves only children of a thread that is kept.
//
//	go test ----> test program (Hold: it ends when go test has)
//	                  |
//	                  +-- pipe --> Guard: /bin/sh -c "read; rmdir $0"
//
// When the program ends, even by SIGKILL, the kernel closes its end of the pipe. The shell's read returns, and it
// clears up. It is started before what it clears away is made, so that there is no moment at which something could stay
// behind.
//
// Left out is other operating systems: there Hold and Guard do nothing, and Dir makes a plain directory.
package leash
