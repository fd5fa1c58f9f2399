// Package throttle computes how long a task waits that dirties pages faster than the disk writes them.
//
// # What Linux does
//
// A task that writes to files only makes pages dirty; the flusher writes them later. If tasks dirtied pages without a
// limit, memory would fill with pages that cannot be freed. So balance_dirty_pages slows them, the more the closer the
// dirty pages are to the limit:
//
//	dirty pages   0 ...... background ...... free run ...... setpoint ...... limit
//	                       the flusher       tasks are       they dirty      they
//	                       is woken          slowed          as fast as      stop
//	                                                         the disk writes
//
// The kernel measures every 200 ms how fast the disk writes. From that follows the rate that all tasks are given. The
// position of the dirty pages between free run and limit raises or lowers it: the rate is doubled at free run, the same
// at the setpoint, zero at the limit. A task that has dirtied n pages in t seconds at the rate r waits for n/r - t.
// Pauses shorter than about 10 ms cost more than they give, so a task dirties several pages before it checks again.
//
// # What is kept
//
//   - Position: how many pages are dirty, and the limits. The caller counts them.
//   - Disk: the measured speed and the common rate.
//   - Task: what one task has dirtied since its last check, and when it checks again.
//
// # The path of one operation
//
//	Task.Dirties     a write has dirtied pages
//	Task.Due         so many that the task has to check
//	Disk.Check       measures, if 200 ms have passed; computes the pause
//	Task.Resume      the caller has let the task wait, while the disk wrote
//
// # What is left out
//
// Several disks: one disk has all of the limit, which Linux divides by what each disk has written lately. strictlimit,
// and the limits of memory control groups.
//
// The formulas are those of mm/page-writeback.c. Times are in jiffies, rates in pages a second, ratios in 1024ths.
package throttle
