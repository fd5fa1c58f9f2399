package profile

import "strings"

// Profile is a Linux: the rules that its release follows, and its configuration. A nil Profile is the default one.
// Linux: none; the kernel that was booted.
type Profile struct {
	Release Release
	Config  Config

	follows [numRules]bool
	mutant  Mutant
}

// standard is the release that the model answers as where nothing else is said.
var standard = Release{6, 18, 44}

// defaultProfile is what a nil Profile means.
var defaultProfile = New(standard, Config{})

// Default is Linux 6.18 with the zero Config.
func Default() *Profile { return defaultProfile }

// New is the profile of a release: it follows the rules that are no newer. AllKnown are those that were held against
// Linux.
func New(r Release, c Config) *Profile {
	p := &Profile{Release: r, Config: c}
	for i := range table {
		p.follows[i] = table[i].in(r)
	}
	return p
}

// orDefault is p, or the default profile for nil.
func (p *Profile) orDefault() *Profile {
	if p == nil {
		return defaultProfile
	}
	return p
}

// Has reports whether the profile's release follows a rule.
func (p *Profile) Has(r Rule) bool { return p.orDefault().follows[r] }

// GivesHugePages reports whether MADV_HUGEPAGE gives a process huge pages. Not where the kernel gives none, nor where
// it gives them always and a process can only do without all of them.
func (p *Profile) GivesHugePages() bool {
	switch p.Configured().HugePages {
	case HugeNever:
		return false
	case HugeAlways:
		return p.Has(HugeExceptAdvised)
	}
	return true
}

// Configured is the profile's configuration.
func (p *Profile) Configured() *Config { return &p.orDefault().Config }

// With is the profile with a rule switched on or off: what remains of the difference of two releases without it.
func (p *Profile) With(r Rule, follows bool) *Profile {
	q := *p.orDefault()
	q.follows[r] = follows
	return &q
}

// Reconfigured is the profile with another configuration.
func (p *Profile) Reconfigured(c Config) *Profile {
	q := *p.orDefault()
	q.Config = c
	return &q
}

// Differing are the rules that one of the two follows and the other does not, in the order of the table.
func (p *Profile) Differing(q *Profile) (rules []Rule) {
	for r := range numRules {
		if p.Has(r) != q.Has(r) {
			rules = append(rules, r)
		}
	}
	return rules
}

// Settings are the settings of .machine that make the profile of the default one.
func (p *Profile) Settings() []Setting {
	p = p.orDefault()
	if p.Release == standard {
		return p.Config.Settings()
	}
	return append([]Setting{{"kernel", p.Release.String()}}, p.Config.Settings()...)
}

// String names the profile: its release, and what its configuration has other than the default.
func (p *Profile) String() string {
	p = p.orDefault()
	text := "Linux " + p.Release.String()
	if s := p.Config.Settings(); len(s) > 0 {
		var words []string
		for _, x := range s {
			words = append(words, x.Name+"="+x.Value)
		}
		text += " (" + strings.Join(words, " ") + ")"
	}
	return text
}
