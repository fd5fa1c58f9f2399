package crash

import "testing"

// A program that replaces a file by a new one writes the new one first, and renames it then. ext4 begins to write what
// the new one holds where it takes another's place, and only there.
func TestRenameOverAFileKeepsOneOfTheTwoWhole(t *testing.T) {
	const written = "fd = openat(AT_FDCWD, \"/data/new\", O_RDWR|O_CREAT, 0644)\npwrite64(fd, \"new\", 3, 0)\n"
	const renamed = "rename(\"/data/new\", \"/data/a\")\n"
	const machine = ".machine fs=ext4\n"
	over := machine + ".file /data/a 4096 fill=0x41\n" +
		".invariant bytes(\"/data/a\", 0, 3) == \"AAA\" or bytes(\"/data/a\", 0, 3) == \"new\"\n"
	first := machine + ".invariant missing(\"/data/a\") or bytes(\"/data/a\", 0, 3) == \"new\"\n"
	for _, c := range []struct {
		name, program string
		findings      int
	}{
		{"over another", over + written + renamed, 0},
		{"where none was", first + written + renamed, 1},
		{"where none was, after fsync", first + written + "fsync(fd)\n" + renamed, 0},
		{"over another, which was emptied before", over + "truncate(\"/data/a\", 0)\n" + written + renamed, 1},
	} {
		if rep := try(t, c.program); len(rep.Findings) != c.findings {
			t.Errorf("rename %s: %d findings, not %d", c.name, len(rep.Findings), c.findings)
		}
	}
}
