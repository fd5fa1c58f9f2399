package strace

import (
	"strings"
	"testing"
)

// TestProcessesBornBeforeTheLogAreNotThreads reads logs that begin in the middle: descriptor 3 of two
// tasks is one where they are threads and two where they are processes.
func TestProcessesBornBeforeTheLogAreNotThreads(t *testing.T) {
	const uses = "7 read(3, \"\"..., 100) = 100\n8 read(3, \"\"..., 100) = 100\n7 close(3) = 0\n8 close(3) = 0\n"
	for name, log := range map[string]string{
		"mappings in halves of lines": "" +
			"7 mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0 <unfinished ...>\n" +
			"8 mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0 <unfinished ...>\n" +
			"7 <... mmap resumed>) = 0x7f1a76a7e000\n8 <... mmap resumed>) = 0x7fd6ebb03000\n" + uses,
		"what they unmap": "7 munmap(0x7f1a76a7e000, 4096) = 0\n8 munmap(0x7fd6ebb03000, 4096) = 0\n" + uses,
		"a signal":        uses + "7 --- SIGCHLD {si_signo=SIGCHLD, si_pid=8, si_status=0} ---\n",
		"a wait":          uses + "7 wait4(-1, <unfinished ...>\n7 <... wait4 resumed>NULL, 0, NULL) = 8\n",
		"a process that ends before another": uses + "8 exit_group(0) = ?\n8 +++ exited with 0 +++\n" +
			"7 getppid() = 1\n",
		"the first process ends before another": uses + "7 exit_group(0) = ?\n7 +++ exited with 0 +++\n" +
			"8 getppid() = 1\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, im := body(t, log)
			im.holdsWhole(t, "t.log")
			if strings.Contains(im.text, "CLONE_THREAD") {
				t.Errorf("8 is a thread of 7:\n%s", im.text)
			}
		})
	}
}

func TestThreadsBornBeforeTheLogShareWhatTheirProcessHas(t *testing.T) {
	for name, log := range map[string]string{
		"mappings beside each other": "7 munmap(0x7f1a76a7e000, 4096) = 0\n8 munmap(0x7f1a76b03000, 4096) = 0\n" +
			"7 getppid() = 1\n",
		"one heap that was asked for": "7 munmap(0x7f1a76a7e000, 4096) = 0\n" +
			"8 mmap(0xc000000000, 4096, PROT_READ, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0) = 0xc000000000\n" +
			"7 getppid() = 1\n",
		"all end at once": "7 getppid() = 1\n8 getppid() = 1\n7 exit_group(0) = ?\n8 +++ exited with 0 +++\n" +
			"7 +++ exited with 0 +++\n",
	} {
		t.Run(name, func(t *testing.T) {
			if _, im := body(t, log); !strings.Contains(im.text, "CLONE_THREAD") {
				t.Errorf("8 is no thread of 7:\n%s", im.text)
			}
		})
	}
}

func TestAShortReadOfWhatWasOpenBeforeTheLogEndsAtTheFilesEnd(t *testing.T) {
	_, im := body(t, `7 read(255</bin/script>, ""..., 3171) = 1782
7 read(255</bin/script>, "", 3171) = 0
7 newfstatat(255</bin/script>, "", {st_mode=S_IFREG|0755, st_size=3171, ...}, AT_EMPTY_PATH) = 0
`)
	im.holdsWhole(t, "t.log")
	if !strings.Contains(im.text, "lseek(255, -1782, SEEK_END)") {
		t.Error(im.text)
	}
}
