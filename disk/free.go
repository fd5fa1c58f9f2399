package disk

import (
	"fmt"
	"slices"
	"sort"
)

// freeRuns are the free blocks of a device. The zero value has none. Runs are never adjacent: give joins them. So the
// longest run is the largest allocation that can be one extent.
// Linux: struct ext4_group_info, the buddy bitmaps (fs/ext4/mballoc.c).
type freeRuns struct {
	runs  []run  // in block order, apart
	spare uint64 // blocks
}

// run is a range of free blocks.
type run struct {
	start Block
	count uint64
}

func (r run) end() Block { return r.start + Block(r.count) }

// find is the index of the first run that ends after block b.
func (f *freeRuns) find(b Block) int {
	return sort.Search(len(f.runs), func(i int) bool { return f.runs[i].end() > b })
}

// take finds up to count free blocks in one run: at goal, else after it where they all fit, else in the longest run. It
// returns fewer blocks than count if no run has that many, and 0 if no block is free. Linux's allocator has more
// criteria and prefers the block group of the inode.
func (f *freeRuns) take(goal Block, count uint64) (Block, uint64) {
	i := f.find(goal)
	if i < len(f.runs) && f.runs[i].start <= goal {
		return f.takeInside(i, goal, count)
	}
	for ; i < len(f.runs); i++ {
		if f.runs[i].count >= count {
			return f.takeInside(i, f.runs[i].start, count)
		}
	}
	if len(f.runs) == 0 {
		return 0, 0
	}
	// Nothing fits as a whole: as few extents as possible.
	best := 0
	for i, r := range f.runs {
		if r.count > f.runs[best].count {
			best = i
		}
	}
	return f.takeInside(best, f.runs[best].start, count)
}

// takeInside takes up to count blocks from at on, which lies in run i.
func (f *freeRuns) takeInside(i int, at Block, count uint64) (Block, uint64) {
	r := f.runs[i]
	got := min(count, uint64(r.end()-at))
	var rest []run
	if at > r.start {
		rest = append(rest, run{r.start, uint64(at - r.start)})
	}
	if end := at + Block(got); end < r.end() {
		rest = append(rest, run{end, uint64(r.end() - end)})
	}
	f.runs = slices.Replace(f.runs, i, i+1, rest...)
	f.spare -= got
	return at, got
}

// give puts blocks back among the free ones. The blocks must not be free already.
func (f *freeRuns) give(b Block, count uint64) {
	i := f.find(b)
	f.runs = slices.Insert(f.runs, i, run{b, count})
	f.spare += count
	if i+1 < len(f.runs) && f.runs[i].end() == f.runs[i+1].start {
		f.runs[i].count += f.runs[i+1].count
		f.runs = slices.Delete(f.runs, i+1, i+2)
	}
	if i > 0 && f.runs[i-1].end() == f.runs[i].start {
		f.runs[i-1].count += f.runs[i].count
		f.runs = slices.Delete(f.runs, i, i+1)
	}
}

// check recomputes the invariants of the runs.
func (f *freeRuns) check() error {
	spare := uint64(0)
	for i, r := range f.runs {
		spare += r.count
		if i > 0 && f.runs[i-1].end() >= r.start {
			return fmt.Errorf("disk: free runs %v and %v overlap or touch", f.runs[i-1], r)
		}
	}
	if spare != f.spare {
		return fmt.Errorf("disk: %d blocks are free, %d are counted", spare, f.spare)
	}
	return nil
}
