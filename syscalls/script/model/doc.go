// Package model is the model as a run.Machine: it sets a syscalls.Kernel up as a program's head says, carries out the
// program's directives, and answers what a program asks for beyond what a syscalls.Caller shows.
//
//	.machine, .sysctl   settings.go, limits.go   become a syscalls.Config and the kernel's knobs
//	.layout             layout.go                the areas that process 1 starts with
//	.expect             counters.go              counters and state by name
//	pte, page           observepte.go, observepage.go     what changed in page tables and in the page cache
//	trace, io, copy     observetrace.go, observe.go       what the log of steps says
//
// The harness looks into memory and writes arguments there. What that costs does not count as the program's: account.go
// keeps the two apart.
//
// # The path of one operation
//
//	New                a Machine without a kernel
//	Setup              the program's head: .machine and .sysctl become a Config, .file files, .layout areas
//	a statement        goes to a syscalls.Process; the Machine only watches
//	Observe            what the statement has changed, as far as the program wants to know
//	a directive        .sleep moves the clock, .drop_caches evicts, .power_cut leaves what the disk has
package model
