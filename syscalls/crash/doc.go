// Package crash finds the states in which a power cut may leave a program's files, and holds the program's invariants
// against each.
//
// A store to a shared mapping and a write() change a page in memory. The kernel may write that page back at any time:
// soon, or only at msync or fsync. A disk keeps what it was given in a cache of its own until it is flushed, and
// brings it to the medium in any order, sector by sector. And ext4 writes to its journal which files there are, how
// long they are and where their blocks lie, at any time too. So after a power cut each sector of a file holds one of
// the contents that it had since it was durable last, each on its own:
//
//	statement            page 0      page 1      what page 0 and page 1 may hold on the disk
//	p[0] = 'A'           A dirty     -           - -   A -
//	p[4096] = 'B'        A dirty     B dirty     - -   A -   - B   A B
//	msync(p, 8192)       A           B           A B
//
// The record of a run has, after each statement, every file as memory and as the disk have it. From it follow, for each
// statement during which the power may fail, what the journal may have and what each sector may hold:
//
//   - The journal was written last as the model did, or is written anew as it is after any later statement.
//   - A file has the size and the blocks that the journal's time gives it, or those of a writeback of the whole file at
//     an earlier time. New blocks are written before the journal leads to them (data=ordered).
//   - A sector holds any of its contents between the last moment when it was clean and durable, and now.
//
// States differ only in what the invariants ask for: bytes that no condition reads make no difference. Where there are
// more states than the budget allows, some are drawn at random, and the count of both is reported.
//
// The path of one operation:
//
//	record      runs the program in the model, and keeps after each statement what memory and disk have of each file
//	try         for each statement during which the power may fail: which journal, which sectors, how many states
//	image       one such state becomes the files of a machine that boots after the power cut
//	condition   the invariants, on those files: one that does not hold is reported with the state
//	remedy      one change of the program, or two, after which the invariant holds: an msync or fsync, a flag
//
// Left out: pages that the processor changes while they are written, sectors that can no longer be read, and errors of
// the disk.
package crash
