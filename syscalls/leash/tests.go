package leash

import (
	"flag"
	"fmt"
)

// Suite is a *testing.M.
type Suite interface{ Run() int }

// mostMemory is how much memory the tests of a package take at most, with the programs that they start.
const mostMemory = 160 << 20

// Tests runs the tests of a package and is the code to exit with. They end with the go command that started them, and
// what they leave in the directory for temporary files goes with them. Where a control group leaves too little memory
// for them, they are skipped: the kernel would kill them half way.
func Tests(m Suite) int {
	if n := allowedMemory(); n < mostMemory {
		fmt.Fprintf(flag.CommandLine.Output(),
			"skipped: the control group allows %d MB of memory, and tests take up to %d MB\n", n>>20, mostMemory>>20)
		return 0
	}
	Hold()
	defer ownTemp()()
	return m.Run()
}
