package model

import (
	"fmt"
	"strings"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/vm"
)

// setLimits takes a list such as RLIMIT_NOFILE:1024:524288,RLIMIT_CORE:0:0 of soft and hard limits.
func setLimits(cfg *syscalls.Config, list string) error {
	cfg.Limits = map[syscalls.Resource]syscalls.Limit{}
	for word := range strings.SplitSeq(list, ",") {
		parts := strings.Split(word, ":")
		number, known := resourceNamed(parts[0])
		if len(parts) != 3 || !known {
			return fmt.Errorf(".machine limits=%s: write RLIMIT_NAME:SOFT:HARD, with a comma between several", word)
		}
		limit, err := parseLimits(parts[1], parts[2])
		if err != nil {
			return err
		}
		if limit.Soft > limit.Hard {
			return fmt.Errorf(".machine limits=%s: the soft limit is above the hard one", word)
		}
		cfg.Limits[number] = limit
	}
	return nil
}

func parseLimits(soft, hard string) (l syscalls.Limit, err error) {
	if l.Soft, err = parseLimit(soft); err == nil {
		l.Hard, err = parseLimit(hard)
	}
	return l, err
}

// unlimited is a limit that does not limit, as it is written.
const unlimited = "unlimited"

func parseLimit(text string) (uint64, error) {
	if text == unlimited {
		return vm.Infinity, nil
	}
	return script.ParseSize(text)
}

// LimitText is a limit as setLimits reads it.
func LimitText(v uint64) string {
	if v == vm.Infinity {
		return unlimited
	}
	return fmt.Sprint(v)
}

func resourceNamed(name string) (syscalls.Resource, bool) {
	for r, n := range script.Resources() {
		if n == name {
			return syscalls.Resource(r), true
		}
	}
	return 0, false
}
