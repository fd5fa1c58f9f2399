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

// TestPictureOfAnotherMachineIsNoUsageError is about a program that the model runs and this kernel cannot.
func TestPictureOfAnotherMachineIsNoUsageError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "other.vms")
	if err := os.WriteFile(file, []byte(".sysctl vm.max_map_count=65531\nmunmap(0, PAGE)\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, errs, code := vmsim("vmsim plot host " + file); code != exitNoWay {
		t.Errorf("exit code %d: %s", code, errs)
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
