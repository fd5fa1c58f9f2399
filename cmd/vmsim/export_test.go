package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/pprof/profile"
)

const exportedProgram = "docs/examples/readahead.vms"

func exportedAs(t *testing.T, form string) string {
	t.Helper()
	out, errs, code := vmsim("vmsim export --" + form + " " + exportedProgram)
	if code != exitFine || out == "" {
		t.Fatalf("%s: exit code %d: %s", form, code, errs)
	}
	return out
}

// exportedSteps are the lines of the exported steps.
func exportedSteps(t *testing.T) (steps []exportedStep) {
	t.Helper()
	for line := range strings.Lines(exportedAs(t, "jsonl")) {
		var s exportedStep
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, s)
	}
	return steps
}

func TestExportedLinesAreTheStepsInOrder(t *testing.T) {
	for i, s := range exportedSteps(t) {
		if s.T != uint64(i+1) || s.Text == "" || s.Kind == "" || s.Source == "" {
			t.Errorf("%+v", s)
		}
	}
}

func TestSlicesOfATraceNestAndEachRequestHasAnArrow(t *testing.T) {
	var trace struct {
		Events []slice `json:"traceEvents"`
	}
	if err := json.Unmarshal([]byte(exportedAs(t, "perfetto")), &trace); err != nil {
		t.Fatal(err)
	}
	requests := 0
	for _, s := range exportedSteps(t) {
		if s.Kind == "io-submit" {
			requests++
		}
	}
	open, count := map[int][]slice{}, map[string]int{}
	for _, x := range trace.Events {
		count[x.Phase]++
		if x.Phase != "X" || x.PID == diskTrack {
			continue
		}
		stack := open[x.TID]
		for len(stack) > 0 && stack[len(stack)-1].At+stack[len(stack)-1].For <= x.At+1e-6 {
			stack = stack[:len(stack)-1]
		}
		if n := len(stack); n > 0 && x.At+x.For > stack[n-1].At+stack[n-1].For+1e-6 {
			t.Errorf("%+v\nreaches beyond\n%+v", x, stack[n-1])
		}
		open[x.TID] = append(stack, x)
	}
	if requests == 0 || count["s"] != requests || count["f"] != requests || count["C"] == 0 {
		t.Errorf("%d requests, events by phase: %v", requests, count)
	}
}

func TestProfileSumsUpToTheRun(t *testing.T) {
	p, err := profile.Parse(strings.NewReader(exportedAs(t, "pprof")))
	if err != nil {
		t.Fatal(err)
	}
	var steps, bytes int64
	for _, s := range p.Sample {
		steps, bytes = steps+s.Value[0], bytes+s.Value[1]
	}
	all, moved := exportedSteps(t), uint64(0)
	for _, s := range all {
		moved += s.Bytes
	}
	if steps != int64(len(all)) || bytes != int64(moved) {
		t.Errorf("%d steps and %d bytes, not %d and %d", steps, bytes, len(all), moved)
	}
}

func TestCastPlaysForward(t *testing.T) {
	last, text := 0.0, ""
	for i, line := range strings.Split(strings.TrimSpace(exportedAs(t, "cast")), "\n") {
		if i == 0 {
			continue
		}
		var event [3]any
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatal(err)
		}
		if at := event[0].(float64); at < last {
			t.Errorf("line %d goes back in time", i)
		} else {
			last = at
		}
		text += event[2].(string)
	}
	if !strings.Contains(text, "mmap(NULL") || !strings.Contains(text, "faults") {
		t.Error(text)
	}
}
