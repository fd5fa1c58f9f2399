// Package lru keeps the lists from which reclaim takes frames.
//
// Linux sorts the frames that it may reclaim into four lists, private or file pages, inactive or active, and keeps
// those that it may not reclaim on a fifth. Reclaim scans the inactive lists from the end; a frame that is used twice
// while it is there moves to the active one.
//
//	            Add                        Accessed, the second time
//	new frame ------> inactive (anon, file) ----------------------> active (anon, file)
//	                     |   ^       ^                                  |
//	               Mlock |   |       +-------- Deactivate --------------+
//	                     v   | Munlock, Rescue
//	                  unevictable
//
// To avoid taking the lists' lock for every frame, each processor batches changes of one kind. It applies a batch when
// it holds 31 changes, when it is drained, or when a frame in it is freed. There is one batch for each kind of change,
// with effects that a program can see:
//
//	adding      a frame that still waits here is on no list: activating it only sets its flag, and mlock does not
//	            count its area
//	activating  a frame that still waits here is not active yet
//	locking     a frame that still waits here is mlocked, but neither unevictable nor evictable again yet
//
// Drain applies all of these changes. Linux calls it where it is about to look at the lists: before and after mlock
// changes an area, after it has faulted an area in, before madvise ages or frees pages. The model also drains between
// the statements of a program, and the harness makes the real kernel do so, so that a comparison does not depend on the
// length of a batch.
//
// /proc shows the lists as they are after a drain, but in the model reading /proc must change nothing. A View computes
// from copies what a drain would lead to.
//
// We keep a frame's list, as flags of the frame, and the counters of moves. A machine that may be short of memory also
// keeps the order within each list, and a second set of lists for the control group of the programs. We leave out the
// ages of the multi-generational LRU and several processors.
//
// # The path of one operation
//
// A page of a file is read a second time:
//
//	Accessed          the frame is referenced, so this use makes it active: it goes into the batch of activations
//	                  ... up to 30 other activations
//	drainActivations  each frame of the batch gets Active, moves to the head of the active list, and is counted
//	TakeOldest        reclaim finds it only after all that are older on its list
package lru
