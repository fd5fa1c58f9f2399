package model

import (
	"strings"
	"testing"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

// heldAsRecorded holds a program as what Linux answered, and gives the first difference or nothing.
func heldAsRecorded(t *testing.T, text string) string {
	t.Helper()
	prog := scripttest.Parse(t, "recorded.vms", "# Recorded on Linux 6.18.\n"+text)
	v := run.Test(prog, New(), run.Testing{})
	if v.Err != nil {
		t.Fatal(v.Err)
	}
	if len(v.Differences) == 0 {
		return ""
	}
	return v.Differences[0].String()
}

// MREMAP_DONTUNMAP has a hint that recordings leave out. Each of these answers is one that some hint gives, and that no
// hint does not.
func TestAnUnprintedHintIsOneThatGivesTheRecordedAnswer(t *testing.T) {
	const map3 = "mmap(0x10000000, 3*PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0) = 0x10000000\n    " +
		"+ 10000000-10003000 r--p 00000000\n"
	for name, text := range map[string]string{
		"the address that came back": map3 +
			"mremap(0x10000000, 4096, 4096, MREMAP_MAYMOVE|MREMAP_DONTUNMAP) = 0x20000000\n    + 20000000-20001000 " +
			"r--p 00000000\n",
		"one that is refused": map3 +
			"mremap(0x10000000, 4096, 4096, MREMAP_MAYMOVE|MREMAP_DONTUNMAP) = -1 EINVAL (Invalid argument)\n",
		"refused, of nothing": "mremap(0x10000000, 4096, 4096, MREMAP_MAYMOVE|MREMAP_DONTUNMAP) = -1 EINVAL " +
			"(Invalid argument)\n",
		"refused, of a sealed area": map3 +
			"mseal(0x10000000, 4096, 0) = 0\n    - 10000000-10003000 r--p 00000000\n    + 10000000-10001000 r--p " +
			"00000000\n    + 10001000-10003000 r--p 00000000\nmremap(0x10000000, 4096, 4096, " +
			"MREMAP_MAYMOVE|MREMAP_DONTUNMAP) = -1 EINVAL (Invalid argument)\n",
		"none that overlaps": "mremap(NULL, 4096, 4096, MREMAP_MAYMOVE|MREMAP_DONTUNMAP) = -1 EFAULT (Bad " +
			"address)\n",
	} {
		if d := heldAsRecorded(t, text); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	if d := heldAsRecorded(t,
		map3+"mremap(0x10000000, 4096, 4096, MREMAP_MAYMOVE|MREMAP_DONTUNMAP) = -1 EFAULT (Bad address)\n"); d == "" {
		t.Error("an answer that no hint gives passes")
	}
}

// The model has zeros where the kernel, execve or the program's file put something. Such a byte is not held; whether it
// can be read at all is.
func TestBytesThatTheKernelFillsAreNotHeld(t *testing.T) {
	const text = "*0x7ffff7ff7000 == 0x1a\n*0x7ffff7ffd000 == 0x7f\n*0x400000 == 0x7f\n*0x7fffffffefe0 == " +
		"0x2f\n0x7ffff7ffd000[0:4] == \"\\177ELF\"\n"
	if d := heldAsRecorded(t, text); d != "" {
		t.Error(d)
	}
	for _, wrong := range []string{
		"*0x403000 == 0x7f\n", "*0x7ffff7ff8000 == 0x00\n", // memory of zeros; a page that has no content
		"*0x7fffffffd000 == 0x7f\n", // the stack below what execve put there
	} {
		if d := heldAsRecorded(t, wrong); !strings.Contains(d, "wanted") {
			t.Errorf("%q passes", wrong)
		}
	}
}

func TestASignalMayNameItselfTwiceAsStraceHasIt(t *testing.T) {
	const access = "*0x10000064\n    --- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=0x10000064} ---\n"
	if d := heldAsRecorded(t, access); d != "" {
		t.Error(d)
	}
	if d := heldAsRecorded(t, strings.Replace(access, "MAPERR", "ACCERR", 1)); d == "" {
		t.Error("a wrong code passes")
	}
}

func TestARecordingWhoseRootMayNotExceedLimitsShowsIt(t *testing.T) {
	const refused = "-1 EPERM (Operation not permitted)\n"
	for _, asked := range []string{
		"prlimit64(0, RLIMIT_MEMLOCK, {rlim_cur=0, rlim_max=RLIM_INFINITY}, NULL) = ",
		"prctl(PR_SET_MM, PR_SET_MM_BRK, 0x504000, 0, 0) = ",
	} {
		for _, answer := range []string{refused, "0\n"} {
			if d := heldAsRecorded(t, asked+answer); d != "" {
				t.Error(d)
			}
		}
		if d := heldAsRecorded(t, asked+refused+asked+"0\n"); d == "" {
			t.Error("once with the right and once without passes")
		}
	}
}

// Where a span meets a signal it is printed a byte a line, each with the faults that it took.
func TestASpanThatEndsInASignalSaysWhichByteFaulted(t *testing.T) {
	prog, err := script.Parse("p",
		"p = mmap(0x10000000, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)\np[4094:4]\n")
	if err != nil {
		t.Fatal(err)
	}
	r, err := run.NewRunner(prog, New(), run.Options{Show: run.Faults | run.Signals | run.Bytes})
	if err != nil {
		t.Fatal(err)
	}
	for r.Next() {
	}
	const want = "*0x10000ffe == 0x00\n    faults 1 0\n*0x10000fff == 0x00\n    faults 0 0\n*0x10001000\n    --- " +
		"SIGSEGV {si_code=SEGV_MAPERR, si_addr=0x10001000} ---\n    faults 0 0\n"
	if got := r.Text(run.Style{Show: run.Faults | run.Signals | run.Bytes}); got != want {
		t.Errorf("got\n%s", got)
	}
}
