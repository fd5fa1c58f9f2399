package model

import (
	"testing"

	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

// testLog runs a log on the model and fails where it has a difference.
func testLog(t *testing.T, text string) {
	t.Helper()
	prog := scripttest.Parse(t, "t", "# Imported from t.\n"+text)
	scripttest.RoundTrip(t, prog)
	m := New()
	v := run.Test(prog, m, run.Testing{All: true, Check: m.Check})
	scripttest.Passes(t, v.Err, v.Differences)
}

func TestALayoutSaysWhereMmapBegins(t *testing.T) {
	testLog(t, `.layout brk=0x555555600000 mmap_base=0x7f1305600000
    7f1305500000-7f1305600000 rw-p 00000000
    7ffc00000000-7ffc00021000 rw-p 00000000 [stack]
mmap(NULL, 8192, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f13054fe000
`)
}

func TestARecordLockOfALogTakesItsAnswer(t *testing.T) {
	testLog(t, `.file /db 4096
openat(AT_FDCWD, "/db", O_RDWR) = 3
fcntl(3, F_SETLK, {l_type=F_RDLCK, l_whence=SEEK_SET, l_start=1073741824, l_len=1}) = 0
fcntl(3, F_GETFD) = 0
`)
}

func TestADescriptorOutsideTheModelEndsWithExecveWhereItSaysSo(t *testing.T) {
	testLog(t, `socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0) = 3
pipe2([4, 5], O_CLOEXEC) = 0
socket(AF_UNIX, SOCK_STREAM, 0) = 6
execve("/b", ["b"], NULL) = 0
.layout brk=0x503000
    7ffffffde000-7ffffffff000 rw-p 00000000 [stack]
openat(AT_FDCWD, "/new", O_RDWR|O_CREAT, 0600) = 3
dup(3) = 4
dup(3) = 5
dup(3) = 7
`)
}

func TestEachProcessOfALogHasScratchWhereItsImageLeavesRoom(t *testing.T) {
	testLog(t, `.file /a 4096
.layout brk=0x555555600000
    7ffffffde000-7ffffffff000 rw-p 00000000 [stack]
openat(AT_FDCWD, "/a", O_RDONLY) = 3
[1] fork() = 2
[2] execve("/b", ["b"], NULL) = 0
[2] .layout brk=0x700000
    00400000-00600000 r-xp 00000000 /b
    7ffffffde000-7ffffffff000 rw-p 00000000 [stack]
[1] read(3, scratch, 100) = 100
[2] read(3, scratch, 100) = 100
[2] fork() = 3
[3] read(3, scratch, 100) = 100
[1] read(3, scratch, 100) = 100
`)
}

func TestADirectoryThatALogOpensDoesNotHideWhatLiesInIt(t *testing.T) {
	testLog(t, `openat(AT_FDCWD, "/d", O_RDONLY|O_DIRECTORY) = 3
openat(AT_FDCWD, "/d/none", O_RDONLY) = -1 ENOENT (No such file or directory)
.file /d/a 10
openat(AT_FDCWD, "/d", O_RDONLY|O_DIRECTORY) = 4
close(4) = 0
openat(AT_FDCWD, "/d/a", O_RDONLY) = 4
`)
}

func TestTheThreadsOfALogHaveOneTableOfDescriptorsAndEndTogether(t *testing.T) {
	testLog(t, `clone(CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|CLONE_SYSVSEM) = 2
[2] socket(AF_UNIX, SOCK_STREAM, 0) = 3
[1] fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
[1] close(3) = 0
[2] mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7ffff7ff6000
[1] munmap(0x7ffff7ff6000, 4096) = 0
[2] exit_group(0) = ?
[2] +++ exited +++
[1] +++ exited +++
`)
}
