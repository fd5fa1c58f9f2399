// Package script is the project's language: programs of system calls, loads and stores, typed as strace prints them.
//
// One notation serves everything: what a person types, what a file holds, what a run prints, what a recording of the
// real kernel looks like, and what a test asserts. A line is a statement; a trailing "= 3" asserts its result; indented
// lines under it are observations, each of which a test compares with what happened.
//
//	fd = openat(AT_FDCWD, "/data/a", O_RDWR) = 3
//	p  = mmap(NULL, 3*PAGE, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)
//	p[4096] = 'x'
//	    faults 1 0
//
// Parse turns text into a Program of Ops, and String prints it again. A line takes this way:
//
//	"p[4096] = 'x'" --lex--> tokens --Parser.Line--> Op{Do: *Access} --Op.String--> "p[4096] = 'x'"
//
// lex.go makes the tokens, cursor.go walks over them, parse*.go reads one form each, opprint.go and expr.go print. What
// calls and flags there are, and how each argument is spelt, is in calls.go and flagsets.go. Nothing here runs: package
// syscalls/script/run runs programs, and package syscalls/script/model runs them on the model.
//
// # What a program asserts
//
// A hand-written program asserts what it states and nothing else. A recording, which is a program whose leading comment
// says "recorded on", asserts more: a statement without map lines says that the maps did not change, and one without a
// signal line that no signal came. Fault counts and bytes count where they are written, in either kind: a recording
// leaves them out where the harness itself has touched the memory.
//
// # Undetermined bytes
//
// "= ?" after a call and "== ?" after a load accept any answer. A run prints it for an undetermined byte: one that
// another processor may leave otherwise, because a copy overlapped itself in one frame (pagecache/overlap). In a
// data line such a byte is ??; the sum of more than 64 bytes is made with zeros in their place and names them:
//
//	p[4] == ?
//	data 6162????6566
//	data sha1:57db4678397ffd6e3bb9626126324627e010e80b without 4..8
//
// What a program asserts of an undetermined byte is ignored; so is a line with the sum of bytes of which one is
// undetermined. After a call that takes such a byte for an argument, no assertion is checked.
//
// # What is left out
//
// There are no loops, conditions or functions: a program is a history, and every line of it happened once.
package script
