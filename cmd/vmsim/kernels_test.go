package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDiffOfTwoKernelsNamesTheRule(t *testing.T) {
	file := filepath.Join(t.TempDir(), "guard.vms")
	const program = "p = mmap(0x10000000, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)\nmadvise(p, " +
		"PAGE, MADV_GUARD_INSTALL)\n"
	if err := os.WriteFile(file, []byte(program), 0o644); err != nil {
		t.Fatal(err)
	}
	out, errs, code := vmsim("vmsim diff --kernels 6.12,6.18 " + file)
	if code != exitFine || !strings.Contains(out, "since 6.13: guard regions") {
		t.Errorf("exit code %d: %s\n%s", code, errs, out)
	}
	for _, line := range []string{"vmsim diff --kernels 6.18 " + file, "vmsim diff --kernels 6.18,2.4.20 " + file} {
		if _, errs, code := vmsim(line); code != exitUsage || !strings.Contains(errs, "--kernels") {
			t.Errorf("%s: exit code %d: %s", line, code, errs)
		}
	}
}

func TestFuzzOfTwoKernelsFindsAShortProgramAndItsRule(t *testing.T) {
	out, errs,
		code := vmsim("vmsim fuzz --kernels 6.12,6.18 --kinds errors --seed 5 --len 40 --style wide --programs 1")
	if code != exitFailed || !strings.Contains(out, "MADV_GUARD_INSTALL") ||
		!strings.Contains(out, "since 6.13: guard regions") {
		t.Errorf("exit code %d: %s\n%s", code, errs, out)
	}
}
