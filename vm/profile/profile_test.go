package profile

import "testing"

func TestReleasesParseAsUnamePrintsThem(t *testing.T) {
	for text, want := range map[string]Release{
		"6.18": {6, 18, 0}, "6.18.44-fc-v657": {6, 18, 44}, "5.10.0-46-cloud-amd64": {5, 10, 0}, "6.12.118+deb13-amd64": {6, 12, 118},
		"7.3-rc1": {7, 3, 0},
	} {
		if got, err := ParseRelease(text); err != nil || got != want {
			t.Errorf("%s is %v (%v), want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "6", "x.y", "linux-6.1", "6..1"} {
		if got, err := ParseRelease(text); err == nil {
			t.Errorf("%q is %v, want an error", text, got)
		}
	}
}

func TestReleaseFollowsTheRulesOfItsAge(t *testing.T) {
	for r := range numRules {
		since := r.Info().Since
		older := Release{since.Major, since.Minor - 1, 99}
		if since.Minor == 0 {
			older = Release{since.Major - 1, 99, 99}
		}
		if New(older, Config{}).Has(r) || !New(since, Config{}).Has(r) {
			t.Errorf("%v: the release before %v follows it, or %v does not", r, since, since)
		}
	}
}

func TestNilProfileIsTheDefault(t *testing.T) {
	var p *Profile
	for r := range numRules {
		if p.Has(r) != Default().Has(r) {
			t.Errorf("%v differs", r)
		}
	}
	if p.String() != Default().String() || *p.Configured() != (Config{}) {
		t.Error(p)
	}
}

func TestRowsOfTheTableAreWhole(t *testing.T) {
	Rules(func(r Rule, c *Change) {
		if c.Name == "" || c.Since == (Release{}) || c.By == "" || c.Says == "" || c.Example == "" {
			t.Errorf("rule %d lacks something: %+v", r, c)
		}
	})
}

func TestConfigReadsTheSettingsThatItPrints(t *testing.T) {
	for _, name := range SwitchNames() {
		for _, value := range []string{"on", "off"} {
			var c, again Config
			if ok, err := c.Set(name, value); !ok || err != nil {
				t.Fatalf("%s=%s: %v %v", name, value, ok, err)
			}
			for _, s := range c.Settings() {
				if _, err := again.Set(s.Name, s.Value); err != nil {
					t.Error(err)
				}
			}
			if c != again {
				t.Errorf("%s=%s became %+v", name, value, again)
			}
		}
	}
	var c Config
	if ok, err := c.Set("ksm", "maybe"); !ok || err == nil {
		t.Error("a switch has three positions")
	}
	if ok, _ := c.Set("ram", "on"); ok {
		t.Error("the configuration takes ram=")
	}
}

func TestUnknownReleaseTakesTheNearestOlderOne(t *testing.T) {
	if n, ok := Nearest(Release{9, 9, 0}); ok || n != known[len(known)-1] {
		t.Errorf("9.9 is taken for %v", n)
	}
	if n, ok := Nearest(Release{2, 6, 32}); ok || n != known[0] {
		t.Errorf("2.6.32 is taken for %v", n)
	}
	if n, ok := Nearest(Release{6, 18, 3}); !ok || n != (Release{6, 18, 3}) {
		t.Errorf("6.18.3 is taken for %v", n)
	}
}
