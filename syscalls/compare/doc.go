// Package compare does the same work on a file in several ways, and counts what each takes.
//
// What read() and mmap cost is a question of the access, not of taste: how often, in which order, by how many
// processes. So one first says what is wanted of a file, as a program in the project's language; Observe runs it in the
// model and keeps each access of the file. Work.Program writes programs that do exactly those accesses by read() and
// write(), through a mapping, by sendfile, or past the page cache; Measure runs one of them on a machine, the model or
// a real kernel, and counts calls, faults, copied bytes, requests to the disk and virtual time, step by step.
//
// Left out is what a program does with the bytes: both ways would do the same.
//
//	program --Observe--> Work: accesses, by offset and length --Program(way)--> a program a way --Measure--> Costs
//	                                                            read, mmap, sendfile, direct
//
// An example: 256 loads of one byte, each in another page of a file that is cached.
//
//	mmap    open, mmap, 256 loads        2 calls and 16 faults: fault-around maps 16 pages with each
//	read    open, 256 pread64 of a page  257 calls, and 1 MiB copied
//
// The first access and the others are measured apart, since the first one pays for opening and mapping, and so is what
// brings changes to the disk. Which way wins changes with the pattern: that is what the package is for.
package compare
