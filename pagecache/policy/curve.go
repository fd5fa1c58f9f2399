package policy

import "slices"

// Curve computes the miss ratio of LRU for all sizes of memory in one pass over a trace.
//
// LRU has a page in memory exactly if fewer different pages than memory has frames were used since its last use. So the
// number of different pages between two uses of one page, the stack distance, says for which sizes the second use is a
// hit.
// Source: R. L. Mattson et al., Evaluation Techniques for Storage Hierarchies (IBM Systems Journal, 1970).
//
// A sampled curve looks at a fixed part of the pages, chosen by a hash of their keys, and scales: a part of 1/100 gives
// distances that are 100 times too short. The few pages with most of the references may be in the sample or not; the
// difference from the number of references that is expected is counted as references at distance one.
// Source: C. Waldspurger et al., Efficient MRC Construction with SHARDS (FAST 2015).
// Linux: none.
type Curve struct {
	rate      float64
	limit     uint64 // a key is in the sample if its hash is below; 0 for all keys
	keys      Numbering
	stack     stack
	distances []uint64 // distances[d]: how many references of the sample have the distance d, from one
	sampled   uint64   // references in the sample
	requests  uint64
	picked    []uint64
	numbered  []ID     // of one part: numbers first, so that the processor looks up several keys at once
	behind    []uint32 // the distances of that part
}

// curvePart is how many references are counted at a time: few enough to stay close to the processor.
const curvePart = 512

// NewCurve makes a curve that looks at this part of the pages, above 0; from 1 on it is exact.
func NewCurve(rate float64) *Curve {
	c := &Curve{rate: min(rate, 1)}
	if rate < 1 {
		c.limit = max(1, uint64(rate*(1<<63)*2))
	}
	return c
}

// Requests is how many references there were.
func (c *Curve) Requests() uint64 { return c.requests }

// Pages is how many different pages there were; an estimate if the curve is sampled.
func (c *Curve) Pages() int { return int(float64(c.keys.Len()) / c.rate) }

// Add makes the references to the pages with these keys.
func (c *Curve) Add(keys []uint64) {
	c.requests += uint64(len(keys))
	if c.limit == 0 {
		c.count(keys)
		return
	}
	picked := c.picked[:0]
	for _, key := range keys {
		if scramble(key) < c.limit {
			picked = append(picked, key)
		}
	}
	c.count(picked)
	c.picked = picked
}

// count adds the stack distance of each key: the pages that were used since its last use. A cache that is larger hits.
func (c *Curve) count(keys []uint64) {
	c.sampled += uint64(len(keys))
	for part := range slices.Chunk(keys, curvePart) {
		c.numbered = c.keys.Number(c.numbered[:0], part)
		c.behind = c.stack.uses(c.behind[:0], c.numbered)
		for len(c.distances) <= c.keys.Len() {
			c.distances = append(c.distances, 0)
		}
		for _, d := range c.behind {
			c.distances[d]++
		}
	}
}

// Point is the miss ratio of LRU with a memory of so many pages.
// Linux: none.
type Point struct {
	Pages int
	Ratio float64
}

// Points returns the curve at these sizes, which ascend.
func (c *Curve) Points(sizes []int) []Point {
	points := make([]Point, 0, len(sizes))
	expected := float64(c.requests) * c.rate
	hits := expected - float64(c.sampled) // what the sample has too few
	if c.limit == 0 {
		hits = 0
	}
	d := 1
	for _, size := range sizes {
		for ; d < len(c.distances) && float64(d) <= float64(size)*c.rate; d++ {
			hits += float64(c.distances[d])
		}
		ratio := 1.0
		if expected > 0 && size > 0 {
			ratio = min(1, max(0, 1-hits/expected))
		}
		points = append(points, Point{size, ratio})
	}
	return points
}
