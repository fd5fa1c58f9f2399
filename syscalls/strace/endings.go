package strace

import (
	"cmp"
	"slices"
)

// endings are the answers of the calls in outcomes that began on a line of their own, in order. A long log has
// millions of them, and nearly all are 0: those take a bit each.
type endings struct {
	n     int
	zero  []uint64 // a bit for each: the answer is 0
	other []ending // the others, in the order in which they came; by place once settled
}

// ending is an answer that is not 0.
type ending struct {
	place  int32
	answer int32 // those of calls that make processes are numbers of processes
}

// add is the place of the next call, which has no answer yet.
func (e *endings) add() (place int) {
	if place, e.n = e.n, e.n+1; place/64 == len(e.zero) {
		e.zero = append(e.zero, 0)
	}
	return place
}

// set puts the answer of a call into its place: the value, or minus the errno.
func (e *endings) set(place int, answer int64) {
	switch {
	case answer == 0:
		e.zero[place/64] |= 1 << (place % 64)
	case answer == int64(int32(answer)) && place == int(int32(place)):
		e.other = append(e.other, ending{int32(place), int32(answer)})
	}
}

// settle sorts the answers, when all are known.
func (e *endings) settle() {
	slices.SortFunc(e.other, func(a, b ending) int { return cmp.Compare(a.place, b.place) })
}

// at is the answer of a call; noEnd where the log has none.
func (e *endings) at(place int) int64 {
	if place >= e.n {
		return noEnd
	}
	if e.zero[place/64]>>(place%64)&1 != 0 {
		return 0
	}
	i, ok := slices.BinarySearchFunc(e.other, place, func(x ending, p int) int { return cmp.Compare(int(x.place), p) })
	if !ok {
		return noEnd
	}
	return int64(e.other[i].answer)
}
