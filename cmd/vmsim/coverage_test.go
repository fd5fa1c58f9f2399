package main

import (
	"flag"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"testing"
)

var measureCoverage = flag.Bool("coverage", false, "measure how much of each package its own tests reach")

// coverages are the least shares of statements, in percent, that the package's own tests have to reach: what is tested
// from above only is found broken far from where it broke.
var coverages = map[string]float64{
	"disk": 80, "fault": 85, "pagecache": 80, "pagecache/policy": 85, "pagecache/overlap": 90,
	"pagecache/throttle": 80, "pagecache/xarray": 90,
	"vm": 90, "vm/lru": 80, "vm/phys": 93,
}

// The measure takes as long as the tests of those packages, so only a flag asks for it: docs/changing.md.
func TestCoverageOfEachPackageByItsOwnTestsHasAFloor(t *testing.T) {
	if !*measureCoverage {
		t.Skip("only with -coverage")
	}
	args := []string{"test", "-cover"}
	for name := range coverages {
		args = append(args, "./"+name)
	}
	slices.Sort(args[2:])
	cmd := exec.Command("go", args...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, out)
	}
	line := regexp.MustCompile(`vmsim/(\S+)\s.*coverage: ([0-9.]+)% of statements`)
	found := line.FindAllStringSubmatch(string(out), -1)
	for _, m := range found {
		name := m[1]
		got, err := strconv.ParseFloat(m[2], 64)
		if t.Logf("%-18s %s%%", name, m[2]); err != nil || got < coverages[name] {
			t.Errorf("the tests of %s reach %s%% of its statements; at least %v%% have to be reached", name, m[2],
				coverages[name])
		}
	}
	if len(found) != len(coverages) {
		t.Errorf("%d packages were measured, not %d:\n%s", len(found), len(coverages), out)
	}
}
