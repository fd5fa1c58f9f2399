package model

import (
	"strings"
	"testing"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

const overlapping = `.file /data/b 5000
fd = openat(AT_FDCWD, "/data/b", O_RDWR)
p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)
p[0:8] = "abcdefgh"
pwrite64(fd, p, 6, 2)
`

// printed is what a run of a program prints, with the bytes that calls have read.
func printed(t *testing.T, text string) string {
	t.Helper()
	prog := scripttest.Parse(t, "test", text)
	r, err := run.NewRunner(prog, New(), run.Options{Show: run.Bytes | run.Faults | run.Copies})
	if err != nil {
		t.Fatal(err)
	}
	out := r.Head()
	for r.Next() {
		out += r.Text(run.Style{Show: run.Bytes | run.Faults | run.Copies})
	}
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	return out
}

func holdText(t *testing.T, text string) *run.Verdict {
	t.Helper()
	prog := scripttest.Parse(t, "test", text)
	return run.Test(prog, New(), run.Testing{All: true})
}

func TestUndeterminedBytesPrintAsAQuestion(t *testing.T) {
	for statement, want := range map[string]string{
		"*p":             "*0x7ffff7ff6000 == 0x61\n",
		"p[4]":           "*0x7ffff7ff6004 == ?\n",
		"p[4..8]":        "0x7ffff7ff6000[0..4] == ?\n",
		"p[4..8] == 'x'": "== ?\n",
		"p[3..5]":        "*0x7ffff7ff6003 == 0x62\n    faults 0 0\n*0x7ffff7ff6004 == ?\n",
		"p[2:8]": "0x7ffff7ff6002[0:2] == \"ab\"\n    faults 0 0\n0x7ffff7ff6004[0:4] == ?\n    " +
			"faults 0 0\n0x7ffff7ff6008[0:2] == \"\\10\\t\"\n",
		"p[5:2]":                    "0x7ffff7ff6005[0:2] == ?\n",
		"p[0:100] == pattern(7)":    "0x7ffff7ff6008[0:92] == \"\\10\\t",
		"pread64(fd, scratch, 6,3)": "    data 62????????08\n",
		"pread64(fd, scratch,65,3)": " without 1..5\n",
	} {
		out := printed(t, overlapping+statement+"\n")
		if statement == "p[4..8]" {
			want = strings.Replace(want, "6000", "6004", 1)
		}
		if !strings.Contains(out, want) {
			t.Errorf("%s prints\n%s, and no %q", statement, out, want)
		}
		if v := holdText(t, out); !v.Passed() {
			t.Errorf("%s: what a run prints does not pass: %v %v\n%s", statement, v.Err, v.Differences, out)
		}
	}
}

func TestUndeterminedBytesAreHeldToNothingAndAllOthersAre(t *testing.T) {
	data := printed(t, overlapping+"pread64(fd, scratch, 100, 0)\n")
	_, data, _ = strings.Cut(data, "data sha1:")
	sum, _, _ := strings.Cut(data, " ")
	wrong := strings.Repeat("0", 40)
	for text, holds := range map[string]bool{
		"p[4] == 'a'":                 true,
		"p[4] == ?":                   true,
		"p[3] == ?":                   true,
		"p[3] == 'x'":                 false,
		"p[2:8] == \"abxyzw\\10\\t\"": true,
		"p[2:8] == \"xbxyzw\\10\\t\"": false,
		"p[9999] == ?":                false, // a signal comes
		"pread64(fd, scratch, 4, 2)\n    data 61620102": true,
		"pread64(fd, scratch, 4, 2)\n    data 6162??02": true,
		"pread64(fd, scratch, 4, 2)\n    data ????????": true,
		"pread64(fd, scratch, 4, 2)\n    data 60620102": false,
		"pread64(fd, scratch, 4, 2)\n    data 616201":   false,
		// of all bytes: nothing can be said
		"pread64(fd, scratch, 100, 0)\n    data sha1:" + wrong:                               true,
		"pread64(fd, scratch, 100, 0)\n    data sha1:" + sum + " without 4..8":               true,
		"pread64(fd, scratch, 100, 0)\n    data sha1:" + wrong + " without 4..8":             false,
		"pread64(fd, scratch, 100, 0)\n    data sha1:" + wrong + " without 4..7":             true,
		"pread64(fd, scratch, 100, 0)\n    data sha1:" + wrong + " without 4..8,20..21":      false,
		"pread64(fd, scratch, 100, 100)\n    data sha1:" + wrong:                             false,
		"pread64(fd, scratch, 100, 100)\n    data sha1:" + wrong + " without 0..1":           false,
		"pread64(fd, scratch, 100, 0)\n    data 6162":                                        false,
		"pread64(fd, scratch, 100, 0) = 100\n    data sha1:" + sum + " without 4..8,99..200": false,
	} {
		if v := holdText(t, overlapping+text+"\n"); v.Passed() != holds || v.Err != nil {
			t.Errorf("%s: %v %v", text, v.Err, v.Differences)
		}
	}
}

func TestDataLineThatIsNoneIsRefused(t *testing.T) {
	sum := strings.Repeat("0", 40)
	for _, line := range []string{"data ?", "data 6?", "data sha1:" + sum + " without",
		"data sha1:" + sum + " without 8..4", "data sha1:" + sum + " without 1..2,2..3",
		"data sha1:" + sum + " but 1..2", "data 6162 without 0..1", "data 61 62"} {
		if _, err := script.Parse("test", "getpid()\n    "+line+"\n"); err == nil {
			t.Errorf("%s is accepted", line)
		}
	}
}

func TestAccessThatTakesAnyByteParsesAndPrints(t *testing.T) {
	for _, line := range []string{"*p == ?", "p[4] == ?", "p[0..8 step 2] == ?", "p[0:8] == ?"} {
		prog, err := script.Parse("test", "p = 4096\n"+line+"\n")
		if err != nil {
			t.Errorf("%s: %v", line, err)
		} else if got := prog.Ops[1].Head(); got != line {
			t.Errorf("%s prints as %s", line, got)
		}
	}
	if _, err := script.Parse("test", "p = 4096\np[0] = ?\n"); err == nil {
		t.Error("a store of any byte is accepted")
	}
}

// TestNothingIsHeldAfterAnUndeterminedArgument since another processor would have been asked for something else.
func TestNothingIsHeldAfterAnUndeterminedArgument(t *testing.T) {
	const then = " = 77\np[0] == 'x'\n"
	for call, guess := range map[string]bool{
		"openat(AT_FDCWD, p, O_RDWR)":               true,
		"openat(AT_FDCWD, p + 8, O_RDWR)":           false,
		"sendfile(fd, fd, p, 0)":                    true,
		"sendfile(fd, fd, p + 8, 0)":                false,
		"readv(fd, p, 1)":                           true,
		"prlimit64(0, RLIMIT_STACK, p, NULL)":       true,
		"prlimit64(0, RLIMIT_STACK, p + 8, NULL)":   false,
		"p[2] = 0\nopenat(AT_FDCWD, p, O_RDWR)":     false, // the string ends before
		"p[8] = 0\nopenat(AT_FDCWD, p + 8, O_RDWR)": false,
		"pwrite64(fd, p, 100, 200)":                 false, // its bytes are copied, and ask for nothing
		"mincore(p, PAGE, p)":                       false,
	} {
		v := holdText(t, overlapping+call+then)
		if v.Err != nil || v.Passed() != guess || guess && v.Unheld != 2 {
			t.Errorf("%s: %v, %d differences, %d statements are not held", call, v.Err, len(v.Differences), v.Unheld)
		}
	}
}
