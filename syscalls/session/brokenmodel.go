package session

import "fmt"

// Broken is an invariant of the model that does not hold: a mistake of the model, and not of the user.
type Broken struct {
	At    Moment
	What  string
	Stack []byte // where in the model
}

// Error is what was broken, and when.
func (b *Broken) Error() string {
	if b.At == 0 {
		return "the model broke an invariant of its own: " + b.What
	}
	return fmt.Sprintf("the model broke an invariant of its own at t=%d: %s", b.At, b.What)
}
