package profile

import (
	"fmt"
	"strconv"
	"strings"
)

// Release is a release of Linux, as uname prints it: 6.12.117 is {6, 12, 117}.
// Linux: KERNEL_VERSION (include/linux/version.h).
type Release struct{ Major, Minor, Patch int }

// ParseRelease reads a release such as 6.1, 6.12.117 or 6.12.117+deb13-amd64. What follows the numbers names a
// distribution's build, and is left out.
func ParseRelease(text string) (Release, error) {
	numbers := text
	if i := strings.IndexFunc(text, func(c rune) bool { return c != '.' && (c < '0' || c > '9') }); i >= 0 {
		numbers = text[:i]
	}
	parts := strings.SplitN(strings.TrimSuffix(numbers, "."), ".", 4)
	var n [3]int
	for i := range min(len(parts), len(n)) {
		v, err := strconv.Atoi(parts[i])
		if err != nil {
			return Release{}, fmt.Errorf("%q is no release of Linux: write one such as 6.12", text)
		}
		n[i] = v
	}
	if len(parts) < 2 {
		return Release{}, fmt.Errorf("%q is no release of Linux: write one such as 6.12", text)
	}
	return Release{n[0], n[1], n[2]}, nil
}

// before reports whether r is older than o.
func (r Release) before(o Release) bool {
	switch {
	case r.Major != o.Major:
		return r.Major < o.Major
	case r.Minor != o.Minor:
		return r.Minor < o.Minor
	}
	return r.Patch < o.Patch
}

// Series is the release without its patch level: 6.12 for 6.12.117.
func (r Release) Series() Release { return Release{r.Major, r.Minor, 0} }

// String is the release as uname prints it, without a patch level of 0.
func (r Release) String() string {
	if r.Patch == 0 {
		return fmt.Sprintf("%d.%d", r.Major, r.Minor)
	}
	return fmt.Sprintf("%d.%d.%d", r.Major, r.Minor, r.Patch)
}
