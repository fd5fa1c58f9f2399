// Package compare does the same work on a file in several ways, and counts what each takes.
//
// What read() and mmap cost is a question of the access, not of taste: how often, in which order, by how many
// processes. So one first says what is wanted of a file, as a program in the project's language; Observe runs it in the
// model and keeps each access of the file. Work.Program writes programs that do exactly those accesses by read() and
// write(), through a mapping, by sendfile, or past the page cache; Measure runs one of them on a machine, the model or
// a real kernel, and counts calls, faults, copied bytes, requests to the disk and virtual time, step by step.
//
// Left out is what a program does with the bytes: both ways would do the same.
package compare
