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
package exercise
