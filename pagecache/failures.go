package pagecache

import "syscall"

// errNoSpace is what becomes of dirty pages for which the disk has no room.
const errNoSpace = syscall.ENOSPC

// failures remembers that pages could not be written, so that each open file reports it once, however many there are.
// The zero value has nothing to tell.
// Linux: errseq_t (lib/errseq.c).
type failures struct {
	last  error
	count uint64
	told  bool // the last one was reported
}

// note takes in one more failure.
func (s *failures) note(err error) {
	s.last, s.told = err, false
	s.count++
}

// sample is what a new open file counts as reported: all of it, unless the last one was not reported yet.
// Linux: errseq_sample (lib/errseq.c).
func (s *failures) sample() uint64 {
	if s.count > 0 && !s.told {
		return 0
	}
	return s.count
}

// tell is the last failure where the holder of mark does not know of it yet, and moves the mark.
// Linux: errseq_check_and_advance (lib/errseq.c).
func (s *failures) tell(mark *uint64) error {
	if *mark == s.count {
		return nil
	}
	*mark, s.told = s.count, true
	return s.last
}
