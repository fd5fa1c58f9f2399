package policy

// Scramble is the hash of the sketch.
func Scramble(x uint64) uint64 { return scramble(x) }
