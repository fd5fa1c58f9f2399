package leash

import (
	"os"
	"path"
	"strconv"
	"strings"
)

// allowedMemory is how many bytes of memory the control groups that this process is in leave it at most; a very large
// number where they set no limit, or where that cannot be found out.
// Linux: memory.max, memory.limit_in_bytes (mm/memcontrol.c).
func allowedMemory() uint64 {
	text, _ := os.ReadFile("/proc/self/cgroup")
	return allowedIn("/sys/fs/cgroup", string(text))
}

// allowedIn is allowedMemory where the control groups lie below all, and groups says which this process is in.
func allowedIn(all, groups string) uint64 {
	least := ^uint64(0)
	for line := range strings.Lines(groups) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(f) < 3 {
			continue
		}
		root, name := all, "memory.max"
		switch f[1] {
		case "":
		case "memory":
			root, name = all+"/memory", "memory.limit_in_bytes"
		default:
			continue
		}
		least = min(least, leastAbove(root, f[2], name))
	}
	return least
}

// leastAbove is the least limit of a group and of those above it, which a file of that name in each has.
func leastAbove(root, group, name string) uint64 {
	least := ^uint64(0)
	for at := group; ; at = path.Dir(at) {
		text, _ := os.ReadFile(path.Join(root, at, name))
		if n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64); err == nil {
			least = min(least, n)
		}
		if at == "/" || at == "." {
			return least
		}
	}
}
