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
	answered(t, []asked{
		{"written back and flushed", onDisk + "p[0] = 'x'\nmsync(p, PAGE, MS_SYNC)\n", "why page a:0",
			"it is clean: block 9 of the disk has the same bytes", "power cut"},
		{"read", onDisk + "p[0]\n", "why page a:0", "block 9 of the disk has the same bytes", "written back"},
		{"written back, but not flushed", onDisk +
			"p[0] = 'x'\nsync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE|SYNC_FILE_RANGE_WAIT_AFTER)\n",
			"why page a:0", "in its write cache: a power cut may take them back", "not tried"},
		{"flushed later", onDisk + "p[0] = 'x'\nsync_file_range(fd, 0, 0, " +
			"SYNC_FILE_RANGE_WRITE|SYNC_FILE_RANGE_WAIT_AFTER)\nfsync(fd)\n",
			"why page a:0", "block 9 of the disk has the same bytes", "power cut"},
		{"the write failed", onDisk + ".fail write /data/a EIO\np[0] = 'x'\nmsync(p, PAGE, MS_SYNC)\n", "why page a:0",
			"block 9 of the disk holds other bytes", "has the same bytes"},
		{"why dirty after a failed write", onDisk + ".fail write /data/a EIO\np[0] = 'x'\nmsync(p, PAGE, MS_SYNC)\n",
			"why dirty",
			"page 0 of /data/a counts as clean, but its bytes did not reach the disk", "all that was stored"},
		{"dirty again after a failed write", onDisk +
			".fail write /data/a EIO\np[0] = 'x'\nmsync(p, PAGE, MS_SYNC)\np[1] = 'x'\n", "why page a:0",
			"its writeback failed with EIO", "same bytes"},
		{"the flusher's write failed", onDisk + ".fail write /data/a EIO\np[0] = 'x'\n.sleep 40s\n", "why page a:0",
			"holds other bytes", "has the same"},
		{"a hole", onDisk + "ftruncate(fd, 0)\nftruncate(fd, 8192)\np[0]\n", "why page a:0",
			"the file has a hole there", "block 9"},
		{"preallocated", onDisk + "ftruncate(fd, 0)\nfallocate(fd, 0, 0, 8192)\np[0]\n", "why page a:0",
			"allocated but not written", "same bytes"},
		{"the power cut took a dirty page", onDisk + "p[0] = 'x'\n.power_cut\n", "why page a:0",
			"it was dirty, and the disk did not have them: p[0] = 'x'", "never"},
		{"the power cut took what failed before", onDisk +
			".fail write /data/a EIO\np[0] = 'x'\nmsync(p, PAGE, MS_SYNC)\n.power_cut\n",
			"why page a:0", "it counted as clean, but the disk did not have them", "never"},
		{"the power cut left what was flushed", onDisk + "p[0] = 'x'\nfsync(fd)\n.power_cut\n", "why page a:0",
			"the disk had its bytes", "took its bytes"},
		{"cut off", onDisk + "p[0] = 'x'\nftruncate(fd, 0)\n", "why page a:1",
			"the file has 0 bytes and ends before it", "never"},
		{"evicted after a failed write", onDisk +
			".fail write /data/a EIO\np[0] = 'x'\nmsync(p, PAGE, MS_SYNC)\nmunmap(p, 2*PAGE)\nfadvise64(fd, 0, 0, " +
			"POSIX_FADV_DONTNEED)\n",
			"why page a:0", "its writeback failed with EIO", "never"},
		{"errno of msync", onDisk + ".fail write /data/a EIO\np[0] = 'x'\nmsync(p, PAGE, MS_SYNC)\n", "why errno",
			"page 0 of /data/a is lost: EIO", "does not say"},
		{"errno of a later fsync", onDisk + ".fail write /data/a EIO\np[0] = 'x'\n.sleep 40s\nfsync(fd)\n", "why errno",
			"it was this earlier writeback that failed, in statement 5:  .sleep 40s", "does not say"},
		{"errno of a read", onDisk + ".fail read /data/a EIO\npread64(fd, scratch, 10, 0)\n", "why errno",
			"the disk fails to read the page", "does not say"},
		{"no room", ".machine fs=ext4 disk_size=1M\nfd = openat(AT_FDCWD, \"/data/a\", O_RDWR|O_CREAT, " +
			"0600)\nftruncate(fd, 4M)\n" +
			"p = mmap(NULL, 4M, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)\np[0..4M step PAGE] = 'x'\n", "why fault",
			"the file system has no free block for the page (ENOSPC)", "EIO"},
		{"no room for a write", ".machine fs=ext4 disk_size=1M\nfd = openat(AT_FDCWD, \"/data/a\", O_RDWR|O_CREAT, " +
			"0600)\nftruncate(fd, 4M)\n" +
			"p = mmap(NULL, 4M, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)\np[0..4M step PAGE] = 'x'\npwrite64(fd, " +
			"\"x\", 1, 4M - 1)\n", "why errno", "no free block", "does not say"},
	})
}

func TestSummaryCountsNoPageAsWrittenBackThatDidNotReachTheDisk(t *testing.T) {
	c := talk(t, onDisk+".fail write /data/a EIO\np[0] = 'x'\n")
	c.say("next 100")
	got := c.say("msync(p, PAGE, MS_SYNC)")
	if c.wants(got, "1 page that did not reach the disk"); strings.Contains(got, "written back") {
		t.Errorf("it counts:\n%s", got)
	}
}
