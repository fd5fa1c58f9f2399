package scripttest

import (
	"fmt"
	"strings"
)

// Long is a program of some 240,000 steps: faults of every kind, areas that come and go, writeback.
func Long() string {
	var b strings.Builder
	b.WriteString(".machine fs=ext4 disk=nvme\n.file /data/a 4194304 cold\nfd = openat(AT_FDCWD, \"/data/a\", " +
		"O_RDWR)\n")
	for i := range 45 {
		fmt.Fprintf(&b, "p%d = mmap(NULL, 256*PAGE, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)\n", i)
		fmt.Fprintf(&b, "p%d[0..256*PAGE step PAGE] = %d\n", i, i)
		fmt.Fprintf(&b, "h%d = mmap(NULL, 256*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n", i)
		fmt.Fprintf(&b, "h%d[0..256*PAGE step PAGE] = 1\nmunmap(h%d, 256*PAGE)\n", i, i)
		for j := range 20 {
			fmt.Fprintf(&b, "mprotect(p%d + %d*PAGE, PAGE, PROT_READ)\n", i, j*2)
		}
		b.WriteString("msync(p0, 256*PAGE, MS_SYNC)\n")
	}
	return b.String()
}
