package model

import (
	"testing"

	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

// passes tests a program on the model.
func passes(t *testing.T, text string) {
	t.Helper()
	prog := scripttest.Parse(t, "recorded.vms", text)
	v := run.Test(prog, New(), run.Testing{All: true})
	scripttest.Passes(t, v.Err, v.Differences)
}

// TestRecordedPathMeansTheFileThatItNames replays paths that a log leaves room to guess about: a relative one that
// named no file, and one with dots.
func TestRecordedPathMeansTheFileThatItNames(t *testing.T) {
	passes(t, "# Recorded on Linux 6.18.44 x86_64.\n.file /data/a 4096\n"+
		"[1] unlink(\"a\") = -1 ENOENT (No such file or directory)\n"+
		"[1] unlink(\"/data/../data//a\") = 0\n"+
		"[1] openat(AT_FDCWD, \"/data/a\", O_RDWR) = -1 ENOENT (No such file or directory)\n")
}

// TestDataThatMapsCallsHeapHoldsScratch has a layout as Linux before 6.7 shows it. No area may be added to it for the
// harness's memory, so that the lowest address is free.
func TestDataThatMapsCallsHeapHoldsScratch(t *testing.T) {
	passes(t, "# Recorded on Linux 6.1.192 x86_64.\n.layout brk=0x503000\n"+
		"    00401000-00402000 r-xp 00001000 /stub\n    00403000-00503000 rw-p 00000000 [heap]\n"+
		"[1] mmap(0x3039, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x10000\n"+
		"    + 00010000-00011000 r--p 00000000\n")
}
