// Package script is the project's language: programs of system calls, loads and stores, typed as strace prints them.
//
// One notation serves everything: what a person types, what a file holds, what a run prints, what a recording of the real
// kernel looks like, and what a test asserts. A line is a statement; a trailing "= 3" asserts its result; indented lines
// under it are observations, each of which a test holds against what happened.
//
//	fd = openat(AT_FDCWD, "/data/a", O_RDWR) = 3
//	p  = mmap(NULL, 3*PAGE, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)
//	p[4096] = 'x'
//	    faults 1 0
//
// The way of a program through the package:
//
//	text --Parse--> Program of Ops --NewRunner--> slots and constants --Step--> Results --Hold--> Differences
//	                   |  ^                                               |
//	                   +--+ String                                        +-- Show: text that Parse reads again
//
// A program runs on a Machine, which hands out processes (syscalls.Caller): the model's, or the real kernel's puppet.
// Nothing here knows which.
//
// # What a program holds
//
// A hand-written program holds what it states and nothing else. A recorded one, which is a program whose leading comment
// says "recorded on", holds every statement: one without map lines asserts that the maps did not change, one without a
// signal line that none came. Fault counts and bytes are held where they stand, in either: a recording leaves them out
// where the harness itself has touched the memory.
//
// # What any answer meets
//
// "= ?" after a call and "== ?" after a load take any answer. A run prints it for a byte that is undetermined: one that
// another processor may leave otherwise, since a copy overlapped in one frame (pagecache/copying.go). In a data line such a byte
// is ??; the sum of more than 64 bytes is made with zeros in their place and names them:
//
//	p[4] == ?
//	data 6162????6566
//	data sha1:57db4678397ffd6e3bb9626126324627e010e80b without 4..8
//
// Whatever a program says of an undetermined byte does not count, and where it has the sum of all bytes, nothing of that
// line does. After a call that has taken such a byte for an argument nothing is held any more.
//
// # What the harness does for a program
//
// Paths, strings, patterns and structures are bytes in the program's text, but a system call wants an address. The runner
// puts them into scratch, 1 MiB of the process's bss, with Poke, as a debugger would: no fault of the process is counted.
// A layout without that area gets one, since nothing is ever placed where it lies.
//
// A call outside the model, or on something outside it (a pipe, a terminal, procfs), takes the answer that the program
// records; without one its answer is "?". Its descriptors count all the same: behind each stands an empty file, so that
// the next open gets the number that it had in the log.
//
// # What is left out
//
// There are no loops, conditions or functions: a program is a history, and every line of it happened once.
package script
