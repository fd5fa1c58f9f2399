package model

import (
	"strings"
	"testing"

	"vmsim/syscalls/script/run"
)

// askedOf is what the disk was asked by the last statement of a program with a cold file.
func askedOf(t *testing.T, size, text string) string {
	t.Helper()
	all := observed(t, run.IO, ".machine fs=ext4\n.file /data/a "+size+" cold\n"+
		"fd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\n"+text)
	return strings.Join(all[len(all)-1], "; ")
}

// As a loop device was seen to be asked: the commit flushes, and so does a call that has nothing to write.
func TestFsyncFlushesTheDiskEvenWhereNothingIsDirty(t *testing.T) {
	for _, call := range []string{"fsync(fd)", "fdatasync(fd)",
		"s = mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)\nmsync(s, 8192, MS_SYNC)"} {
		if got := askedOf(t, "8192", call+"\n"+call+"\n"); got != "F 0+0" {
			t.Errorf("%s: the disk was asked %q", call, got)
		}
	}
}

func TestARequestIsForThePartsOfAPageThatAreMeant(t *testing.T) {
	for text, want := range map[string]string{
		"pread64(fd, scratch, 1, 0)\n":                                          "+10",
		"pread64(fd, scratch, 1, 0)\npwrite64(fd, \"x\", 1, 2048)\nfsync(fd)\n": "+2; F 0+0",
	} {
		if got := askedOf(t, "5000", text); !strings.HasSuffix(got, want) {
			t.Errorf("%q asked for %q", text, got)
		}
	}
}

// As a loop device was seen to be asked: to make a directory durable is to write the journal, and no flush comes
// without that.
func TestFsyncOfADirectoryFlushesTheDiskWhereTheJournalIsWritten(t *testing.T) {
	const open = "d = openat(AT_FDCWD, \"/data\", O_RDONLY)\n"
	for text, want := range map[string]string{
		open + "fsync(d)\n":                                                   "",
		open + "ftruncate(fd, 0)\nfsync(d)\n":                                 "F 0+0",
		open + "ftruncate(fd, 0)\nfsync(d)\nfsync(d)\nfdatasync(d)\n":         "",
		open + "creat(\"/data/c\", 0777)\nfsync(d)\n":                         "F 0+0",
		"r = openat(AT_FDCWD, \"/\", O_RDONLY)\nftruncate(fd, 0)\nfsync(r)\n": "F 0+0",
	} {
		if got := askedOf(t, "5000", text); got != want {
			t.Errorf("%q asked for %q, not %q", text, got, want)
		}
	}
}
