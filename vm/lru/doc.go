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
// A processor does not take the lists' lock for every frame. It collects changes of one kind in a batch and makes them
// when the batch holds 31, when it is drained, or when the frame is freed. Each batch is an array of its own, and this
// is what a program can see of it:
//
//	adding      a frame that still waits here is on no list: activating it only sets its flag, and mlock does not
//	            count its area
//	activating  a frame that still waits here is not active yet
//	locking     a frame that still waits here is mlocked, but neither unevictable nor evictable again yet
//
// Drain makes all of these changes. Linux calls it where it is about to look at the lists: before and after mlock
// changes an area, after it has faulted an area in, before madvise ages or frees pages. The model also drains between
// the statements of a program, as the harness has the real kernel do, so that what is compared does not depend on the
// length of a batch.
//
// Looking is another matter: /proc shows the lists as they are after a drain, but looking must change nothing. A View
// is what a drain would lead to, computed from copies.
//
// We keep on which list a frame is, as flags of the frame, and the counters of moves. A machine that may be short of
// memory also keeps the order within each list, and a second set of lists for the control group of the programs. We
// leave out the ages of the multi-generational LRU and several processors.
package lru
