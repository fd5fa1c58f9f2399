package prompt

import (
	"strings"
	"testing"
)

// TestWhyFaultSpeaksOfTheMomentOfTheFault changes, after a bad access, what was in its way: the answer is about what
// was there.
func TestWhyFaultSpeaksOfTheMomentOfTheFault(t *testing.T) {
	const anon = "mmap(NULL, 2*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n"
	const file = ".file /data/a 5000\nfd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\n" +
		"p = mmap(NULL, 3*PAGE, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)\n"
	for _, c := range []struct{ name, program, after, want, not string }{
		{"nothing there, then mapped", "*0x40000000\n",
			"mmap(0x40000000, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)", "no area holds 0x40000000",
			"since statement"},
		{"beyond the end, then extended", file + "p[2*PAGE]\n", "ftruncate(fd, 3*PAGE)", "5000 bytes end in page 1",
			"disk"},
		{"cut by another process", file + "c = fork()\np[PAGE]\nc: ftruncate(fd, 100)\np[PAGE]\n",
			"c: ftruncate(fd, 3*PAGE)",
			"since statement 5:  c: ftruncate(fd, 100)", "disk"},
		{"cut by O_TRUNC", file + "g = openat(AT_FDCWD, \"/data/a\", O_RDWR|O_TRUNC)\np[0]\n", "ftruncate(fd, 3*PAGE)",
			"which is empty", "disk"},
		{"write-protected, then writable", "p = " + anon + "mprotect(p, PAGE, PROT_READ)\np[0] = 1\n",
			"mprotect(p, PAGE, PROT_READ|PROT_WRITE)",
			"since statement 2:  mprotect(p, PAGE, PROT_READ)", "the area 0x7ffff7ff5000-0x7ffff7ff7000"},
		{"unmapped, then mapped", "p = " + anon + "munmap(p, PAGE)\np[0]\n",
			"mmap(p, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)",
			"since statement 2:  munmap(p, PAGE)", "guard"},
		{"moved", "p = " + anon + "q = mremap(p, 2*PAGE, 4*PAGE, MREMAP_MAYMOVE|MREMAP_FIXED, 0x50000000)\np[0]\n",
			"munmap(q, PAGE)",
			"since statement 2:  q = mremap(", "guard"},
		{"below a shrunk heap", "b = brk(0)\nbrk(b + PAGE)\nb[0] = 1\nbrk(b)\nb[0]\n", "brk(b + PAGE)",
			"since statement 4:  brk(b)", "guard"},
		{"guard region, then removed", "p = " + anon + "madvise(p, PAGE, MADV_GUARD_INSTALL)\np[0]\n",
			"madvise(p, PAGE, MADV_GUARD_REMOVE)",
			"since statement 2:  madvise(p, PAGE, MADV_GUARD_INSTALL)", "no area"},
		{"stack too close",
			"mmap(0x7fffff000000, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)\n*0x7fffff002000\n",
			"munmap(0x7fffff000000, PAGE)", "too close to the area below it", "begins at"},
		{"a failed read", ".machine fs=ext4\n.file /data/a 8192 cold\nfd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\n" +
			"p = mmap(NULL, 2*PAGE, PROT_READ, MAP_SHARED, fd, 0)\n.fail read /data/a EIO\np[0]\n", "ftruncate(fd, 0)",
			"the disk fails to read the page (EIO)", "end in"},
	} {
		t.Run(c.name, func(t *testing.T) {
			talking := talk(t, c.program)
			talking.say("next 100")
			got := talking.say(c.after, "why fault")
			if talking.wants(got, c.want); strings.Contains(got, c.not) {
				t.Errorf("the answer speaks of %q:\n%s", c.not, got)
			}
		})
	}
}

// TestWhyErrnoNamesTheOneLimit wants a single limit, where several could have been in the way.
func TestWhyErrnoNamesTheOneLimit(t *testing.T) {
	for _, c := range []struct{ program, want, not string }{
		{"b = brk(0)\nsetrlimit(RLIMIT_DATA, {rlim_cur=1M, rlim_max=1M})\nbrk(b + 64M)\n", "RLIMIT_DATA", "RLIMIT_AS"},
		{"b = brk(0)\nmmap(b + PAGE, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)\nbrk(b + 64M)\n",
			"area above", "RLIMIT"},
		{"setrlimit(RLIMIT_AS, {rlim_cur=16M, rlim_max=16M})\n" +
			"mmap(NULL, 64M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n", "RLIMIT_AS", "RLIMIT_DATA"},
		{"setrlimit(RLIMIT_DATA, {rlim_cur=16M, rlim_max=16M})\n" +
			"mmap(NULL, 64M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n", "RLIMIT_DATA", "RLIMIT_AS"},
	} {
		talking := talk(t, c.program)
		talking.say("next 100")
		got := talking.say("why errno")
		_, verdict, _ := strings.Cut(got, "\n") // without the statement, which names what it names
		if talking.wants(verdict, c.want); strings.Contains(verdict, c.not) {
			t.Errorf("%s\nspeaks of %q:\n%s", c.program, c.not, got)
		}
	}
}

func TestWhySignalSaysWhyAHandlersFrameHasNoPlace(t *testing.T) {
	const handler = "on SIGSEGV SA_ONSTACK mprotect(p, PAGE, PROT_READ|PROT_WRITE)"
	c := talk(t, "")
	c.say(onePage, "mprotect(p, PAGE, PROT_NONE)", "rsp = p + PAGE", handler)
	c.wants(c.say("p[0]", "why signal"), "SIGSEGV SI_KERNEL", "could not store the frame of the signal's handler",
		"its area does not allow that", "statement 2:  mprotect(p, PAGE, PROT_NONE)")
	c = talk(t, "")
	c.say(onePage, "sigaltstack({ss_sp=p, ss_flags=0, ss_size=2048}, NULL)", handler)
	c.wants(c.say("*1", "why signal"), "the frame takes 2952 bytes, and does not fit the alternate stack")
	c = talk(t, "")
	c.say("on SIGSEGV mprotect(0x7fffffffd000, PAGE, PROT_NONE)")
	c.wants(c.say("*1", "why signal"), "could not read the frame of a handler, which returns")
}
