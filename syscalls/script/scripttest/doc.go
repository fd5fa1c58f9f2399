// Package scripttest has what the tests of the language and of what runs it share: one program of each form, the
// recordings, and the check that what is printed reads back.
package scripttest
