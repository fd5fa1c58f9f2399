package compare_test

import (
	"fmt"

	"vmsim/syscalls/compare"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
)

// What a program wants of a file is observed once, and done by read() and through a mapping.
func Example() {
	prog, err := script.Parse("twice", `
.machine fs=ext4
.file /data/a 131072 cold
fd = openat(AT_FDCWD, "/data/a", O_RDONLY)
pread64(fd, scratch, 131072, 0)
pread64(fd, scratch, 131072, 0)
`)
	if err != nil {
		panic(err)
	}
	work, err := compare.Observe(prog)
	if err != nil {
		panic(err)
	}
	for _, way := range []compare.Way{compare.Read, compare.Mmap} {
		prog, err := work.Program(way)
		if err != nil {
			panic(err)
		}
		costs, err := compare.Measure(way, prog, model.New())
		if err != nil {
			panic(err)
		}
		t := costs.Total
		fmt.Println(way, t.Major, "major faults;", t.Copies["to-user"], "bytes copied to the user,", t.Copies["dma-in"],
			"by the device")
	}
	// Output:
	// read 0 major faults; 262144 bytes copied to the user, 131072 by the device
	// mmap 1 major faults; 0 bytes copied to the user, 131072 by the device
}
