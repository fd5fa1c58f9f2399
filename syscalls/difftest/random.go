package difftest

import "math/rand/v2"

// dice is where every random choice comes from; the seed decides all of them.
type dice struct{ r *rand.Rand }

func newDice(kind, seed uint64) dice { return dice{rand.New(rand.NewPCG(seed, kind))} }

// below is a number in [0, n).
func (d dice) below(n int) int { return d.r.IntN(n) }

// percent is true that often in a hundred.
func (d dice) percent(n int) bool { return d.r.IntN(100) < n }

// pick is one of xs, each as likely.
func pick[T any](d dice, xs []T) T { return xs[d.below(len(xs))] }

// weighted is a value and how often it comes, against the others of its list.
type weighted[T any] struct {
	weight int
	value  T
}

// draw is one of a weighted list.
func draw[T any](d dice, list []weighted[T]) T {
	sum := 0
	for _, w := range list {
		sum += w.weight
	}
	n := d.below(sum)
	for _, w := range list {
		if n -= w.weight; n < 0 {
			return w.value
		}
	}
	panic("difftest.draw: the weights do not add up")
}
