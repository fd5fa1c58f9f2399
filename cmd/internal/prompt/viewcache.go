package prompt

import (
	"fmt"

	"vmsim/pagecache"
	"vmsim/syscalls/plural"
	"vmsim/syscalls/session"
	"vmsim/vm"
	"vmsim/vm/lru"
	"vmsim/vm/phys"
)

var cacheViews = []view{
	{"pagecache", "[FILE]", "the pages of files that are in memory", (*Prompt).viewPageCache},
	{"dirty", "", "the pages that the disk does not have yet; who writes them when", (*Prompt).viewDirty},
	{"lru", "", "the frames that reclaim may take, by list", (*Prompt).viewLRU},
	{"mrc", "", "the miss-ratio curve of what has run: how often each size of memory would miss",
		(*Prompt).viewMRC},
	{"zones", "", "how much memory is free, the watermarks, and the control group's limit", (*Prompt).viewZones},
	{"swap", "", "the swap area and the swap cache", (*Prompt).viewSwap},
	{"disk", "[FILE]", "where the pages of each file lie on the disk", (*Prompt).viewDisk},
}

// eachFile calls fn for the file that is named, or for all.
func (p *Prompt) eachFile(name string, fn func(path string, m *pagecache.Mapping)) error {
	if name == "" {
		p.Session.EachFile(fn)
		return nil
	}
	path, m, err := p.Session.File(name)
	if err == nil {
		fn(path, m)
	}
	return err
}

func (p *Prompt) viewPageCache(rest string) (*sheet, error) {
	s := &sheet{cols: []string{"file", "page", "frame", "maps", "flags"}}
	k := p.Session.Kernel()
	total := uint64(0)
	err := p.eachFile(rest, func(path string, m *pagecache.Mapping) {
		total += m.Cached()
		m.EachPage(0, ^vm.PageIndex(0), func(i vm.PageIndex, f *phys.Frame) {
			if len(s.rows) < maxRows {
				s.row(path, uint64(i), hex(f.PFN()), f.Maps(), k.Proc.PageFlagsOf(f).String())
			}
		})
	})
	if total > maxRows {
		s.note("… %s", plural.Count(total-maxRows, "more page", "more pages"))
	}
	s.note("%s in memory", plural.Count(total, "page", "pages"))
	return s, err
}

func (p *Prompt) viewLRU(string) (*sheet, error) {
	s := &sheet{cols: []string{"list", "frame", "page", "flags"}}
	k := p.Session.Kernel()
	n := map[lru.List]int{}
	lists := k.LRU.View()
	if k.LRU.Ordered() {
		s = p.viewOrdered()
	}
	for list := lru.InactiveAnon; list <= lru.Unevictable; list++ {
		k.Memory.EachUsed(func(f *phys.Frame) {
			if lru.ListOf(lists.Flags(f)) != list {
				return
			}
			if n[list]++; !k.LRU.Ordered() && len(s.rows) < maxRows {
				s.row(list, hex(f.PFN()), p.frameText(f), k.Proc.PageFlagsOf(f).String())
			}
		})
	}
	for list := lru.InactiveAnon; list <= lru.Unevictable; list++ {
		s.note("%-14v %d", list, n[list])
	}
	return s, nil
}

func (p *Prompt) viewSwap(string) (*sheet, error) {
	s := &sheet{cols: []string{"entry", "referred to by", "in the swap cache as"}}
	swap := p.Session.Kernel().Swap()
	if swap == nil {
		return &sheet{text: "The machine has no swap area. Try: .machine swap=16M at the head of a program\n"}, nil
	}
	swap.Each(func(e vm.SwapEntry, count int, f *phys.Frame) {
		frame := "nothing: it is on the disk alone"
		if f != nil {
			frame = fmt.Sprintf("frame %#x", uint64(f.PFN()))
		}
		if len(s.rows) < maxRows {
			s.row(entryName(e), plural.Count(count, "entry", "entries"), frame)
		}
	})
	for _, a := range swap.Areas() {
		s.note("%s, %s: %d of %s taken, priority %d", a.Name, kindOfArea(a.File), a.Used,
			plural.Count(a.Pages, "place is", "places are"), a.Priority)
	}
	return s, nil
}

// kindOfArea is what a swap area lies on.
func kindOfArea(file bool) string {
	if file {
		return "a file"
	}
	return "a device"
}

// entryName is a swap entry for people: those of areas other than the first say which one.
func entryName(e vm.SwapEntry) string {
	if e.Area() == 0 {
		return fmt.Sprint(e.Place())
	}
	return fmt.Sprintf("%d:%d", e.Area(), e.Place())
}

func (p *Prompt) viewDisk(rest string) (*sheet, error) {
	s := &sheet{cols: []string{"file", "pages", "are"}}
	err := p.eachFile(rest, func(path string, m *pagecache.Mapping) {
		extents := m.Extents()
		if m.InMemory() {
			s.row(path, fmt.Sprintf("0-%d", max(0, (m.Size()-1)/vm.PageSize)), "in memory alone: tmpfs has no disk")
		} else if len(extents) == 0 {
			s.row(path, "none", "on the disk; "+plural.Bytes(m.Size()))
		}
		for _, e := range extents {
			first, last := session.ExtentPages(e)
			s.row(path, fmt.Sprintf("%d-%d", first, last), session.TellExtent(e))
		}
	})
	return s, err
}
