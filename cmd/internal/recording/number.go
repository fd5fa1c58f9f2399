package recording

import (
	"cmp"
	"slices"
	"strings"
)

// number numbers the keys anew, in the order in which the page draws them, so that a panel is a range of numbers.
func (r *Recording) number(w *watcher) {
	order := make([]int, len(w.keys))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return compareKeys(w.keys[i], w.keys[j]) })
	at := make([]int, len(order))
	r.Keys, r.Values = make([]string, len(order)), w.values
	first := r.First
	r.First = make([]int, len(order))
	for n, old := range order {
		at[old] = n
		r.Keys[n] = w.keys[old].String()
		if old < len(first) {
			r.First[n] = first[old]
		}
	}
	for i := 0; i < len(r.Changes); i += 3 {
		r.Changes[i] = at[r.Changes[i]]
	}
}

func compareKeys(a, b key) int {
	return cmp.Or(
		cmp.Compare(strings.IndexByte(panels, a.panel), strings.IndexByte(panels, b.panel)),
		cmp.Compare(a.of, b.of), cmp.Compare(a.at, b.at))
}
