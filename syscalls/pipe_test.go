package syscalls_test

import (
	"errors"
	"testing"

	"vmsim/syscalls"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

// waitsFor runs a program on the model and gives the call that would wait for ever; nil for none.
func waitsFor(t *testing.T, text string) (w *syscalls.Waits) {
	t.Helper()
	prog := scripttest.Parse(t, "program", text)
	v := run.Test(prog, model.New(), run.Testing{})
	if v.Err != nil && !errors.As(v.Err, &w) {
		t.Fatal(v.Err)
	}
	return w
}

// One program runs here after the other: who waits for another would wait for ever, on a real kernel too.
func TestACallThatWouldWaitForEverIsRefusedBeforeItRuns(t *testing.T) {
	for name, call := range map[string]string{
		"read of an empty pipe":       "read(3, scratch, 1)",
		"write beyond the room":       "write(4, pattern(1), 65537)",
		"splice out of an empty pipe": "splice(3, NULL, 4, NULL, 1, 0)\nsplice(3, NULL, 6, NULL, 1, 0)",
		"vmsplice, whatever fcntl says": "fcntl(3, F_SETFL, O_NONBLOCK)\n" +
			"vmsplice(3, [{iov_base=0x403000, iov_len=1}], 1, 0)",
	} {
		if waitsFor(t, "pipe2([3, 4], 0)\npipe2([5, 6], 0)\n"+call+"\n") == nil {
			t.Errorf("%s does not wait", name)
		}
	}
	if waitsFor(t, "fork() = 2\nwait4(-1, NULL, 0, NULL)\n") == nil {
		t.Error("wait4 does not wait for a child that runs")
	}
	for name, call := range map[string]string{
		"O_NONBLOCK":        "fcntl(3, F_SETFL, O_NONBLOCK)\nread(3, scratch, 1)",
		"SPLICE_F_NONBLOCK": "vmsplice(3, [{iov_base=0x403000, iov_len=1}], 1, SPLICE_F_NONBLOCK)",
		"no writer":         "close(4)\nread(3, scratch, 1)",
		"no reader":         "close(3)\nwrite(4, pattern(1), 100000)",
		"room for all":      "write(4, pattern(1), 65536)",
	} {
		if w := waitsFor(t, "pipe2([3, 4], 0)\n"+call+"\n"); w != nil {
			t.Errorf("with %s: %v", name, w)
		}
	}
}

// A copyCase is statements, and how many bytes the processor copies for them.
type copyCase struct{ lines, bytes string }

// copiesBytes runs each case after calls that make descriptors 4 to 7. Descriptor 3 is a file that is cached, p a
// private page.
func copiesBytes(t *testing.T, ends string, cases map[string]copyCase) {
	t.Helper()
	const head = ".file /data/a 8192 cached\nopenat(AT_FDCWD, \"/data/a\", O_RDWR)\n" +
		"p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\np[0] = 'x'\n"
	for name, c := range cases {
		prog := scripttest.Parse(t, name, head+ends+c.lines+"\n.expect copies.cpu == "+c.bytes+"\n")
		v := run.Test(prog, model.New(), run.Testing{All: true})
		if v.Err != nil || len(v.Differences) > 0 {
			t.Errorf("%s: %v %v", name, v.Err, v.Differences)
		}
	}
}

// write copies in and read copies out; splice from a file, vmsplice and tee copy nothing.
func TestOnlyWriteAndReadCopyWhatGoesThroughAPipe(t *testing.T) {
	copiesBytes(t, "pipe2([4, 5], O_NONBLOCK)\npipe2([6, 7], O_NONBLOCK)\n", map[string]copyCase{
		"write":             {"write(5, p, PAGE)", "4096"},
		"splice":            {"splice(3, [0], 5, NULL, PAGE, 0)", "0"},
		"sendfile":          {"sendfile(5, 3, [0], PAGE)", "0"},
		"vmsplice":          {"vmsplice(5, [{iov_base=p, iov_len=PAGE}], 1, 0)", "0"},
		"a gift":            {"vmsplice(5, [{iov_base=p, iov_len=PAGE}], 1, SPLICE_F_GIFT)", "0"},
		"from pipe to pipe": {"write(5, p, PAGE)\nsplice(4, NULL, 7, NULL, PAGE, 0)", "4096"},
		"tee":               {"write(5, p, PAGE)\ntee(4, 7, PAGE, 0)", "4096"},
		"splice to a file": {
			"vmsplice(5, [{iov_base=p, iov_len=PAGE}], 1, 0)\nsplice(4, NULL, 3, [0], PAGE, 0)", "4096",
		},
		"splice and read": {"splice(3, [0], 5, NULL, PAGE, 0)\nread(4, p, PAGE)", "4096"},
	})
}

// A message that a socket has sent keeps the pages that splice and sendfile put into it.
func TestOnlyWriteAndReadCopyWhatGoesThroughASocket(t *testing.T) {
	const ends = "socketpair(AF_UNIX, SOCK_STREAM, 0, [4, 5])\npipe2([6, 7], O_NONBLOCK)\n"
	copiesBytes(t, ends, map[string]copyCase{
		"write":    {"write(4, p, PAGE)", "4096"},
		"sendto":   {"sendto(4, p, PAGE, 0, NULL, 0)", "4096"},
		"sendfile": {"sendfile(4, 3, [0], PAGE)", "0"},
		"splice":   {"splice(3, [0], 7, NULL, PAGE, 0)\nsplice(6, NULL, 4, NULL, PAGE, 0)", "0"},
		"both":     {"sendfile(4, 3, [0], PAGE)\nread(5, p, PAGE)", "4096"},
	})
}

func TestACallOnASocketThatWouldWaitForEverIsRefusedBeforeItRuns(t *testing.T) {
	for name, call := range map[string]string{
		"read of an empty socket": "read(3, scratch, 1)",
		"MSG_WAITALL of more":     "write(4, \"ab\", 2)\nrecvfrom(3, scratch, 3, MSG_WAITALL, NULL, NULL)",
		"write beyond the room":   "write(3, pattern(1), 219265)",
		"splice beyond the room": "write(3, pattern(1), 219264)\nwrite(6, \"a\", 1)\n" +
			"splice(5, NULL, 3, NULL, 1, 0)",
		"sendfile beyond the room":       "write(3, pattern(1), 219264)\nsendfile(3, 7, [0], 1)",
		"splice out of a pipe: no bytes": "splice(5, NULL, 3, NULL, 1, 0)",
	} {
		if waitsFor(t, socketHead+call+"\n") == nil {
			t.Errorf("%s does not wait", name)
		}
	}
	for name, call := range map[string]string{
		"MSG_DONTWAIT": "recvfrom(3, scratch, 1, MSG_DONTWAIT, NULL, NULL)",
		"shutdown":     "shutdown(4, SHUT_WR)\nread(3, scratch, 1)",
		"MSG_PEEK":     "write(4, \"ab\", 2)\nrecvfrom(3, scratch, 3, MSG_WAITALL|MSG_PEEK, NULL, NULL)",
		"room for all": "write(3, pattern(1), 219264)",
	} {
		if w := waitsFor(t, socketHead+call+"\n"); w != nil {
			t.Errorf("with %s: %v", name, w)
		}
	}
}

const socketHead = ".file /data/a 8192\nsocketpair(AF_UNIX, SOCK_STREAM, 0, [3, 4])\npipe2([5, 6], 0)\n" +
	"openat(AT_FDCWD, \"/data/a\", O_RDWR) = 7\n"

func TestASocketHasTheRoomThatTheMachineGivesNewOnes(t *testing.T) {
	for room, want := range map[string]string{"4608": "-1 EAGAIN", "16384": "4096"} {
		prog := scripttest.Parse(t, room, "socketpair(AF_UNIX, SOCK_STREAM|SOCK_NONBLOCK, 0, scratch)\n"+
			".sysctl net.core.wmem_default="+room+"\nsocketpair(AF_UNIX, SOCK_STREAM|SOCK_NONBLOCK, 0, [5, 6]) = 0\n"+
			"write(5, pattern(1), 4096) = 4096\nwrite(5, pattern(1), 4096) = "+want+"\n"+
			"write(3, pattern(1), 4096) = 4096\nwrite(3, pattern(1), 4096) = 4096\n")
		v := run.Test(prog, model.New(), run.Testing{All: true})
		scripttest.Passes(t, v.Err, v.Differences)
	}
}

func TestWhatASocketDoesNotHaveIsRefusedByName(t *testing.T) {
	for _, call := range []string{"socketpair(AF_INET, SOCK_STREAM, 0, scratch)",
		"socketpair(AF_UNIX, SOCK_DGRAM, 0, scratch)", "splice(3, NULL, 6, NULL, 1, 0)",
		"sendto(3, \"a\", 1, MSG_OOB, NULL, 0)"} {
		prog := scripttest.Parse(t, "program", socketHead+call+"\n")
		var u *syscalls.Unmodelled
		if v := run.Test(prog, model.New(), run.Testing{}); !errors.As(v.Err, &u) {
			t.Errorf("%s: %v", call, v.Err)
		}
	}
}
