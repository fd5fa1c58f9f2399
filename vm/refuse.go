package vm

import (
	"syscall"
)

// Texts for people, of checks that are made in several places.
const (
	areaIndivisible = "the area is indivisible"
	areaSealed      = "an area in the range is sealed"
	tooManyAreas    = "there are as many areas as vm.max_map_count allows"
	movingNeedsMore = "moving needs more areas than vm.max_map_count leaves"
)

// refuse logs which check refused, for people, and is the errno.
func (s *Space) refuse(e syscall.Errno, why string) error {
	stepRefused(s.Log, e, why)
	return e
}

// charge is Commit.Charge that also logs why it fails.
func (s *Space) charge(pages uint64) error {
	if s.Commit.Charge(pages) != nil {
		return s.refuse(syscall.ENOMEM, s.Commit.Reason())
	}
	return nil
}
