package prompt

import (
	"os"
	"strings"
	"testing"
)

const (
	privately = ".machine fs=ext4\n.file /data/a 16384 cold\nfd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\n" +
		"p = mmap(NULL, 4*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE, fd, 0)\np[0] = 'x'\n"
	onHDD = ".machine fs=ext4 disk=hdd\n.file /data/a 1M cold\nfd = openat(AT_FDCWD, \"/data/a\", O_RDONLY)\n" +
		"p = mmap(NULL, 1M, PROT_READ, MAP_SHARED, fd, 0)\np[0]\np[24*PAGE]\n"
	sealed = "m = memfd_create(\"b\", MFD_ALLOW_SEALING)\nftruncate(m, 8192)\n"
)

// trueCauses are programs whose cause was told wrongly, vaguely or not at all.
var trueCauses = []asked{
	{"a page in flight is waited for", onHDD + "p[40*PAGE]\n", "why fault",
		"a request for the page was under way already. The access waited 1.0", "page cache already"},
	{"the step says how long the wait was", onHDD + "p[40*PAGE]\n", "log", "the wait for it took 1.0",
		"without the disk"},
	{"MADV_DONTNEED drops a private copy", privately + "madvise(p, PAGE, MADV_DONTNEED)\np[0]\n", "why fault",
		"had a private copy of the page, with what it had stored; it was dropped:\n  t=46    statement 4:  madvise",
		"given up"},
	{"truncation drops a private copy", privately + "ftruncate(fd, 0)\nftruncate(fd, 100)\np[0]\n", "why fault",
		"it was dropped:\n  t=46    statement 4:  ftruncate(fd, 0)", "given up"},
	{"a new mapping never had a copy", privately + "p = mmap(p, 4*PAGE, PROT_READ, MAP_PRIVATE|MAP_FIXED, fd, 0)\n" +
		"p[0]\n",
		"why fault", "in the page cache already", "private copy"},
	{"a copy in another process is not this one's", privately + "c = fork()\nc: madvise(p, PAGE, MADV_DONTNEED)\n" +
		"p[0] = 2\n",
		"why fault", "write-protected", "it was dropped"},
	{"the private copy comes first", privately, "why page a:0", "process 1 has a private copy of page 0", "dirty"},
	{"a hole is no wait", onDisk + "p[0]\nftruncate(fd, 0)\nftruncate(fd, 8192)\np[0]\n", "why fault",
		"it counts as major\nIt was major, since the page was not in the page cache", "wait"},
	{"a page is dirty with its folio", ".machine fs=ext4\n.file /data/a 65536\n" +
		"fd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\n" +
		"p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)\nfsync(fd)\np[0] = 1\n", "why page a:9",
		"some page of its folio, pages 0 to 15, was written to", "frame 0x1e was written to"},
	{"a power cut empties the page cache", onDisk + "p[0]\nfsync(fd)\n.power_cut\n" +
		"fd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\np = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0)\np[0]\n",
		"why fault",
		"Nothing had brought it in since the power cut", "since the program began"},
	{"a power cut is the last user of no file", onDisk + "p[0] = 'x'\n.power_cut\n", "why dirty",
		"statement 4:  .power_cut: it took what was dirty then", "without a name"},
	{"a store beyond the end of a file", ".machine fs=ext4\n.file /data/a 5000\n" +
		"fd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\np = mmap(NULL, 2*PAGE, PROT_READ|" +
		"PROT_WRITE, MAP_SHARED, fd, 0)\n" +
		"p[6000] = 'x'\nmsync(p, 2*PAGE, MS_SYNC)\n", "why page a:1",
		"it stored at byte 6000, and the file has 5000 bytes", "lost"},
	{"a store before the end of a file", ".machine fs=ext4\n.file /data/a 5000\n" +
		"fd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\np = mmap(NULL, 2*PAGE, PROT_READ|" +
		"PROT_WRITE, MAP_SHARED, fd, 0)\n" +
		"p[4999] = 'x'\n", "why page a:1", "is dirty", "no part of the file"},
	{"faults of MAP_POPULATE", "p = mmap(NULL, PAGE, PROT_READ|" +
		"PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_POPULATE, -1, 0)\n",
		"why fault", "the kernel brought in itself, the last one in statement 1:  p = mmap", "no page fault has"},
	{"mprotect of a file that was opened for reading", ".file /data/a 8192\nfd = openat(AT_FDCWD, \"/data/a\", " +
		"O_RDONLY)\n" +
		"p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0)\nmprotect(p, PAGE, PROT_READ|PROT_WRITE)\n", "why errno",
		"a shared mapping of a file that was not opened for writing", "never"},
	{"mprotect of a sealed memfd", sealed + "fcntl(m, F_ADD_SEALS, F_SEAL_WRITE)\n" +
		"p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, m, 0)\nmprotect(p, PAGE, PROT_READ|PROT_WRITE)\n", "why errno",
		"the file was sealed against writing when it was mapped", "not opened"},
	{"F_SEAL_GROW", sealed + "fcntl(m, F_ADD_SEALS, F_SEAL_GROW|F_SEAL_SHRINK)\nftruncate(m, 16384)\n", "why errno",
		"F_SEAL_GROW: the file may not become longer", "F_SEAL_SHRINK"},
	{"F_SEAL_GROW, a write", sealed + "fcntl(m, F_ADD_SEALS, F_SEAL_GROW)\npwrite64(m, \"x\", 1, 9000)\n", "why errno",
		"F_SEAL_GROW", "F_SEAL_WRITE"},
	{"F_SEAL_SHRINK", sealed + "fcntl(m, F_ADD_SEALS, F_SEAL_GROW|F_SEAL_SHRINK)\nftruncate(m, 0)\n", "why errno",
		"F_SEAL_SHRINK: the file may not become shorter", "F_SEAL_GROW"},
	{"F_SEAL_FUTURE_WRITE, a hole", sealed + "fcntl(m, F_ADD_SEALS, F_SEAL_FUTURE_WRITE)\n" +
		"fallocate(m, FALLOC_FL_KEEP_SIZE|FALLOC_FL_PUNCH_HOLE, 0, 4096)\n", "why errno", "F_SEAL_FUTURE_WRITE",
		"F_SEAL_WRITE:"},
	{"overcommit by guess", "mmap(NULL, 8192G, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n", "why errno",
		"more than all memory and swap (vm.overcommit_memory=0)", "CommitLimit"},
	{"overcommit never", ".sysctl vm.overcommit_memory=2\n" +
		"mmap(NULL, 64G, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS, -1, 0)\n", "why errno",
		"would pass CommitLimit (vm.overcommit_memory=2)", "vm.overcommit_memory=0"},
}

func TestWhyNamesTheTrueCause(t *testing.T) { answered(t, trueCauses) }

func TestReverseContinueFromTheFirstStopGoesToBeforeItsStatement(t *testing.T) {
	c := talk(t, anon+"c = fork()\nc: p[0] = 2\n")
	c.say("break cow", "continue")
	c.wants(c.say("rc"), "has not begun")
	if c.Session.Inside() || c.Session.Done() != 3 {
		t.Errorf("%d statements are done", c.Session.Done())
	}
	c.wants(c.say("rc"), "beginning")
}

func TestConditionThatDoesNotHoldOrLostFileFailsTheConversation(t *testing.T) {
	c := talk(t, anon+".expect minflt == 300\n")
	if c.say("next 2"); c.Failed() {
		t.Error("it has failed before the condition")
	}
	if c.say("next"); !c.Failed() {
		t.Error("a condition does not hold, and nothing has failed")
	}
	for _, line := range []string{"save /dev/full", "transcript /dev/full"} {
		if _, err := os.Stat("/dev/full"); err != nil {
			t.Skip(err)
		}
		c := talk(t, anon)
		if got := c.say("next", line, "next"); !c.Failed() || !strings.Contains(got, "no space left") {
			t.Errorf("%s: failed %v\n%s", line, c.Failed(), got)
		}
	}
}

func TestCallWithoutParenthesesIsAnsweredWithItsForm(t *testing.T) {
	c := talk(t, "")
	c.wants(c.say("fork"), `"fork" is a call`, "Try: fork(")
	c.wants(c.say("munmap"), "Try: munmap(addr, length)")
}
