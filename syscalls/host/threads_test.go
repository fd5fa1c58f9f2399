//go:build linux && amd64

package host

import "testing"

// A thread shares the memory of its process, and counts its own faults; the first one may end before the others.
func TestThreadsOfAPuppetShareMemoryAndCountTheirOwnFaults(t *testing.T) {
	m := newMachine(t)
	const thread = "clone(CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD, NULL, NULL, NULL, NULL)"
	answersOf(t, m, `a = `+thread+` = 2
b = `+thread+` = 3
p = mmap(NULL, 4*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
    faults 0 0
a: p[0] = 1
    faults 1 0
p[0] = 2
    faults 0 0
b: p[0] == 2
    faults 0 0
p[PAGE] = 1
    faults 1 0
exit(0) = ?
a: p[2*PAGE] = 1
    faults 1 0
a: exit(0) = ?
b: p[2*PAGE] == 1
b: exit_group(0) = ?
`)
	if _, lives := m.Process(1); lives {
		t.Error("the first thread lives on after exit")
	}
}

// A thread that waits in vfork for another one is killed by that one's exit_group.
func TestExitGroupEndsAThreadThatWaitsInVfork(t *testing.T) {
	m := newMachine(t)
	answersOf(t, m, `a = clone(CLONE_VM|CLONE_SIGHAND|CLONE_THREAD|CLONE_VFORK, NULL, NULL, NULL, NULL) = 2
a: exit_group(0) = ?
`)
	for pid := 1; pid <= 2; pid++ {
		if _, lives := m.Process(pid); lives {
			t.Errorf("process %d lives on", pid)
		}
	}
}

// A first thread ends before the others and is reaped with the last one. Its vfork parent goes on at the first of these
// ends, and may wait for another child at the second.
func TestAFirstThreadReleasesItsParentOnce(t *testing.T) {
	m := newMachine(t)
	answersOf(t, m, `c = vfork() = 2
[2] g = vfork() = 3
[3] t = clone(CLONE_VM|CLONE_SIGHAND|CLONE_THREAD, NULL, NULL, NULL, NULL) = 4
[3] exit(0) = ?
[2] u = clone(CLONE_VM|CLONE_SIGHAND|CLONE_THREAD|CLONE_VFORK, NULL, NULL, NULL, NULL) = 5
[4] exit_group(0) = ?
[5] exit(0) = ?
[2] exit_group(0) = ?
`)
	for pid := 2; pid <= 5; pid++ {
		if _, lives := m.Process(pid); lives {
			t.Errorf("process %d lives on", pid)
		}
	}
}
