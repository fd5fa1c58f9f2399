package difftest

import (
	"slices"
	"strings"

	"vmsim/syscalls/script/run"
)

// shown compares the tracepoints that fired, in order, and the requests that the disk was given: of these the direction
// and the number of sectors, since where a file lies is the file system's affair.
func (c *comparer) shown(kinds run.Kinds) {
	for _, kind := range []run.Kinds{run.Trace, run.IO} {
		if kinds&kind == 0 {
			continue
		}
		w, g := c.want.Shown(kind), c.got.Shown(kind)
		if kind == run.IO {
			w, g = sizes(w), sizes(g)
		} else {
			w, g = onceEach(w), onceEach(c.without(g))
			if c.frames {
				w, g = unattempted(w), unattempted(g)
			}
		}
		if !slices.Equal(w, g) {
			i := firstDifference(w, g)
			c.add(kind, kind.String(), list(w[i:]), list(g[i:]))
			c.out[len(c.out)-1].Cut = kind == run.IO && gathered(w) == gathered(g)
		}
	}
}

// firstDifference is the first index at which two lists differ, or the length of the shorter one.
func firstDifference(a, b []string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	return i
}

// without leaves out of the model's events those that the kernel has no tracepoint for.
func (c *comparer) without(events []string) []string {
	if len(c.absent) == 0 {
		return events
	}
	return slices.DeleteFunc(slices.Clone(events), func(e string) bool {
		name, _, _ := strings.Cut(e, " ")
		return slices.Contains(c.absent, name)
	})
}

// sizes are requests without the sectors that they begin at. Of flushes that follow one another one counts: with the
// journal the kernel writes blocks that are not told of, and flushes before them and behind them.
func sizes(requests []string) (out []string) {
	for i, r := range requests {
		if i > 0 && r[0] == 'F' && requests[i-1][0] == 'F' {
			continue
		}
		what, _, _ := strings.Cut(r, " ")
		_, count, _ := strings.Cut(r, "+")
		out = append(out, what+" +"+count)
	}
	return out
}

// unattempted leaves out the faults of the processor as it stores its registers in a signal frame: the kernel has page
// faults disabled meanwhile, and then makes the page ready by clearing it, which faults there again.
// Linux: copy_fpstate_to_sigframe (arch/x86/kernel/fpu/signal.c).
func unattempted(events []string) []string {
	var out []string
	for i, e := range events {
		if page := kernelFaultPage(e); page == "" || i+1 == len(events) || kernelFaultPage(events[i+1]) != page {
			out = append(out, e)
		}
	}
	return out
}

// kernelFaultPage is the page of a fault within the kernel, as the address without its last three digits; empty for
// another event.
func kernelFaultPage(event string) string {
	rest, ok := strings.CutPrefix(event, "page_fault_kernel address=")
	address, _, _ := strings.Cut(rest, " ")
	if !ok || len(address) <= len("0x000") {
		return ""
	}
	return address[:len(address)-3]
}

// onceEach leaves out what a processor without fast string instructions adds: where copying a word faults and cannot be
// helped, the kernel copies the rest byte by byte, up to the same fault.
// Linux: rep_movs_alternative (arch/x86/lib/copy_user_64.S).
func onceEach(events []string) []string {
	var out []string
	for i, e := range events {
		if i > 0 && e == events[i-1] && strings.HasPrefix(e, "page_fault_kernel ") {
			continue
		}
		out = append(out, e)
	}
	return out
}
