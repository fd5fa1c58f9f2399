package script

import (
	"slices"
	"strconv"
	"strings"
)

// ByteRange is bytes From to To-1 of some bytes.
type ByteRange struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// ByteRanges are ranges in ascending order, none of which touches the next.
type ByteRanges []ByteRange

// Has reports whether byte i is in one of them.
func (g ByteRanges) Has(i int) bool {
	_, ok := slices.BinarySearchFunc(g, i, func(r ByteRange, i int) int {
		switch {
		case r.To <= i:
			return -1
		case r.From > i:
			return 1
		}
		return 0
	})
	return ok
}

// With are the ranges and byte i, which is behind all of them.
func (g ByteRanges) With(i int) ByteRanges {
	if n := len(g); n > 0 && g[n-1].To == i {
		g[n-1].To++
		return g
	}
	return append(g, ByteRange{i, i + 1})
}

// within reports whether all of them lie in those of h.
func (g ByteRanges) within(h ByteRanges) bool {
	for _, r := range g {
		for i := r.From; i < r.To; i++ {
			if !h.Has(i) {
				return false
			}
		}
	}
	return true
}

// blank is b with zeros in the ranges, as far as they reach.
func (g ByteRanges) blank(b []byte) []byte {
	b = slices.Clone(b)
	for _, r := range g {
		clear(b[min(r.From, len(b)):min(r.To, len(b))])
	}
	return b
}

// String is the ranges as a data line has them: 16..24,40..41.
func (g ByteRanges) String() string {
	var parts []string
	for _, r := range g {
		parts = append(parts, strconv.Itoa(r.From)+".."+strconv.Itoa(r.To))
	}
	return strings.Join(parts, ",")
}

// parseRanges reads what String prints.
func parseRanges(text string) (g ByteRanges, ok bool) {
	end := -1
	for part := range strings.SplitSeq(text, ",") {
		from, to, _ := strings.Cut(part, "..")
		a, err1 := strconv.Atoi(from)
		b, err2 := strconv.Atoi(to)
		if err1 != nil || err2 != nil || a <= end || b <= a {
			return nil, false
		}
		g, end = append(g, ByteRange{a, b}), b
	}
	return g, true
}
