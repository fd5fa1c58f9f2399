//go:build linux && amd64

package host

import "testing"

// TestPagesOfTheFileSystemItselfAreNoProgramsDoing knows the pages of files from those in which ext4 looks for free
// blocks, and from the device's own.
func TestPagesOfTheFileSystemItselfAreNoProgramsDoing(t *testing.T) {
	for fields, want := range map[string]bool{
		"pfn=0x1 (1) i_ino=0xc (12) index=0x0 (0) s_dev=0x700003 (7340035) order=0x0 (0)":   false,
		"pfn=0x1 (1) i_ino=0x1 (1) index=0x7 (7) s_dev=0x700003 (7340035) order=0x0 (0)":    true,
		"pfn=0x1 (1) i_ino=0x1 (1) index=0x7 (7) s_dev=0x1b (27) order=0x0 (0)":             false,
		"pfn=0x1 (1) i_ino=0x700003 (7340035) index=0x7 (7) s_dev=0x6 (6) order=0x0 (0)":    true,
		"address=0x7ffff7ff5000 (140737354092544) ip=0x401003 (4198403) error_code=0x6 (6)": false,
	} {
		if got := ofFileSystem(fields); got != want {
			t.Errorf("%v for %s", got, fields)
		}
	}
}

func TestEventsOfOtherDisksAreNoDoingOfThePrograms(t *testing.T) {
	const event = "stub-7 [001] .....  5907.513150: mm_filemap_delete_from_page_cache: pfn=0x1 (1) i_ino=0xc (12) " +
		"index=0x0 (0) s_dev="
	for device, want := range map[string]bool{"0x700000 (7340032) order=(0)": false, "0x1f (31) order=(0)": false,
		"0x700001 (7340033) order=(0)": true, "0xfe00000 (266338304) order=(0)": true} {
		if ofOtherDisk(event+device, 7<<20) != want {
			t.Errorf("%s: %v", device, !want)
		}
	}
	if ofOtherDisk("stub-7 [001] .....  5907.513150: page_fault_user: address=0x1 (1)", 0) {
		t.Error("an event without a file is taken for one of another disk")
	}
}
