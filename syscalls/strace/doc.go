// Package strace makes programs of what strace and perf trace print about real runs.
//
// A log has the calls of a program, their results and the signals that came. It does not have the areas that execve
// made, nor what the program's files held. Import works both out from what the calls show (layout.go, files.go) and
// writes a program of the language of package script, in which each result of the log is an assertion:
//
//	log --parse--> lines --importer--> statements, .layout and .file lines --script.Parser--> Program
//
// Calls outside the model stay in the program and take the log's answer. A line that is no statement is counted, with
// the reason.
//
// # Why a log is read three times
//
//	1  survey    what later lines decide about earlier ones: which processes there are, how unfinished calls end
//	2  images    what each execve must have mapped, and how large the files must be: both are known at the end
//	3  writing   the program, line by line: each statement goes through the parser, and the model if it is checked
//
// An mmap of a file at offset 8192 shows that the file has at least three pages; a read of 100 bytes that returns 40
// shows where it ends. So sizes grow while the log is read, and the file is put into the program before its first use,
// in the third reading.
//
// # What is kept of a line
//
//	openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = 3            a statement with its answer as an assertion
//	ioctl(1, TCGETS, ...) = 0                                outside the model: kept, and takes the log's answer
//	[pid 12] <... read resumed> "abc", 3) = 3                joined with its first half
//	--- SIGSEGV {si_code=SEGV_MAPERR, ...} ---               an assertion on the access before it
//	+++ exited with 0 +++                                    the end of the process
//	anything else                                            counted, with the reason and an example: Report
//
// # What is left out
//
// What no log has: loads and stores, unless perf trace has printed the page faults, and the contents of files. Two
// threads that run at the same time are taken in the order of the lines.
package strace
