package pagecache

import "syscall"

// errNoSpace is the error of dirty pages for which the disk has no room.
const errNoSpace = syscall.ENOSPC

// failures records that pages could not be written, so that each open file reports the error once. The zero value has
// no error.
// Linux: errseq_t (lib/errseq.c).
type failures struct {
	last  error
	count uint64
	seen  bool // the last one was reported
}

// note records a failure.
func (s *failures) note(err error) {
	s.last, s.seen = err, false
	s.count++
}

// sample is the initial mark of a new open file: it has seen all errors except one that nothing has reported yet. An
// error that no open file has reported would be lost if the program opens the file only after it: so such a file starts
// at 0, and reports it.
// Linux: errseq_sample (lib/errseq.c).
func (s *failures) sample() uint64 {
	if s.count > 0 && !s.seen {
		return 0
	}
	return s.count
}

// checkAndAdvance returns the last failure if mark has not seen it yet, and advances the mark.
//
//	error 1 occurs      count 1
//	A fsync             A's mark 0 → 1: EIO        then 0 errors
//	B fsync             B's mark 0 → 1: EIO        each open file reports it once
//	C opens, fsync      C's mark 1: no error       another has reported it already
//
// Linux: errseq_check_and_advance (lib/errseq.c).
func (s *failures) checkAndAdvance(mark *uint64) error {
	if *mark == s.count {
		return nil
	}
	*mark, s.seen = s.count, true
	return s.last
}
