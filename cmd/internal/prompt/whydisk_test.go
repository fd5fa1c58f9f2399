package prompt

import (
	"strings"
	"testing"
)

// onDisk is a program with two pages of a file on a disk, mapped and cold.
const onDisk = ".machine fs=ext4\n.file /data/a 8192 cold\nfd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\n" +
	"p = mmap(NULL, 2*PAGE, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)\n"

// TestWhyPageSaysOfTheDiskOnlyWhatItHolds asks after each way for a page to be clean, lost or absent.
func TestWhyPageSaysOfTheDiskOnlyWhatItHolds(t *testing.T) {
	answered(t, "testdata/why/disk.txt")
}

func TestSummaryCountsNoPageAsWrittenBackThatDidNotReachTheDisk(t *testing.T) {
	c := talk(t, onDisk+".fail write /data/a EIO\np[0] = 'x'\n")
	c.say("next 100")
	got := c.say("msync(p, PAGE, MS_SYNC)")
	if c.wants(got, "1 page that did not reach the disk"); strings.Contains(got, "written back") {
		t.Errorf("it counts:\n%s", got)
	}
}
