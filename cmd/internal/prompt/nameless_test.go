package prompt

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestFileWithoutAPathHasANameInEveryView makes each kind of file that no path leads to: the views list it under one
// name, which why, info and watch take, and which Tab completes.
func TestFileWithoutAPathHasANameInEveryView(t *testing.T) {
	const shared = "p = mmap(NULL, 2*PAGE, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)\np[0] = 'x'\n"
	for _, c := range []struct{ kind, program, name string }{
		{"unlinked", ".file /data/a 8192 cold\nfd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\nunlink(\"/data/a\")\n" +
			shared, `a \(deleted\)#\d+`},
		{"unlinked on ext4", ".machine fs=ext4\n.file /data/a 8192 cold\nfd = openat(AT_FDCWD, \"/data/a\", " +
			"O_RDWR)\nunlink(\"/data/a\")\n" + shared,
			`a \(deleted\)#\d+`},
		{"memfd", "fd = memfd_create(\"z\", 0)\nftruncate(fd, 8192)\n" + shared, `memfd:z#\d+`},
		{"shared anonymous", "p = mmap(NULL, 2*PAGE, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS, -1, 0)\np[0] = " +
			"'x'\n", `zero \(deleted\)#\d+`},
		{"System V", "id = shmget(IPC_PRIVATE, 8192, IPC_CREAT|0600)\np = shmat(id, NULL, 0)\np[0] = 'x'\n",
			`SYSV00000000#\d+`},
		{"O_TMPFILE", ".machine fs=ext4\nfd = openat(AT_FDCWD, \"/data\", O_TMPFILE|O_RDWR, 0600)\nftruncate(fd, " +
			"8192)\n" + shared, `tmpfile#\d+`},
	} {
		t.Run(c.kind, func(t *testing.T) {
			talking := talk(t, c.program)
			talking.say("next 100")
			name := regexp.MustCompile(`(?m)` + c.name).FindString(talking.say("info pagecache"))
			if name == "" {
				t.Fatalf("info pagecache does not list it:\n%s", talking.say("info pagecache"))
			}
			talking.wants(talking.say("why page "+name+":0"), "page 0 of "+name, "p[0] = 'x'")
			talking.wants(talking.say("info pagecache "+name), name)
			talking.wants(talking.say("info rmap "+name+":0"), name+":0")
			talking.wants(talking.say("info pt"), "page 0 of "+name)
			talking.wants(talking.say("walk p"), name)
			talking.wants(talking.say("watch page "+name+":0"), "watch page "+name)
			if _, words := talking.Complete("why page "); !slices.Contains(words, name+":0") {
				t.Errorf("Tab offers %q", words)
			}
			if _, words := talking.Complete("why page " + name[:3]); !slices.Contains(words, name+":0") {
				t.Errorf("after a beginning, Tab offers %q", words)
			}
			if strings.Contains(c.program, "ext4") {
				talking.wants(talking.say("info dirty"), name)
				talking.wants(talking.say("why dirty"), name)
				talking.wants(talking.say("info disk"), name)
			}
			talking.wants(talking.say("log"), "page 0 of "+name)
		})
	}
}
