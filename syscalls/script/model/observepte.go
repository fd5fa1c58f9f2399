package model

import (
	"vmsim/vm"
)

// tableWatch remembers the entries of a page table, so that it can tell which have changed. It is notified of changes
// as a processor's TLB does.
type tableWatch struct {
	space   *vm.Space
	seen    map[vm.VPN]vm.PTE
	flushed [][2]vm.VPN
}

func newTableWatch(s *vm.Space) *tableWatch {
	t := &tableWatch{space: s, seen: map[vm.VPN]vm.PTE{}}
	s.Table().Each(0, vm.TaskSize.Page(), func(n vm.VPN, e vm.PTE) { t.seen[n] = e })
	s.AttachTLB(t)
	return t
}

// Flush reports that the entries from first up to end may be others now.
func (t *tableWatch) Flush(first, end vm.VPN) {
	if n := len(t.flushed); n > 0 && t.flushed[n-1] == [2]vm.VPN{first, end} {
		return
	}
	t.flushed = append(t.flushed, [2]vm.VPN{first, end})
}

// changes are the entries that are others than when it was asked last.
func (t *tableWatch) changes() (out []string) {
	if len(t.flushed) == 0 {
		return nil
	}
	changed := map[vm.VPN]bool{}
	for _, r := range t.flushed {
		t.compare(r[0], r[1], changed)
	}
	t.flushed = t.flushed[:0]
	for _, n := range sorted(changed) {
		e := t.space.Table().Lookup(n)
		if e.None() {
			delete(t.seen, n)
		} else {
			t.seen[n] = e
		}
		out = append(out, n.Addr().String()+" "+e.String())
	}
	return out
}

// compare notes which entries from first up to end have changed.
func (t *tableWatch) compare(first, end vm.VPN, changed map[vm.VPN]bool) {
	t.space.Table().Each(first, end, func(n vm.VPN, e vm.PTE) {
		if t.seen[n] != e {
			changed[n] = true
		}
	})
	t.eachSeen(first, end, func(n vm.VPN, e vm.PTE) {
		if e != t.space.Table().Lookup(n) {
			changed[n] = true
		}
	})
}

// eachSeen calls fn for each entry of the range that was there at the last look, in no order.
func (t *tableWatch) eachSeen(first, end vm.VPN, fn func(vm.VPN, vm.PTE)) {
	if uint64(end-first) > uint64(len(t.seen)) {
		for n, e := range t.seen {
			if first <= n && n < end {
				fn(n, e)
			}
		}
		return
	}
	for n := first; n < end; n++ {
		if e, ok := t.seen[n]; ok {
			fn(n, e)
		}
	}
}
