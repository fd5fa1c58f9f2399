package prompt

import (
	"fmt"

	"vmsim/pagecache"
	"vmsim/syscalls/plural"
	"vmsim/vm/lru"
)

// viewZones shows how much memory is free, against the watermarks, and what the programs' control group has.
func (p *Prompt) viewZones(string) (*sheet, error) {
	k := p.Session.Kernel()
	r := &k.Cache.Reclaim
	text := "Node 0, zone   Normal\n"
	for _, row := range []struct {
		name string
		n    uint64
	}{
		{"pages free    ", k.Memory.Free()}, {"      min     ", r.Marks.Min}, {"      low     ", r.Marks.Low},
		{"      high    ", r.Marks.High}, {"      managed ", k.Memory.Total()},
	} {
		text += fmt.Sprintf("  %s %d\n", row.name, row.n)
	}
	text += marksText(r)
	if r.Limit > 0 {
		text += fmt.Sprintf("The programs' control group has %d of %s.\n", r.Charged(), plural.Pages(r.Limit))
	}
	return &sheet{text: text}, nil
}

// marksText says what happens at each watermark.
func marksText(r *pagecache.Reclaim) string {
	if r.Marks.High == 0 {
		return "With less than 4 MiB there are no watermarks: reclaim begins when no page is free.\n"
	}
	return "Below low kswapd is woken, and goes on until more than high are free; at min a program that needs a " +
		"page reclaims.\n"
}

// viewOrdered shows the lists in the order in which reclaim looks at them.
func (p *Prompt) viewOrdered() *sheet {
	s := &sheet{cols: []string{"list", "place", "frame", "page", "flags"}}
	k := p.Session.Kernel()
	for _, g := range []lru.Group{lru.Everyone, lru.Limited} {
		for list := lru.InactiveAnon; list <= lru.Unevictable; list++ {
			at := 0
			for f := range k.LRU.Row(g, list) {
				if at++; len(s.rows) < maxRows {
					s.row(list, at, hex(f.PFN()), p.frameText(f), k.Proc.PageFlagsOf(f).String())
				}
			}
		}
	}
	return s
}
