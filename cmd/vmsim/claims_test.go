package main

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"vmsim/docs"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

func TestEveryClaimHoldsWithEveryInvariantChecked(t *testing.T) {
	for _, c := range docs.Claims() {
		prog, err := script.Parse(c.File, c.Program)
		if err != nil {
			t.Error(err)
			continue
		}
		m := model.New()
		v := run.Test(prog, m, run.Testing{All: true, Check: m.Check})
		scripttest.Passes(t, v.Err, v.Differences)
	}
}

// A claim without assertions would hold whatever the model does.
func TestEveryClaimHasEvidence(t *testing.T) {
	for _, c := range docs.Claims() {
		prog := scripttest.Parse(t, c.File, c.Program)
		n := 0
		for _, op := range prog.Ops {
			if _, ok := op.Do.(*script.Expect); ok {
				n++
			}
			n += len(op.Notes)
		}
		if n < 2 {
			t.Errorf("%s holds %d observations", c.File, n)
		}
	}
}

func TestClaimsAreListedAndShown(t *testing.T) {
	out, errs, code := vmsim("vmsim claims")
	if code != exitFine || strings.Count(out, "(shown by its program): ") != len(docs.Claims()) {
		t.Errorf("exit code %d, %s\n%s", code, errs, out)
	}
	for _, name := range []string{"11", "bypasses-the-cache"} {
		showsClaim11(t, name)
	}
	out, _, _ = vmsim("vmsim claims --json 10")
	var c claimJSON
	if err := json.Unmarshal([]byte(out), &c); err != nil || c.Claim != 10 || !c.Held || c.Copies["to-user"] != 8192 {
		t.Errorf("%v: %s", err, out)
	}
	for _, bad := range []string{"0", strconv.Itoa(len(docs.Claims()) + 1), "x", "-1"} {
		if _, errs, code := vmsim("vmsim claims " + bad); code != exitUsage || !strings.Contains(errs, "Try: ") {
			t.Errorf("claims %s: exit code %d, %s", bad, code, errs)
		}
	}
}

func showsClaim11(t *testing.T, name string) {
	t.Helper()
	out, _, code := vmsim("vmsim claims " + name)
	for _, want := range []string{"Verdict: false", "faults 1 0", "The verdict is shown by its program.",
		"Say: mmap does not"} {
		if code != exitFine || !strings.Contains(out, want) {
			t.Errorf("claims %s does not show %q:\n%s", name, want, out)
		}
	}
}

// A claim that does not hold must be seen to.
func TestAClaimThatDoesNotHoldFails(t *testing.T) {
	c := docs.Claims()[10]
	c.Program = strings.Replace(c.Program, "faults 1 0", "faults 0 1", 1)
	tried, err := tryClaim(c, nil)
	if err != nil || tried.held() || tried.outcome() != "NOT SHOWN by its program" {
		t.Errorf("%v: %v", err, tried.outcome())
	}
}
