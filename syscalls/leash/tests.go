package leash

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
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

// Copy puts a copy of this program into dir, where every user may run it. A test's own program lies where only the user
// who built it may read.
func Copy(dir string) (program string, err error) {
	program = filepath.Join(dir, "copied.test")
	text, err := os.ReadFile(os.Args[0])
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(program, text, 0o755); err != nil {
		return "", err
	}
	return program, errors.Join(os.Chmod(dir, 0o755), os.Chmod(program, 0o755)) // WriteFile obeys the umask
}
