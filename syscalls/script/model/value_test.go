package model

import (
	"strings"
	"testing"

	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

const expecting = ".file /data/a 32768\nfd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\np = mmap(NULL, 3*PAGE, " +
	"PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)\n" +
	"*p\npread64(fd, scratch, 4096, 0)\n"

func expectation(t *testing.T, cond string) *run.Verdict {
	t.Helper()
	prog := scripttest.Parse(t, "test", expecting+".expect "+cond+"\n")
	return run.Test(prog, New(), run.Testing{})
}

func TestExpectKnowsCountersAndState(t *testing.T) {
	for _, cond := range []string{
		"minflt >= 1, majflt == 0", "copies.cpu == 4096, copies.to_user == 4096, copies.dma == 0", "calls == 3",
		"areas == 9",
		"pte(p).present, pte(p).young, pte(p + 3*PAGE).none",
		`page("/data/a", 0).mmap, page(fd, 7).cached, page(fd, 8).cached == 0`,
		"page(fd, 0).mapped == 1", "rss.shmem >= 3, rss > 3", "nr_shmem >= 8, nr_mapped >= 3, pgfault >= 1", "time > 0",
	} {
		if v := expectation(t, cond); !v.Passed() {
			t.Errorf("%s: %v %v", cond, v.Differences, v.Err)
		}
	}
}

func TestExpectThatDoesNotHoldSaysWhatIs(t *testing.T) {
	v := expectation(t, "copies.to_user < 100")
	if len(v.Differences) != 1 || v.Differences[0].Got != "copies.to_user == 4096" {
		t.Errorf("got %v, %v", v.Differences, v.Err)
	}
}

func TestExpectNamesTheNearestOfWhatItDoesNotKnow(t *testing.T) {
	for cond, want := range map[string]string{
		"majfault == 1":           "did you mean majflt?",
		"copies.to_usr == 1":      "did you mean to_user?",
		"copies == 1":             "needs one of .cpu",
		"pte(p).drity":            "did you mean dirty?",
		"pte().dirty":             "wants an address",
		"page(3).dirty":           "wants a file and a page",
		`page("/data/z", 0).lru`:  "no such file",
		"nr_anon_page == 1":       "did you mean nr_anon_pages?",
		"minflt.x == 1":           "a counter without parts",
		"areas(1) == 1":           "takes no arguments",
		"something_else_entirely": "unknown counter",
	} {
		if v := expectation(t, cond); v.Err == nil || !strings.Contains(v.Err.Error(), want) {
			t.Errorf("%s: got %v %v, wanted %q", cond, v.Err, v.Differences, want)
		}
	}
}
