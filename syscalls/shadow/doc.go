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
package shadow
