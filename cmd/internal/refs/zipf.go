package refs

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// Zipf makes up references: the page of rank r comes in proportion to 1/r^alpha. Many real traces look so, with alpha
// between 0.6 and 1.2.
type Zipf struct {
	left   uint64
	sums   []float64
	random *rand.Rand
}

// mostZipfPages bounds the table of ranks, 8 bytes for each page.
const mostZipfPages = 1 << 28

// ParseZipf reads "N,PAGES", "N,PAGES,ALPHA" or "N,PAGES,ALPHA,SEED": how many references, to how many pages, how
// skewed (default 1), and of which seed (default 1).
func ParseZipf(spec string) (*Zipf, error) {
	words := strings.Split(spec, ",")
	bad := func(what, word string) error {
		return fmt.Errorf(
			"zipf:%s: %s %q; it is zipf:REFERENCES,PAGES,ALPHA,SEED, as zipf:1000000,50000,1,1",
			spec,
			what,
			word,
		)
	}
	if len(words) < 2 || len(words) > 4 {
		return nil, bad("cannot read", spec)
	}
	n, err := strconv.ParseUint(words[0], 10, 62)
	if err != nil {
		return nil, bad("the number of references is not", words[0])
	}
	pages, err := strconv.ParseUint(words[1], 10, 62)
	if err != nil || pages == 0 || pages > mostZipfPages {
		return nil, bad("the number of pages cannot be", words[1])
	}
	alpha, seed := 1.0, uint64(1)
	if len(words) > 2 {
		if alpha, err = strconv.ParseFloat(words[2], 64); err != nil || alpha < 0 || alpha > 100 {
			return nil, bad("the skew is 0 to 100, not", words[2])
		}
	}
	if len(words) > 3 {
		if seed, err = strconv.ParseUint(words[3], 10, 64); err != nil {
			return nil, bad("the seed is a number, not", words[3])
		}
	}
	z := &Zipf{left: n, sums: make([]float64, pages), random: rand.New(rand.NewPCG(seed, 0))}
	sum := 0.0
	for r := range z.sums {
		sum += math.Pow(float64(r+1), -alpha)
		z.sums[r] = sum
	}
	return z, nil
}

// Read makes up the next references.
func (z *Zipf) Read(keys []uint64) (int, error) {
	n := int(min(uint64(len(keys)), z.left))
	if n == 0 {
		return 0, io.EOF
	}
	z.left -= uint64(n)
	for i := range n {
		rank, _ := slices.BinarySearch(z.sums, z.random.Float64()*z.sums[len(z.sums)-1])
		keys[i] = uint64(rank)
	}
	return n, nil
}
