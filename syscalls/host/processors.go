//go:build linux && amd64

package host

import (
	"os"
	"strconv"
	"strings"
)

// Processors is how many processors are online, whichever of them this process may use; 0 where that cannot be found
// out.
// Linux: num_online_cpus (include/linux/cpumask.h).
func (*Machine) Processors() int {
	text, err := os.ReadFile("/sys/devices/system/cpu/online")
	if err != nil {
		return 0
	}
	return countRanges(strings.TrimSpace(string(text)))
}

// countRanges is how many numbers a list such as 0-3,8 has; 0 where it is none.
func countRanges(list string) (n int) {
	for part := range strings.SplitSeq(list, ",") {
		from, to, ranged := strings.Cut(part, "-")
		if !ranged {
			to = from
		}
		a, err1 := strconv.Atoi(from)
		b, err2 := strconv.Atoi(to)
		if err1 != nil || err2 != nil || b < a {
			return 0
		}
		n += b - a + 1
	}
	return n
}
