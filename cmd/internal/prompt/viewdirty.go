package prompt

import (
	"fmt"
	"time"

	"vmsim/pagecache"
	"vmsim/syscalls/plural"
	"vmsim/syscalls/session"
	"vmsim/vm"
	"vmsim/vm/phys"
)

func (p *Prompt) viewDirty(string) (*sheet, error) {
	s := &sheet{cols: []string{"file", "page", "frame", "process", "since t", "because of", "age", "will be written"}}
	onDisk := false
	err := p.eachFile("", func(path string, m *pagecache.Mapping) {
		onDisk = onDisk || !m.InMemory()
		if m.InMemory() {
			return
		}
		p.dirtyPages(s, path, m)
	})
	if len(s.rows) == 0 {
		s.note("no page is dirty")
	}
	switch {
	case onDisk:
		p.tellThresholds(s)
	case p.Session.Kernel().Disk == nil:
		s.note(session.DiskHint)
	}
	return s, err
}

// dirtyPages adds a line for each dirty page of a file, and one for each range of pages under writeback.
func (p *Prompt) dirtyPages(s *sheet, path string, m *pagecache.Mapping) {
	u := underWay{sheet: s, path: path}
	m.EachPage(0, ^vm.PageIndex(0), func(i vm.PageIndex, f *phys.Frame) {
		switch dirty := f.Has(phys.Dirty); {
		case len(s.rows) >= maxRows:
		case dirty:
			u.end()
			p.dirtyRow(s, path, m, i, f)
		case f.Has(phys.Writeback):
			u.add(i)
		}
	})
	u.end()
}

// underWay gathers pages of a file that are being written, and gives a row to those that follow each other.
type underWay struct {
	*sheet
	path  string
	first vm.PageIndex
	pages uint64
}

func (u *underWay) add(i vm.PageIndex) {
	if u.pages > 0 && i != u.first+vm.PageIndex(u.pages) {
		u.end()
	}
	if u.pages == 0 {
		u.first = i
	}
	u.pages++
}

func (u *underWay) end() {
	if u.pages == 0 {
		return
	}
	page := fmt.Sprint(uint64(u.first))
	if u.pages > 1 {
		page = fmt.Sprintf("%s-%d", page, uint64(u.first)+u.pages-1)
	}
	u.row(u.path, page, "", "", "", "", "", "is under way to the disk")
	u.pages = 0
}

func (p *Prompt) dirtyRow(s *sheet, path string, m *pagecache.Mapping, i vm.PageIndex, f *phys.Frame) {
	t, statement := p.Session.DirtiedAt(m, i)
	pid, age := "", p.Session.Kernel().Clock.Now()
	if t > 0 {
		e := p.Session.Branch().Event(t)
		pid, age = fmt.Sprint(e.PID), age-e.Time
	}
	s.row(path, uint64(i), hex(f.PFN()), pid, uint64(t), statement, short(age.Duration()), p.willBeWritten(m))
}

// willBeWritten says who writes a file's dirty pages where no program does, and when.
func (p *Prompt) willBeWritten(m *pagecache.Mapping) string {
	k := p.Session.Kernel()
	if background, _ := k.Cache.Writer.Thresholds(); uint64(k.Cache.Writer.Dirty()) > background {
		return "by the flusher, as soon as it is woken"
	}
	at, ok := k.Cache.Writer.Due(m)
	if !ok {
		return "by no one: the flusher's timer is off"
	}
	return fmt.Sprintf("by the flusher in %s", short((at - k.Clock.Now()).Duration()))
}

// short is a time to three digits or so.
func short(d time.Duration) string {
	for _, unit := range []time.Duration{time.Second, time.Millisecond, time.Microsecond} {
		if d >= unit {
			return d.Round(unit / 10).String()
		}
	}
	return d.String()
}

// tellThresholds says how much is dirty, what happens at how much, and who had to wait for that.
func (p *Prompt) tellThresholds(s *sheet) {
	w := p.Session.Kernel().Cache.Writer
	background, limit := w.Thresholds()
	s.note("%d dirty and %d under way; the flusher is woken above %d, processes are slowed above %d and stop at %d",
		w.Dirty(), w.UnderWriteback(), background, (background+limit)/2, limit)
	for _, d := range w.Dirtiers() {
		if d.Waits > 0 {
			s.note("process %d has dirtied %s and had to wait %s, %s in all", d.PID, plural.Pages(d.Pages),
				plural.Count(uint64(d.Waits), "time", "times"), short(d.Waited))
		}
	}
}
