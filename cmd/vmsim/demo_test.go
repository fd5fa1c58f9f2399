package main

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"vmsim/vm/trace"
)

func TestDemoFitsEightyColumnsAndHasTwelveSteps(t *testing.T) {
	out, errs, code := vmsim("vmsim demo")
	if code != exitFine || errs != "" {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	for line := range strings.Lines(out) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	if n := len(regexp.MustCompile(`(?m)^ [ 1]\d  [A-Z1-9]`).FindAllString(out, -1)); n != 12 {
		t.Errorf("%d numbered steps", n)
	}
}

// What the screen says is what the machine did: the figures of a cold file of 32 pages are known from the real kernel.
func TestDemoShowsAColdFileReadOnce(t *testing.T) {
	tour, err := newTour("demo", demoSetup)
	if err != nil {
		t.Fatal(err)
	}
	demoCall(tour)
	demoLoad(tour)
	call, load := tour.seen[0], tour.seen[1]
	for _, c := range []struct {
		what      string
		got, want uint64
	}{
		{"entries set by mmap", call.count(trace.EntrySet), 0},
		{"requests of mmap", call.count(trace.IoSubmitted), 0},
		{"major faults of the load", load.count(trace.FaultMajor), 1},
		{"minor faults of the load", load.count(trace.FaultMinor), 0},
		{"bytes by DMA", load.tally.Bytes[trace.DMAIn], demoBytes},
		{"bytes copied by the CPU", copiedByCPU(load.tally), 0},
		{"looks into the swap cache", load.count(trace.SwapCacheLook), 0},
		{"pages read ahead", load.first(trace.ReadaheadPlanned).Args[1], demoPages},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, wanted %d", c.what, c.got, c.want)
		}
	}
	if err := tour.model.Check(); err != nil {
		t.Error(err)
	}
}

func TestDemoRowsDifferWhereReadAndMmapDo(t *testing.T) {
	tour, err := newTour("demo", demoSetup)
	if err != nil {
		t.Fatal(err)
	}
	rows := demoRows(tour)
	mapped, read := rows[0].tally, rows[1].tally
	if mapped.Bytes[trace.DMAIn] != demoBytes || read.Bytes[trace.DMAIn] != demoBytes {
		t.Errorf("the device moved %d and %d bytes", mapped.Bytes[trace.DMAIn], read.Bytes[trace.DMAIn])
	}
	if mapped.Bytes[trace.CopyToUser] != 0 || read.Bytes[trace.CopyToUser] != demoBytes {
		t.Errorf("copied to the user: %d and %d bytes", mapped.Bytes[trace.CopyToUser], read.Bytes[trace.CopyToUser])
	}
	if mapped.Counts[trace.SyscallEnter] != 1 || read.Counts[trace.SyscallEnter] != demoPages {
		t.Errorf("calls: %d and %d", mapped.Counts[trace.SyscallEnter], read.Counts[trace.SyscallEnter])
	}
}

func TestDemoSpeaksJSON(t *testing.T) {
	out, _, code := vmsim("vmsim demo --json")
	lines := 0
	for line := range strings.Lines(out) {
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Errorf("%v: %s", err, line)
		}
		lines++
	}
	if code != exitFine || lines < 8 {
		t.Errorf("%d lines, exit code %d", lines, code)
	}
}
