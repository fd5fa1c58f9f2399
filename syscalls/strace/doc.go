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
package strace
