package docs

import (
	"strings"
	"testing"
)

func TestClaimsAreNumberedInOrder(t *testing.T) {
	claims := Claims()
	if len(claims) == 0 {
		t.Error("no claims")
	}
	for i, c := range claims {
		if c.Number != i+1 {
			t.Errorf("%s is claim %d, wanted %d", c.File, c.Number, i+1)
		}
		if !strings.HasSuffix(c.Say, ".") || strings.Count(c.Say, ". ") > 0 {
			t.Errorf("%s: what a student can quote is one sentence: %s", c.File, c.Say)
		}
		if strings.HasPrefix(c.Body(), "#") && strings.HasPrefix(c.Body(), "# Claim") || c.Body() == "" {
			t.Errorf("%s has no program", c.File)
		}
	}
}

func TestAHeadThatLacksSomethingSaysWhat(t *testing.T) {
	for text, want := range map[string]string{
		"# Claim 3: a\n# Verdict: true\n# Say: b\n":           "by its name",
		"# Claim 2: a\n# Verdict: perhaps\n# Say: b\n":        "the verdict is",
		"# Claim 2: a\n# Verdict: false\n# Say: b\n":          "or why",
		"# Claim 2: a\n# Verdict: true\n":                     "no sentence",
		"# Claim 2: a\n# Verdikt: true\n# Say: b\n":           "has the lines",
		"# Verdict: true\n# Say: b\n":                         "is missing",
		"# Claim 2: a\n#   b\n# Verdict: true\n# Say: c\n1\n": "",
	} {
		c, err := parseClaim("docs/claims/02-x.vms", text)
		switch {
		case want == "" && (err != nil || c.Text != "a b"):
			t.Errorf("%q: %v, %q", text, err, c.Text)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: %v, wanted %q", text, err, want)
		}
	}
}
