// Package scripttest has what the tests of the language and of what runs it share: one program of each form, the
// recordings, and the check that what is printed reads back.
//
// Each runs a check on every program whose file a pattern names, so the tests of the parser, of the printer and of the
// model see the same programs, and a new recording is tested by all of them.
package scripttest
