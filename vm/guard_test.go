package vm

import (
	"testing"

	"vmsim/vm/phys"
)

func TestGuardsDropPagesAndOutliveDontNeed(t *testing.T) {
	p := newPictured(t, "aaA")
	a := p.Find(pageAt(0))
	p.InstallGuards(a, pageAt(1), pageAt(3))
	p.expect("aAA")
	for i, guarded := range []bool{false, true, true} {
		if p.Entry(pageAt(i)).Guard() != guarded {
			t.Errorf("page %d: %v", i, p.Entry(pageAt(i)))
		}
	}
	p.Discard(a, pageAt(0), pageAt(3))
	p.expect("AAA")
	if !p.Entry(pageAt(1)).Guard() {
		t.Error("MADV_DONTNEED took a guard away")
	}
	p.RemoveGuards(pageAt(0), pageAt(3))
	if !p.Entry(pageAt(1)).None() || !p.Entry(pageAt(2)).None() {
		t.Error("a guard is left")
	}
}

// fork is a child of the space.
func (p *pictured) fork() *pictured {
	p.t.Helper()
	c := &pictured{t: p.t, files: p.files, Space: NewSpace(p.Log, p.Memory, p.Commit, p.Limits)}
	if err := p.Space.Fork(c.Space); err != nil {
		p.t.Fatal(err)
	}
	return c
}

func TestForkSharesPrivatePagesAndForbidsStores(t *testing.T) {
	p := newPictured(t, "aA")
	p.InstallGuards(p.Find(pageAt(1)), pageAt(1), pageAt(2))
	c := p.fork()
	p.expect("aA")
	c.expect("aA")
	f := p.NormalFrame(p.Entry(pageAt(0)))
	switch {
	case f != c.NormalFrame(c.Entry(pageAt(0))) || f.Maps() != 2:
		t.Errorf("the frame is not shared: %v", f)
	case f.Has(phys.Exclusive):
		t.Error("a shared frame counts as one process's own")
	case p.Entry(pageAt(0)).Writable() || c.Entry(pageAt(0)).Writable():
		t.Error("a shared frame can be stored to")
	case !c.Entry(pageAt(1)).Guard():
		t.Error("the child has no guard")
	}
}

func TestForkLeavesOutWhatIsNotInherited(t *testing.T) {
	p := newPictured(t, "AdA")
	p.fork().expect("A A")
}

// A child's areas reach back to before the fork: what both touch later has another history, and they do not merge.
func TestAreasOfAChildKeepTheirHistoriesApart(t *testing.T) {
	p := newPictured(t, "a")
	c := p.fork()
	c.mapPages('A', 1, 1)
	c.expect("a|A")
	p.mapPages('A', 1, 1)
	p.expect("aA")
}

func TestCheckFindsWhatIsBroken(t *testing.T) {
	for name, breakIt := range map[string]func(p *pictured){
		"an entry outside all areas":      func(p *pictured) { p.table.set(pageAt(9).Page(), GuardMarker) },
		"a resident page not counted":     func(p *pictured) { p.Stats.RSS[RSSAnon]-- },
		"a page counted twice":            func(p *pictured) { p.Stats.Total++ },
		"a gap that is taken":             func(p *pictured) { p.gaps.release(pageAt(0), pageAt(1)) },
		"a writable entry, read-only":     func(p *pictured) { p.table.set(pageAt(2).Page(), p.Entry(pageAt(2))|PteWrite) },
		"the chain without the tree":      func(p *pictured) { p.first = p.first.next },
		"a frame at another page's place": func(p *pictured) { p.NormalFrame(p.Entry(pageAt(0))).Index++ },
	} {
		p := newPictured(t, "a b")
		if err := p.Check(); err != nil {
			t.Fatal(err)
		}
		if breakIt(p); p.Check() == nil {
			t.Errorf("%s: nothing was found", name)
		}
	}
}
