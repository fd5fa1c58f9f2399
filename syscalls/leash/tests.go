package leash

// Suite is a *testing.M.
type Suite interface{ Run() int }

// Tests runs the tests of a package and is the code to exit with. They end with the go command that started them, and
// what they leave in the directory for temporary files goes with them.
func Tests(m Suite) int {
	Hold()
	defer ownTemp()()
	return m.Run()
}
