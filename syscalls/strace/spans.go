package strace

import "slices"

// span is a range of addresses.
type span struct{ from, to uint64 }

// spans is a set of addresses: ranges that neither overlap nor touch, in order.
type spans []span

// at is the index of the first range that ends after a.
func (s spans) at(a uint64) int {
	i, _ := slices.BinarySearchFunc(s, a, func(x span, a uint64) int {
		if x.to <= a {
			return -1
		}
		return 1
	})
	return i
}

// overlaps reports whether any address of r is in the set.
func (s spans) overlaps(r span) bool {
	i := s.at(r.from)
	return i < len(s) && s[i].from < r.to
}

// add puts r into the set.
func (s *spans) add(r span) {
	if r.from >= r.to {
		return
	}
	i := s.at(r.from)
	if i > 0 && (*s)[i-1].to == r.from {
		i--
		r.from = (*s)[i].from
	}
	j := i
	for ; j < len(*s) && (*s)[j].from <= r.to; j++ {
		r.from, r.to = min(r.from, (*s)[j].from), max(r.to, (*s)[j].to)
	}
	*s = slices.Replace(*s, i, j, r)
}

// remove takes r out of the set.
func (s *spans) remove(r span) {
	i := s.at(r.from)
	j := i
	var rest [2]span
	n := 0
	for ; j < len(*s) && (*s)[j].from < r.to; j++ {
		if x := (*s)[j]; x.from < r.from {
			rest[n] = span{x.from, r.from}
			n++
		}
		if x := (*s)[j]; x.to > r.to {
			rest[n] = span{r.to, x.to}
			n++
		}
	}
	*s = slices.Replace(*s, i, j, rest[:n]...)
}

// missing calls fn for each part of r that is not in the set.
func (s spans) missing(r span, fn func(span)) {
	for i := s.at(r.from); r.from < r.to; i++ {
		if i == len(s) || s[i].from >= r.to {
			fn(r)
			return
		}
		if s[i].from > r.from {
			fn(span{r.from, s[i].from})
		}
		r.from = s[i].to
	}
}

// present calls fn for each part of r that is in the set.
func (s spans) present(r span, fn func(span)) {
	for i := s.at(r.from); i < len(s) && s[i].from < r.to; i++ {
		fn(span{max(s[i].from, r.from), min(s[i].to, r.to)})
	}
}
