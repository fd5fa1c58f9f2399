package session

import "fmt"

// Broken is a promise of the model's own that it has broken: a mistake in it, and none of the user's.
type Broken struct {
	At    Moment
	What  string
	Stack []byte // where in the model
}

// Error is what was broken, and when.
func (b *Broken) Error() string {
	if b.At == 0 {
		return "the model broke a promise of its own: " + b.What
	}
	return fmt.Sprintf("the model broke a promise of its own at t=%d: %s", b.At, b.What)
}
