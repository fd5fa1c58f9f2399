package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"vmsim/syscalls/script"
)

// answer runs a program and is what it prints, to both outputs together.
func answer(t *testing.T, program string) (text string, code int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "bad.vms")
	if err := os.WriteFile(file, []byte(program), 0o644); err != nil {
		t.Fatal(err)
	}
	out, errs, code := vmsim("vmsim run " + file)
	return out + errs, code
}

const anonymous = "MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0)\n"

// Each kind of bad input has an answer that says what is wrong, where, and what to type instead; none of them panics.
// badInput is a program, and what its answer contains.
type badInput struct {
	what, program string
	code          int
	wants         []string
}

func TestWhatCannotBeReadHasAClearAnswer(t *testing.T) {
	answersClearly(t, []badInput{
		{"a wrong character", "p = 1\np[0] § 3\n", exitUsage,
			[]string{":2:6: no statement has the character §", "\n         ^", "cause: "}},
		{"an unknown flag", "p = mmap(NULL, PAGE, PROT_REED, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n", exitUsage,
			[]string{":1:22:", "did you mean PROT_READ?"}},
		{"a flag like no other", "mmap(NULL, PAGE, PROT_READ, MAP_ZZZZZ, -1, 0)\n", exitUsage,
			[]string{"unknown name MAP_ZZZZZ", "man page"}},
		{"conditions joined as in C", ".invariant size(\"/data/a\") == 1 || exists(\"/data/a\")\n", exitUsage,
			[]string{"conditions are not joined by ||", "joins them by or"}},
		{"a question of an exercise", "p = 1\n.expect minflt == ?\n", exitUsage,
			[]string{":2:19: expected a value, not ?", "a number takes its place"}},
		{"an unbound buffer", "pread64(3, buf, 8192, 0)\n", exitUsage, []string{"unknown name buf", "called scratch"}},
		{"an unbound name", "q[0]\n", exitUsage, []string{"unknown name q", "^", "q = mmap(…)"}},
		{"a mistyped name", "first = 1\nfrist[0]\n", exitUsage, []string{"did you mean first?"}},
		{"a mistyped call", "mumap(0, PAGE)\n", exitUsage, []string{"unknown call mumap", "did you mean munmap?"}},
		{"a mistyped directive", ".machin ram=64M\n", exitUsage, []string{"did you mean .machine?"}},
		{"a mistyped setting", ".machine rma=64M\n", exitUsage, []string{"did you mean ram?"}},
		{"a mistyped knob", ".sysctl vm.dirty_ration=10\n", exitUsage, []string{"bad.vms:1: ", "vm.dirty_ratio"}},
		{"a file without a slash", ".file a 10\n", exitUsage, []string{":1:7: ", "begins with /"}},
		{"a mistyped counter", ".expect minftl == 0\n", exitUsage, []string{"minflt"}},
		{"an observation without its spaces", "faults 1 0\n", exitUsage, []string{"under a statement"}},
		{"too few arguments", "mmap(NULL, PAGE)\n", exitUsage,
			[]string{"takes 6 arguments, not 2", "type: mmap(addr, length"}},
		{"a mistyped argument", "mmap(lenght: 5)\n", exitUsage, []string{"did you mean length?"}},
		{"an open string", "openat(AT_FDCWD, \"/data/a\n", exitUsage, []string{"closing \" is missing"}},
		{"a missing file", "fd = openat(AT_FDCWD, \"/data/b\", O_RDWR)\n", exitFine, []string{"-1 ENOENT"}},
	})
}

func TestSizesOutOfReachHaveAClearAnswer(t *testing.T) {
	answersClearly(t, []badInput{
		{"a length of 2^63", "mmap(NULL, 1<<63, PROT_READ, " + anonymous, exitFine, []string{"-1 ENOMEM"}},
		{"128 TiB", "mmap(NULL, 128<<40, PROT_READ, " + anonymous, exitFine, []string{"-1 ENOMEM"}},
		{"nearly 128 TiB", "p = mmap(NULL, 120<<40, PROT_READ|PROT_WRITE, " + anonymous + "p[100<<40] = 1\n", exitFine,
			[]string{"= 0x01"}},
		{"a range of all of it", "p = mmap(NULL, 1<<46, PROT_READ, " + anonymous + "p[0..1<<46]\n", exitUsage,
			[]string{":2: the range has", "larger steps", "vmsim -i"}},
		{"16 frames",
			".machine ram=64K\np = mmap(NULL, 64*PAGE, PROT_READ|PROT_WRITE, " + anonymous +
				"p[0..64*PAGE step PAGE] = 1\n", exitFine, []string{"SIGKILL", "none of the machine's 16 frames",
				"Try: .machine ram="}},
		{"fewer than 16 frames", ".machine ram=1\n", exitUsage, []string{"at least 16 frames", "type: ram=64K"}},
		{"a huge file", ".file /data/a 40000000000\n", exitUsage, []string{"at most 1 GiB", "ftruncate"}},
		{"many large files", strings.Repeat(".file /data/a 1000000000\n", 2), exitUsage,
			[]string{":2:", "at most 1 GiB"}},
		{"a huge hole", "fd = openat(AT_FDCWD, \"/data/a\", O_RDWR|O_CREAT, 0644)\nftruncate(fd, 1<<40)\n" +
			"pwrite64(fd, \"x\", 1, (1<<40)-1)\n", exitFine, []string{"= 1\n"}},
		{"a huge string",
			".file /data/a 10\nfd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\npwrite64(fd, \"A\" * (1<<40), 10, 0)\n",
			exitUsage, []string{":3: ", "1 MiB"}},
		{"no such process", "[9] p = mmap(NULL, PAGE, PROT_READ, " + anonymous, exitUsage,
			[]string{"no process 9", "numbered from 1"}},
		{"division by zero", "x = 1/0\n", exitUsage, []string{"division by zero"}},
		{"a binary file", "\x7fELF\x00\x01", exitUsage, []string{"binary file"}},
	})
	var mem runtime.MemStats
	if runtime.ReadMemStats(&mem); mem.Sys > 2<<30 {
		t.Errorf("%d MiB of memory are in use", mem.Sys>>20)
	}
}

// answersClearly runs each program.
func answersClearly(t *testing.T, inputs []badInput) {
	t.Helper()
	for _, c := range inputs {
		text, code := answer(t, c.program)
		if code != c.code {
			t.Errorf("%s: exit code %d, wanted %d:\n%s", c.what, code, c.code, text)
		}
		for _, want := range c.wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q in:\n%s", c.what, want, text)
			}
		}
	}
}

func TestBadCommandLinesHaveAClearAnswer(t *testing.T) {
	for line, want := range map[string]string{
		"vmsim rnu x.vms":             "did you mean run?",
		"vmsim frobnicate":            "Try: vmsim help",
		"vmsim run /":                 "Try: ls /",
		"vmsim run --total --json x":  "Try: vmsim run --total x",
		"vmsim claims -1":             "no flag -1",
		"vmsim explain why":           "a command of the prompt",
		"vmsim explain grade":         "Try: vmsim help grade",
		"vmsim run":                   "Try: vmsim run docs/examples/cow.vms",
		"vmsim run nothing.vms":       "no such file",
		"vmsim run --shwo maps x.vms": "did you mean --show?",
		"vmsim run --show mpas x.vms": "did you mean maps?",
		"vmsim run --show":            "wants a value",
		"vmsim run --json=1 x.vms":    "takes no value",
		"vmsim test --only fualts x":  "did you mean faults?",
		"vmsim explain redahead":      "did you mean readahead?",
		"vmsim explain zzzzzzzz":      "Try: ",
		"vmsim help rnu":              "did you mean run?",
		"vmsim claims 99":             "Try: vmsim claims",
		"vmsim completion bsah":       "Try: ",
		"vmsim import":                "Try: ",
		"vmsim demo x":                "Try: vmsim demo",
		"vmsim docs":                  "Try: ",
	} {
		_, errs, code := vmsim(line)
		if code != exitUsage || !strings.Contains(errs, want) {
			t.Errorf("%s: exit code %d, no %q in: %s", line, code, want, errs)
		}
	}
}

// A command that is mistyped by two letters at most is suggested.
func TestCommandsAreSuggestedWithinTwoLetters(t *testing.T) {
	for _, name := range commandNames() {
		if len(name) < 4 {
			continue
		}
		for i := range len(name) - 1 {
			swapped := name[:i] + string(name[i+1]) + string(name[i]) + name[i+2:]
			for _, wrong := range []string{name[:i] + name[i+1:], name[:i] + "x" + name[i:], swapped} {
				if near := script.Nearest(wrong, commandNames()); near != name {
					t.Errorf("%s: %q, wanted %q", wrong, near, name)
				}
			}
		}
	}
}

// What is wrong in small ways is said, each in its place.
func TestSmallMistakesAreSaid(t *testing.T) {
	dir := t.TempDir()
	file := func(text string) string {
		name := filepath.Join(dir, "a.vms")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	const area = "p = mmap(NULL, 4*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n"
	for _, c := range []struct {
		command, text, want string
		code                int
	}{
		{"fuzz --for -1s", "", "--for wants a time above 0", exitUsage},
		{"run FILE", area + "p[10..1]\n", "the range ends before it begins", exitUsage},
		{"test FILE", area, "nothing is asserted", exitFine},
		{"run FILE", "\ufeff.file /data/a 4096\r\nopenat(AT_FDCWD, \"/data/a\", O_RDWR)\r\n", ") = 3\n", exitFine},
		{"run FILE", "openat(AT_FDCWD, \"/data/b\", O_RDWR)\n", "a line as  .file /data/a 8192  makes one", exitFine},
		{"run FILE", "openat(AT_FDCWD, \"/dev/tty\", O_RDWR)\n", "the model does not have that file", exitFine},
		{"run FILE", ".machine fs=ext4\n.file /data/a 8192\nsync()\n", "its pages are cached and dirty", exitFine},
		{"run FILE", "shmget(IPC_PRIVATE, PAGE, IPC_CREAT|0600)\n", "shmget(IPC_PRIVATE, 4096, IPC_CREAT|0600) = 0",
			exitFine},
		{"run FILE", area + "prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, p, PAGE, \"x\")\n", "PR_SET_VMA_ANON_NAME, ",
			exitFine},
	} {
		out, errs, code := vmsim("vmsim " + strings.ReplaceAll(c.command, "FILE", file(c.text)))
		if code != c.code || !strings.Contains(out+errs, c.want) {
			t.Errorf("%s %q: exit code %d, wanted %d and %q:\n%s%s", c.command, c.text, code, c.code, c.want, out, errs)
		}
	}
}
