package difftest

import (
	"slices"
	"testing"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/scripttest"
	"vmsim/vm/profile"
)

// TestExampleOfEveryRuleDiffersWithTheRuleAlone switches one rule of the default profile and runs its example on both.
func TestExampleOfEveryRuleDiffersWithTheRuleAlone(t *testing.T) {
	profile.Rules(func(r profile.Rule, c *profile.Change) {
		t.Run(c.Name, func(t *testing.T) {
			prog := scripttest.Parse(t, c.Name, c.Example)
			follows := profile.New(c.Since, profile.Config{})
			before := follows.With(r, false)
			w, err := Between(prog, before, follows, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(w.Differences) == 0 {
				t.Fatal("its example is answered alike without the rule")
			}
			reasons, err := Reasons(prog, before, follows, w)
			if err != nil || !slices.Contains(reasons[0], r) {
				t.Errorf("the reason found is %v (%v)", reasons[0], err)
			}
		})
	})
}

// TestReasonsOfADifferenceAreTheRulesBehindIt compares two releases between which more than one rule came.
func TestReasonsOfADifferenceAreTheRulesBehindIt(t *testing.T) {
	prog, err := script.Parse("seal",
		"p = mmap(0x10000000, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)\nmseal(p, PAGE, "+
			"0)\nmadvise(p, PAGE, MADV_GUARD_INSTALL)\n")
	if err != nil {
		t.Fatal(err)
	}
	old, now := profile.New(profile.Release{Major: 6, Minor: 1}, profile.Config{}), profile.Default()
	w, err := Between(prog, old, now, nil)
	if err != nil {
		t.Fatal(err)
	}
	reasons, err := Reasons(prog, old, now, w)
	if err != nil {
		t.Fatal(err)
	}
	found := map[profile.Rule]bool{}
	for _, rules := range reasons {
		for _, r := range rules {
			found[r] = true
		}
	}
	if !found[profile.SealAreas] || !found[profile.GuardRegions] {
		t.Errorf("the rules found are %v", found)
	}
}
