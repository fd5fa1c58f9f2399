// Package run runs programs of the language on a Machine and compares what happens with what they assert.
//
// A Machine hands out processes (syscalls.Caller): the model's (package syscalls/script/model), or the real kernel's
// puppet (package syscalls/host). Nothing here knows which.
//
//	Program --NewRunner--> Setup of the Machine --Next--> Result --Differences--> what was asserted and did not happen
//	                                                        |
//	                                                        +--Text: the statement with its answers, which Parse reads
//
// Each statement goes through three stages. compile.go turns its Op into a step: names become slots, constants are
// folded. run.go performs the step; access.go does loads and stores, arguments.go builds strings and structures in
// memory. Then observe.go gathers what the statement changed, print.go prints it and differences.go compares it.
//
// # What the harness does for a program
//
// Paths, strings, patterns and structures are bytes in the program's text, but a system call wants an address. The
// Runner writes them with Poke, as a debugger would, into scratch, 1 MiB of the process's bss: no fault of the process
// is counted. A layout without that area gets one, since the kernel never places anything there.
//
// A call outside the model, or on something outside it (a pipe, a terminal, procfs), takes the answer that the program
// records; without one its answer is "?". Its descriptors count all the same: each leads to an empty stand-in file, so
// that the next open gets the number that it had in the log.
package run
