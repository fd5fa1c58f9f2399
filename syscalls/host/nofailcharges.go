//go:build linux && amd64

package host

import (
	"errors"
	"fmt"
	"syscall"
)

// noFailCharges sees that the kernel has reclaimed pages of a program's to charge memory that it must have: the heads
// of a page's buffers. What was charged for them before may have been freed in the same statement, and then what the
// group counts does not tell.
// Linux: create_empty_buffers (fs/buffer.c), __GFP_NOFAIL (include/linux/gfp_types.h).
type noFailCharges struct {
	trace   *tracer
	renamed error // the tracing system has other numbers for threads: it tells of every process
}

// The tracepoint of a group's reclaim, and the flag of an allocation that must not fail.
const (
	groupReclaimEvent = "vmscan/mm_vmscan_memcg_reclaim_begin"
	mustNotFail       = 1 << 15
)

// newNoFailCharges is what sees such charges; nil where the kernel has no tracing system.
func newNoFailCharges() *noFailCharges {
	t, err := newTracer()
	if err != nil {
		return nil
	}
	c := &noFailCharges{trace: t, renamed: t.sameNumbers()}
	filter := fmt.Sprintf("gfp_flags & %d", mustNotFail)
	if c.follow(syscall.Gettid()) != nil || t.filtered(groupReclaimEvent, filter) != nil {
		t.close()
		return nil
	}
	return c
}

// follow adds a process of the program.
func (c *noFailCharges) follow(tid int) error {
	if c == nil || c.renamed != nil {
		return nil
	}
	if err := c.trace.follow(tid); err != nil {
		return errors.Join(fmt.Errorf("process %d", tid), err)
	}
	return nil
}

// since reports whether there was such a charge since it was asked last.
func (c *noFailCharges) since() (seen bool, err error) {
	if c == nil {
		return false, nil
	}
	err = c.trace.read(func(string) { seen = true })
	return seen, err
}

func (c *noFailCharges) close() {
	if c != nil {
		c.trace.close()
	}
}
