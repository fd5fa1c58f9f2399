package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vmsim/syscalls/host"
)

func TestEveryPictureIsDrawnInEveryForm(t *testing.T) {
	for kind := range pictures {
		if kind == "host" && host.CanCompare() != nil {
			continue
		}
		file := "docs/examples/repeated.vms"
		if kind == "host" {
			file = "docs/examples/cow.vms" // files on a disk are not compared on every kernel
		}
		line := "vmsim plot " + kind + " " + file
		out, errs, code := vmsim(line)
		if code != exitFine || strings.Count(out, "\n") < 10 {
			t.Errorf("%s: exit code %d: %s\n%s", line, code, errs, out)
		}
		for _, ending := range []string{".svg", ".png", ".csv"} {
			file := filepath.Join(t.TempDir(), kind+ending)
			if _, errs, code := vmsim(line + " -o " + file); code != exitFine {
				t.Errorf("%s -o %s: %s", line, ending, errs)
			}
			if info, err := os.Stat(file); err != nil || info.Size() < 50 {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}

func TestPictureOfFaultsHasADotForEachFault(t *testing.T) {
	file := filepath.Join(t.TempDir(), "faults.csv")
	if _, errs, code := vmsim("vmsim plot faults docs/examples/cow.vms -o " + file); code != exitFine {
		t.Fatal(errs)
	}
	text, err := os.ReadFile(file)
	if err != nil || strings.Count(string(text), "minor,") != 3 {
		t.Errorf("%s, %v", text, err)
	}
}

func TestUnknownPictureGetsASuggestion(t *testing.T) {
	_, errs, code := vmsim("vmsim plot fautls x.vms")
	if code != exitUsage || !strings.Contains(errs, "did you mean faults?") {
		t.Errorf("exit code %d: %s", code, errs)
	}
}
