// Package profile says which Linux the model answers as: a release, and what its configuration and the processor
// decide.
//
// Most of what the model does has been the same for many releases. What changed is a Rule, a row of one table: since
// which release Linux follows it, by which change, what it says, and a program that shows it. Code that implements a
// rule asks
//
//	if s.Profile.Has(profile.GuardRegions) { … }
//
// and never compares releases itself. So a release is the set of rules that it follows:
//
//	                  6.12  6.16  6.17  6.18
//	AlignedAnonymous   x     x     x     x
//	GuardRegions       -     x     x     x
//	MoveSeveralAreas   -     -     x     x
//
// A Config is what two kernels of one release may differ in: what was built in, what the boot line and the processor
// allow. It decides which lines and flags /proc shows, and which calls there are. A new rule is one constant in
// rules.go, and one row in the file of its series:
//
//	SwapZeros: {Name: ..., Since: Release{6, 12, 0},
//	        By:      the change of Linux that brought it,
//	        Says:    what a program sees of it, and what it saw before,
//	        Example: a program whose answers differ},
//
// A test runs the example in the model as a release before the rule and as one since: the answers must differ, or the
// rule says nothing. Documents and the command that explains releases print the same rows.
//
// Left out is what no program of the language can see: scheduling, timers, and the layout of the kernel's own memory.
package profile
