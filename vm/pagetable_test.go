package vm

import (
	"math/rand/v2"
	"slices"
	"testing"

	"vmsim/vm/phys"
)

func TestThePageTableHoldsWhatWasSet(t *testing.T) {
	var table PageTable
	want := map[VPN]PTE{}
	r := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		n := VPN(r.IntN(2000))
		if r.IntN(3) == 0 {
			n = VPN(r.Uint64N(uint64(TaskSize.Page()))) // anywhere
		}
		e := NewPTE(phys.PFN(r.IntN(1000)+1), Read)
		if r.IntN(3) == 0 {
			e = 0
		}
		table.set(n, e)
		if want[n] = e; e == 0 {
			delete(want, n)
		}
	}
	var order []VPN
	table.Each(0, TaskSize.Page(), func(n VPN, e PTE) {
		if want[n] != e {
			t.Errorf("page %#x has %v, want %v", uint64(n), e, want[n])
		}
		order = append(order, n)
	})
	if len(order) != len(want) || !slices.IsSorted(order) {
		t.Errorf("%d entries in order: %v; want %d", len(order), slices.IsSorted(order), len(want))
	}
}

func TestEachKeepsToItsRange(t *testing.T) {
	var table PageTable
	for n := VPN(500); n < 1600; n++ {
		table.set(n, GuardMarker)
	}
	n := 0
	table.Each(511, 1537, func(at VPN, _ PTE) {
		if at < 511 || at >= 1537 {
			t.Errorf("page %d is out of the range", at)
		}
		n++
	})
	if n != 1537-511 {
		t.Errorf("%d entries, want %d", n, 1537-511)
	}
}

func TestAnEntrySaysWhichAccessesItAllows(t *testing.T) {
	const f = phys.PFN(7)
	for _, c := range []struct {
		entry PTE
		can   string
	}{
		{NewPTE(f, Read), "r"}, {NewPTE(f, Read|Exec), "rx"}, {NewPTE(f, Write) | PteWrite, "rw"}, {NewPTE(f, 0), ""},
		{GuardMarker, ""}, {swapPTE(3), ""}, {0, ""},
	} {
		got := ""
		for _, k := range []Access{Load, Store, Fetch} {
			if c.entry.Allows(k) {
				got += k.String()
			}
		}
		if got != c.can {
			t.Errorf("%v allows %q, want %q", c.entry, got, c.can)
		}
	}
}

// Tables of the lowest level go with the last area that lies in their 2 MiB.
func TestTablesGoWithTheLastAreaInTheirRange(t *testing.T) {
	p := newPictured(t, "a a")
	if leaves, _ := p.Table().Tables(); leaves != 1 {
		t.Fatalf("%d tables, want 1", leaves)
	}
	if err := p.Unmap(pageAt(0), PageSize); err != nil {
		t.Fatal(err)
	}
	if leaves, _ := p.Table().Tables(); leaves != 1 {
		t.Errorf("%d tables while an area lies in the range, want 1", leaves)
	}
	if err := p.Unmap(pageAt(2), PageSize); err != nil {
		t.Fatal(err)
	}
	if leaves, _ := p.Table().Tables(); leaves != 0 {
		t.Errorf("%d tables without an area, want none", leaves)
	}
	if used := p.Memory.Used(); used != 0 {
		t.Errorf("%d frames are in use without an area", used)
	}
}
