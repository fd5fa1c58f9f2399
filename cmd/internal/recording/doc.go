// Package recording turns the run of a program into a list of steps, each with what it changes, for a page that draws
// and does not compute.
//
// The state of the machine is flat: a thing (an area, an entry of a page table, a frame, a page of the page cache, an
// extent of the disk, a place in the swap area, a counter) has a key, and its value is a text of cells. Keys and values
// are numbered. A step is a list of changes (key, value before, value after), so that it can be done and undone, and
// the state at moment t is the first state with the changes of steps 1 to t:
//
//	keys    0 "a:1:7ffff7ff5000"   1 "e:1:7ffff7ff5000"   2 "f:0:1c25"   …     in the order in which they are drawn
//	values  0 ""                   1 "P RW A D|frame|…"   …                    0: the thing is not there
//	step 7  1: 0 → 1,  2: 0 → 5
//
// The things are looked at from outside, after every step: the model tells nothing that it would not tell a debugger.
// Where that would take too long, only those are looked at that the latest steps name; the others follow at the end of
// a statement.
package recording
