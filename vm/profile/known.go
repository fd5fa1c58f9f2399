package profile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Known is a series of releases that the model has been held against on the real kernel. Evidence is shown to people,
// so that they see how far an answer for that release can be trusted.
// Linux: none.
type Known struct {
	Release  Release // the newest of the series that was
	Evidence string  // by what
	Disk     bool    // files on a disk were compared too, and agreed
}

// known are the series with a profile, the oldest first.
var known = []Known{
	{Release{5, 10, 262}, memoryOnly + "; VmRSS and VmHWM come up to date a fault earlier than here", false},
	{Release{6, 1, 192}, memoryOnly, false},
	{Release{6, 12, 118}, "campaigns of random programs, on Debian's kernel", true},
	{Release{6, 16, 12}, memoryOnly, false},
	{Release{6, 17, 13}, "campaigns of random programs, on Debian's kernel", true},
	{standard, "recordings of all kinds, and campaigns of 1,000,000 statements a kind", true},
	{Release{6, 19, 14}, memoryOnly, false},
	{Release{7, 0, 13}, memoryOnly, false},
	{Release{7, 1, 13}, memoryOnly, false},
	{Release{7, 2, 12}, memoryOnly, false},
	{Release{7, 3, 4}, memoryOnly, false},
}

const memoryOnly = "campaigns of random programs in files in memory, on Debian's kernel; ext4 was not compared"

// OnDisk reports whether files on a disk were compared on the series of r, or on the one that is used for it.
func OnDisk(r Release) bool {
	near, _ := Nearest(r)
	return slices.ContainsFunc(known, func(k Known) bool { return k.Disk && k.Release.Series() == near.Series() })
}

// dated are series of which no kernel was at hand: which rules each follows was read in its source. A program may name
// them, and nothing takes them on for the kernel that it runs on.
var dated = []Release{{5, 15, 215}, {6, 6, 63}, {6, 8, 0}}

// AllDated are the series that a program may name although they were never compared, the oldest first.
func AllDated() []Release { return slices.Clone(dated) }

// ofDated is the dated release of r's series, or r itself where it has a patch level.
func ofDated(r Release) (Release, bool) {
	for _, k := range dated {
		if k.Series() == r.Series() {
			if r.Patch != 0 {
				k = r
			}
			return k, true
		}
	}
	return r, false
}

// AllKnown are the series with a profile, the oldest first.
func AllKnown() []Known { return slices.Clone(known) }

// Nearest is the release whose profile is used for r: r itself where its series is known, else the newest older one
// that is, and the oldest where all are newer. ok is false where it is of another series than r. A release without a
// patch level is the newest one of its series that is known. An example: for 6.14, which is not known, it is the newest
// known series below, 6.12, and ok is false.
func Nearest(r Release) (n Release, ok bool) {
	n = known[0].Release
	for _, k := range known {
		if !r.Series().before(k.Release.Series()) {
			n = k.Release
		}
	}
	switch {
	case n.Series() != r.Series():
		return n, false
	case r.Patch == 0:
		return n, true
	}
	return r, true
}

// Parse is the profile of a release as a program names it: 6.12, or 6.12.117. The error lists the known ones.
func Parse(text string) (*Profile, error) {
	r, err := ParseRelease(text)
	if err != nil {
		return nil, err
	}
	if n, ok := Nearest(r); ok {
		return New(n, Config{}), nil
	}
	if n, ok := ofDated(r); ok {
		return New(n, Config{}), nil
	}
	return nil, fmt.Errorf("there is no profile of Linux %v; there are %s", r, strings.Join(series(), ", "))
}

// series are the releases that have a profile, the oldest first.
func series() (names []string) {
	var all []Release
	for _, k := range known {
		all = append(all, k.Release.Series())
	}
	for _, r := range dated {
		all = append(all, r.Series())
	}
	slices.SortFunc(all, func(a, b Release) int {
		return cmp.Or(cmp.Compare(a.Major, b.Major), cmp.Compare(a.Minor, b.Minor))
	})
	for _, r := range all {
		names = append(names, r.String())
	}
	return names
}
