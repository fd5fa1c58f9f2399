package run_test

import (
	"strings"
	"testing"

	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

// handledBy runs a program and says of its last statement what handlers have answered and which signal was left.
func handledBy(t *testing.T, text string) (handled []string, signal string) {
	t.Helper()
	prog := scripttest.Parse(t, "a.vms", text)
	r, err := run.NewRunner(prog, model.New(), run.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for r.Next() {
	}
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	if s := r.Result().Signal; s != nil {
		signal = s.Error()
	}
	return r.Result().HandledLines(), signal
}

func TestAHandlerIsGivenUpWhereItDoesNotRepairTheAccess(t *testing.T) {
	const reserved = "p = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n"
	for _, c := range []struct {
		name, program string
		handled       int
		left          string
	}{
		{"repairs", reserved + "on SIGSEGV mprotect(p, PAGE, PROT_READ)\np[0]\n", 1, ""},
		{"does nothing", reserved + "on SIGSEGV mprotect(p, PAGE, PROT_NONE)\np[0]\n", 1, "SEGV_ACCERR"},
		{"makes it another signal", reserved + "on SIGSEGV munmap(p, PAGE)\np[0]\n", 2, "SEGV_MAPERR"},
		{"is of the other signal", reserved + "on SIGBUS mprotect(p, PAGE, PROT_READ)\np[0]\n", 0, "SEGV_ACCERR"},
		{"is taken away", reserved + "on SIGSEGV mprotect(p, PAGE, PROT_READ)\non SIGSEGV\np[0]\n", 0, "SEGV_ACCERR"},
		{"of two signals in turn", ".file /data/a 0\nfd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\n" +
			"p = mmap(NULL, PAGE, PROT_NONE, MAP_SHARED, fd, 0)\non SIGSEGV mprotect(p, PAGE, PROT_READ)\n" +
			"on SIGBUS mprotect(p, PAGE, PROT_NONE)\np[0]\n", 2, "SEGV_ACCERR"},
	} {
		handled, left := handledBy(t, c.program)
		if len(handled) != c.handled || !strings.Contains(left, c.left) || c.left == "" && left != "" {
			t.Errorf("a handler that %s: %q answered, %q left", c.name, handled, left)
		}
	}
}

func TestANewImageHasNoHandlers(t *testing.T) {
	handled, left := handledBy(t, "on SIGSEGV munmap(0, PAGE)\n"+
		".layout brk=0x503000\n    00400000-00401000 r--p 00000000 /stub\n    00403000-00503000 rw-p 00000000\n*0\n")
	if len(handled) != 0 || left == "" {
		t.Errorf("%q answered, %q left", handled, left)
	}
}

func TestAHandlerOnTheAlternateStackNeedsNoneBelowTheStackPointer(t *testing.T) {
	const program = "p = mmap(NULL, 4*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
		"mprotect(p, PAGE, PROT_NONE)\nsigaltstack({ss_sp=p + 2*PAGE, ss_flags=0, ss_size=8K}, NULL) = 0\n" +
		"rsp = p + PAGE + 64\n"
	handled, left := handledBy(t,
		program+"on SIGSEGV SA_ONSTACK mprotect(p, PAGE, PROT_READ|PROT_WRITE)\n*(rsp - 72) = 1\n")
	if len(handled) != 1 || left != "" {
		t.Errorf("on the alternate stack: %q answered, %q left", handled, left)
	}
	handled, left = handledBy(t, program+"on SIGSEGV mprotect(p, PAGE, PROT_READ|PROT_WRITE)\n*(rsp - 72) = 1\n")
	if len(handled) != 0 || !strings.Contains(left, "SI_KERNEL") {
		t.Errorf("on the stack itself: %q answered, %q left", handled, left)
	}
}

func TestEachProcessHasItsOwnStackPointer(t *testing.T) {
	const program = "fork() = 2\nrsp = 0x7ffffff00000\n[2] q = rsp\nrsp = rsp - 8\n"
	r, err := run.NewRunner(scripttest.Parse(t, "a.vms", program), model.New(), run.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for r.Next() {
	}
	q, _ := r.Value("q")
	if v, _ := r.Value("rsp"); r.Err() != nil || q != 0x7fffffffe000 || v != 0x7ffffff00000-8 {
		t.Errorf("%v: q is %#x, rsp %#x", r.Err(), q, v)
	}
}

func TestAHandlerCannotWaitInVfork(t *testing.T) {
	for _, call := range []string{"vfork()", "clone(CLONE_VM|CLONE_VFORK|SIGCHLD, NULL, NULL, NULL, NULL)"} {
		r, err := run.NewRunner(scripttest.Parse(t, "a.vms", "on SIGSEGV "+call+"\n*1\n"), model.New(), run.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for r.Next() {
		}
		if r.Err() == nil || !strings.Contains(r.Err().Error(), "use fork") {
			t.Errorf("%s: %v", call, r.Err())
		}
	}
}

func TestAnExecveInAHandlerMayEndTheProcess(t *testing.T) {
	const text = ".file /bin/a 12288 elf=static\n" +
		"prlimit64(0, RLIMIT_AS, {rlim_cur=0x10000, rlim_max=0x10000}, NULL)\n" +
		"on SIGSEGV execve(\"/bin/a\", [\"a\"], [])\n*1\n"
	r, err := run.NewRunner(scripttest.Parse(t, "a.vms", text), model.New(), run.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for r.Next() {
	}
	if r.Err() != nil || !r.Result().Ended || len(r.Result().Handled) != 1 {
		t.Errorf("%v: ended %v, handled %v", r.Err(), r.Result().Ended, r.Result().Handled)
	}
}
