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
		return fmt.Errorf("zipf:%s: %s %q; it is zipf:REFERENCES,PAGES,ALPHA,SEED, as zipf:1000000,50000,1,1", spec,
			what, word)
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
	alpha, seed, err := skewAndSeed(words[2:], bad)
	if err != nil {
		return nil, err
	}
	return newZipf(n, pages, alpha, seed), nil
}

// skewAndSeed reads the two numbers that may be left out; both are 1 then.
func skewAndSeed(words []string, bad func(what, word string) error) (alpha float64, seed uint64, err error) {
	alpha, seed = 1, 1
	if len(words) > 0 {
		if alpha, err = strconv.ParseFloat(words[0], 64); err != nil || alpha < 0 || alpha > 100 {
			return 0, 0, bad("the skew is 0 to 100, not", words[0])
		}
	}
	if len(words) > 1 {
		if seed, err = strconv.ParseUint(words[1], 10, 64); err != nil {
			return 0, 0, bad("the seed is a number, not", words[1])
		}
	}
	return alpha, seed, nil
}

// newZipf sums up the weights of the pages: page r+1 has the weight (r+1) to the power of -alpha.
func newZipf(n, pages uint64, alpha float64, seed uint64) *Zipf {
	z := &Zipf{left: n, sums: make([]float64, pages), random: rand.New(rand.NewPCG(seed, 0))}
	sum := 0.0
	for r := range z.sums {
		sum += math.Pow(float64(r+1), -alpha)
		z.sums[r] = sum
	}
	return z
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
