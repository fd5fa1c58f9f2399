// Package session is time travel over the model: a program that can be stepped into, stepped back and branched.
//
// A machine of the model is deterministic, so a session keeps no copies of it. It keeps the statements and the log of
// steps, and one live machine that is after step t. To go forward the machine runs on; to go back a new one runs
// from the start. A machine is suspended inside a statement, even in the middle of a page fault, by being left there:
// it runs as a coroutine that is blocked in the log's observer, so that everything it has is to be seen as it is at
// that step.
//
//	t:          0 ─ 1 ─ 2 ─ 3 ─ 4 ─ 5 ─ 6 ─ 7 ─ 8            one step of the log each
//	statement:  [ openat ] [     mmap     ] [ p[0] ]         its last step says that it is done
//	                            ^ the live machine
//
// The state after step t is one state, whatever way led there: a statement's last step is trace.StatementDone, which
// comes when the statement has no effects any more. What is typed in the past begins a Branch, which shares its history
// with the old one up to there.
//
// Why something is as it is, is read from the recorded steps: see Why.
//
// # The path of one operation
//
//	Do("p[0] = 'x'")     the text is parsed, and joins the branch; the live machine runs to its end
//	BackI(1)             one step back: a new machine runs from the start to the step before
//	WhyEntry(pid, x)     looks for the last step that touched the entry, and then for what led to that
//	Switch(branch)       the other branch's statements, run to where it was left
//
// Going back costs as much as going there once more. In return nothing has to be undone, and no state has to be copied.
//
// # What is left out
//
// Editing the past: what is typed there begins a branch, and the old one stays.
package session
