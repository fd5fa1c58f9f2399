package session

import (
	"fmt"

	"vmsim/disk"
)

// TellExtent is where an extent lies.
func TellExtent(e disk.Extent) string {
	switch e.State {
	case disk.Delayed:
		return "have room reserved, but no block yet"
	case disk.Unwritten:
		return fmt.Sprintf("at blocks %d-%d, not written yet", e.Place.Block(),
			(e.Place + disk.Place(e.Count-1)).Block())
	}
	return fmt.Sprintf("at blocks %d-%d", e.Place.Block(), (e.Place + disk.Place(e.Count-1)).Block())
}

// ExtentPages are the first and the last page of the file that an extent has a part of.
func ExtentPages(e disk.Extent) (first, last uint64) {
	return uint64(e.First / disk.Parts), uint64((e.End() - 1) / disk.Parts)
}
