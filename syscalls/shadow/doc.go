// Package shadow runs an unmodified program of this machine with the model beside it.
//
// The program and all that it starts run under ptrace. What they do to memory becomes statements of the language of
// package script, with the kernel's answers as assertions, and each statement runs in the model at once:
//
//	ptrace stop --tracer--> call or fault --witness--> statement --script/run--> model
//	                                          |
//	                     /proc/PID/maps --compared--> Report
//
// An execve becomes a .layout, taken from /proc/PID/maps. Page faults come from perf_event_open: each becomes a touch,
// before the statement of the call in which it happened, and the model must take a fault of the same kind. Calls that
// say nothing about memory, descriptors or processes are counted and left out.
//
// The program is disturbed as little as possible: its registers and memory are never written, and its memory is read
// after a call has returned, when the kernel has already used it.
//
// # What is compared
//
//	result            of each call on memory, descriptors and processes
//	areas             /proc/PID/maps after each call that may have changed them
//	faults            of which page, minor or major, in the order in which they came
//	resident pages    of each area, at the end of a process
//	bad accesses      the signal, its code and its address
//
// A difference is explained (the file was not wholly in memory, another thread was faster) or it is an error of the
// model. After one the model is corrected to what the kernel has, so that one difference does not become many.
//
// # The path of one operation
//
//	the program calls mmap         ptrace stops it at the entry: what else runs in the process is held, if need be
//	                               and at the exit: the answer is known
//	ring                           the faults that perf has recorded until now become touches, before the statement
//	witness.call                   the call becomes a statement with that answer as its assertion
//	script/run                     the model runs it, and says what differs
//	compareMaps                    the areas of both
//	                               the program runs on
//
// # What is left out
//
// Loads and stores that do not fault are not seen, and neither are the bytes that a program stores: the model's pages
// are in the right state, with other contents.
package shadow
