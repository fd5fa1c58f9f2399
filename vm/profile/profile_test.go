package profile

import (
	"slices"
	"testing"
)

func TestReleasesParseAsUnamePrintsThem(t *testing.T) {
	for text, want := range map[string]Release{
		"6.18": {6, 18, 0}, "6.18.44-fc-v657": {6, 18, 44}, "5.10.0-46-cloud-amd64": {5, 10,
			0}, "6.12.118+deb13-amd64": {6, 12, 118},
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
		older := Release{since.Major, since.Minor - 1, 0} // backports come later
		switch {
		case since.Patch > 0:
			older = Release{since.Major, since.Minor, since.Patch - 1}
		case since.Minor == 0:
			older = Release{since.Major - 1, 99, 0}
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
	Choices(func(name string, values []string) {
		for _, value := range values {
			var c, again Config
			if ok, err := c.Set(name, value); !ok || err != nil {
				t.Fatalf("%s=%s: %v %v", name, value, ok, err)
			}
			if (c == Config{}) != (value == values[0]) {
				t.Errorf("%s=%s is %+v", name, value, c)
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
	})
	var c Config
	if ok, err := c.Set("ksm", "maybe"); !ok || err == nil {
		t.Error("ksm=maybe is taken")
	}
	if ok, _ := c.Set("ram", "on"); ok {
		t.Error("the configuration takes ram=")
	}
}

func TestUnknownReleaseTakesTheNearestOlderOne(t *testing.T) {
	first, last := known[0].Release, known[len(known)-1].Release
	for r, want := range map[Release]Release{{9, 9, 0}: last, {2, 6, 32}: first, {6, 18, 3}: {6, 18, 3},
		{6, 18, 0}: standard} {
		if n, ok := Nearest(r); n != want || ok != (n.Series() == r.Series()) {
			t.Errorf("%v is taken for %v (%v), want %v", r, n, ok, want)
		}
	}
}

func TestProgramMayNameASeriesThatNoKernelIsTakenFor(t *testing.T) {
	for _, k := range dated {
		p, err := Parse(k.Series().String())
		if err != nil || p.Release != k {
			t.Errorf("%v is %v (%v)", k.Series(), p, err)
		}
		if n, ok := Nearest(k); ok {
			t.Errorf("a kernel %v is taken for %v", k, n)
		}
	}
}

func TestProfileParsesWhatItsSettingsSay(t *testing.T) {
	p, err := Parse("6.18")
	if err != nil || p.Release != standard {
		t.Errorf("6.18 is %v (%v)", p, err)
	}
	if _, err := Parse("2.4.20"); err == nil {
		t.Error("2.4.20 has a profile")
	}
	older := New(Release{6, 18, 15}, Config{SoftDirty: true})
	want := []Setting{{"kernel", "6.18.15"}, {"soft_dirty", "on"}}
	if got := older.Settings(); !slices.Equal(got, want) {
		t.Errorf("its settings are %v, want %v", got, want)
	}
	if got := Default().Settings(); len(got) != 0 {
		t.Errorf("the default profile has the settings %v", got)
	}
}

func TestBackportReachesItsSeriesFromItsPatchLevelOn(t *testing.T) {
	c := Change{Since: Release{6, 19, 0}, Backports: []Release{{6, 12, 30}, {6, 18, 16}}}
	for r, want := range map[Release]bool{
		{6, 12, 29}: false, {6, 12, 30}: true, {6, 13, 40}: false, {6, 18, 15}: false, {6, 18, 16}: true, {6, 19,
			0}: true, {7, 0, 0}: true,
	} {
		if c.in(r) != want {
			t.Errorf("%v follows it: %v", r, !want)
		}
	}
}

func TestDiskOfASeriesCountsForThoseThatItServesFor(t *testing.T) {
	for text, want := range map[string]bool{
		"6.12": true, "6.12.3": true, "6.1.192": false,
		"5.10": false, "6.16.1": false, "6.17.13": true, "6.18.44": true, "6.19": false,
		"7.1.13": false, "7.2": false, "7.3.4": false,
	} {
		r, err := ParseRelease(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := OnDisk(r); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestRuleEndsWithAPatchLevelOfAnOlderSeries(t *testing.T) {
	c := Change{Since: Release{6, 17, 0}, Until: Release{7, 0, 0}, Ended: []Release{{6, 18, 44}}}
	for r, want := range map[Release]bool{{6, 16, 12}: false, {6, 17, 13}: true, {6, 18, 15}: true, {6, 18, 44}: false,
		{6, 19, 0}: true, {7, 0, 0}: false} {
		if c.in(r) != want {
			t.Errorf("%v follows it: %v", r, !want)
		}
	}
}
