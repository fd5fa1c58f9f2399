// Package exercise runs the exercises of a course: what a student has written is held against the model, statement by
// statement, and the first step that differs is named.
//
// A test of an exercise is three lines; docs/exercises has twelve of them:
//
//	func TestScenarios(t *testing.T) {
//		exercise.Test(t, ".", func() syscalls.Policies { return syscalls.Policies{CopyOnWrite: New()} })
//	}
//
// What is compared is what a program can see (results, signals, bytes, areas, faults, copies) and the state at the end,
// never console text. The log of steps serves to say where the two began to differ.
//
// # The kinds of exercise
//
//	predict   answers.vms has blanks (?), each a number that the model knows
//	explore   answer.vms is a program that has to reach goals
//	build     a Go type decides in Linux's place, in scenarios that it has seen and others
//	find      tests that tell kernels with an error from the model
//	host      answers about the Linux that the student sits at
//
// # The path of one operation
//
// A scenario of a build exercise:
//
//	Load         the folder: exercise.json, scenarios, hidden ones, the reference
//	Jobs         each program, with a seed that varies the lines marked "# vary"
//	Record       runs the program once with the reference and once with the student's policy: two Transcripts
//	Compare      the first statement that differs, and of its steps the first that differs
//	Explain      says so in sentences, with the line and the command that shows it
//
// A submission may loop, panic or print: Record bounds the steps of a statement and catches panics, and the grader runs
// it in a process of its own (package child).
//
// # What is left out
//
// Grades and deadlines. How good a program's style is.
package exercise
