package bench

import (
	"fmt"
	"strings"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
)

// simpleProgram is a program of about n statements of the simple kinds: loads and stores, and now and then a mapping.
func simpleProgram(n int) string {
	var b strings.Builder
	for i := 0; i < n; i += 20 {
		b.WriteString("p = mmap(NULL, 65536, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n")
		for k := range 17 {
			if k%2 == 0 {
				fmt.Fprintf(&b, "p[%d] = %d\n", k*4096%65536+i%4096, k)
			} else {
				fmt.Fprintf(&b, "p[%d]\n", k*4096%65536)
			}
		}
		b.WriteString("mprotect(p, 4096, PROT_READ)\nmunmap(p, 65536)\n")
	}
	return b.String()
}

const programLength = 20000

// modelRun reads a program and runs it, without printing what it did: what a test of a program does.
func modelRun() Work {
	text := simpleProgram(programLength)
	return Work{Batch: programLength, Do: func(_ Watch, n int) {
		for done := 0; done < n; done += programLength {
			runProgram(must(script.Parse("bench", text)))
		}
	}}
}

// modelStatements runs a program that was read before.
func modelStatements() Work {
	prog := must(script.Parse("bench", simpleProgram(programLength)))
	return Work{Batch: programLength, Do: func(_ Watch, n int) {
		for done := 0; done < n; done += programLength {
			runProgram(prog)
		}
	}}
}

func runProgram(prog *script.Program) {
	r := must(run.NewRunner(prog, model.New(), run.Options{}))
	for r.Next() {
	}
	check(r.Err())
}
