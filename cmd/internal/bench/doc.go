// Package bench measures the goals of the model for speed and size, row by row, against the real kernel in the same
// run.
//
// A kernel that models another one has no excuse for being slower than it: no boundary is crossed, no page table is
// walked by hardware. So each row is a piece of work that both can do: the model's side runs here, the kernel's side in
// a child process that does the same by bare system calls and touches, on one thread and with the garbage collector
// off. Samples of the two take turns, so that a machine that slows down slows both, and the medians are compared. On
// Linux time is the processor's time of the thread, which other programs on the machine disturb least. What cannot be
// measured on a machine is said to be so, and never counts as met.
package bench
