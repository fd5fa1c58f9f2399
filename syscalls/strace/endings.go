package strace

// endings are the answers of the calls in outcomes that began on a line of their own, in order. A long log has
// millions of them, and nearly all are 0: those take a bit each.
type endings struct {
	n     int
	zero  []uint64 // a bit for each: the answer is 0
	other map[int]int64
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
	case answer != noEnd:
		if e.other == nil {
			e.other = map[int]int64{}
		}
		e.other[place] = answer
	}
}

// at is the answer of a call; noEnd where the log has none.
func (e *endings) at(place int) int64 {
	if place >= e.n {
		return noEnd
	}
	if e.zero[place/64]>>(place%64)&1 != 0 {
		return 0
	}
	if answer, ok := e.other[place]; ok {
		return answer
	}
	return noEnd
}
