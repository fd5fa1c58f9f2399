package prompt

import (
	"fmt"
	"strings"

	"vmsim/pagecache/policy"
	"vmsim/syscalls/plural"
)

// viewMRC shows how often what has run would miss with memories of all sizes, page by page as LRU has it.
func (p *Prompt) viewMRC(string) (*sheet, error) {
	c := policy.NewCurve(1)
	for _, page := range p.Session.References() {
		c.Add([]uint64{uint64(page)})
	}
	if c.Requests() == 0 {
		return &sheet{text: "No page has been used yet.\n"}, nil
	}
	sizes, misses := missesBySize(c)
	s := &sheet{cols: []string{"pages of memory", "misses", "of the uses", ""}}
	for _, i := range corners(misses) {
		part := float64(misses[i]) / float64(c.Requests())
		s.row(sizes[i], misses[i], fmt.Sprintf("%.0f%%", 100*part), strings.Repeat("#", int(20*part+0.5)))
	}
	if knee := kneeOf(misses); knee > 0 {
		s.note("the knee is at %d: with %s %s, with %s %d", knee+1, plural.Pages(knee),
			plural.Count(misses[knee-1], "miss", "misses"), plural.Pages(knee+1), misses[knee])
	}
	s.note("%s of %s by what has run, as LRU would miss; vmsim sim counts other policies",
		plural.Count(c.Requests(), "use", "uses"), plural.Pages(c.Pages()))
	return s, nil
}

// missesBySize counts the misses of LRU with a memory of 1 page, of 2, and so on up to all that were used.
func missesBySize(c *policy.Curve) (sizes, misses []int) {
	sizes = make([]int, c.Pages())
	for i := range sizes {
		sizes[i] = i + 1
	}
	misses = make([]int, len(sizes))
	for i, at := range c.Points(sizes) {
		misses[i] = int(at.Ratio*float64(c.Requests()) + 0.5)
	}
	return sizes, misses
}

// kneeOf is the size, counted from 0, at which the misses become fewest all at once; 0 where they never change.
func kneeOf(misses []int) (knee int) {
	most := 0
	for i := 1; i < len(misses); i++ {
		if gain := misses[i-1] - misses[i]; gain > most {
			knee, most = i, gain
		}
	}
	return knee
}

// corners are the sizes worth a line: the first and the last, and those beside which the misses change most.
func corners(misses []int) (at []int) {
	steps := 0
	for i := 1; i < len(misses); i++ {
		if misses[i] != misses[i-1] {
			steps++
		}
	}
	every := max(1, steps/maxCorners)
	for i, n := 0, 0; i < len(misses); i++ {
		changes := i > 0 && misses[i] != misses[i-1]
		before := i+1 < len(misses) && misses[i] != misses[i+1]
		if changes || before {
			n++
		}
		if i == 0 || i == len(misses)-1 || (changes || before) && n%every == 0 {
			at = append(at, i)
		}
	}
	return at
}

// maxCorners is about how many lines the curve takes.
const maxCorners = 16
