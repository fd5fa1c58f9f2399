package session

// Stop is a place or an event at which a motion ends.
type Stop struct {
	ID int
}
