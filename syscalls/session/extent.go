package session

import (
	"fmt"

	"vmsim/disk"
)

// TellExtent is where an extent lies.
func TellExtent(e disk.Extent) string {
	switch e.State {
	case disk.Delayed:
		return "have room promised, but no block yet"
	case disk.Unwritten:
		return fmt.Sprintf("at blocks %d-%d, not written yet", e.Block, uint64(e.Block)+e.Count-1)
	}
	return fmt.Sprintf("at blocks %d-%d", e.Block, uint64(e.Block)+e.Count-1)
}
