//go:build linux && amd64

// Command rec runs programs on the real kernel and prints them with its answers. With -test it holds them against the
// answers that they have.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"vmsim/syscalls/host"
	"vmsim/syscalls/script"
)

func main() {
	test := flag.Bool("test", false, "hold the programs' own answers against the kernel's")
	flag.Parse()
	os.Exit(run(flag.Args(), *test))
}

func run(files []string, test bool) int {
	m, err := host.New()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 4
	}
	defer m.Close()
	code, statements, began := 0, 0, time.Now()
	m.Run(func() {
		for _, file := range files {
			n, err := one(m, file, test)
			statements += n
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				code = 1
			}
		}
	})
	if test {
		fmt.Fprintf(os.Stderr, "%d programs, %d statements, %v\n", len(files), statements, time.Since(began).Round(time.Millisecond))
	}
	return code
}

func one(m *host.Machine, file string, test bool) (int, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	prog, err := script.Parse(filepath.Base(file), string(text))
	if err != nil {
		return 0, err
	}
	if !test {
		out, err := m.Record(prog)
		fmt.Print(out)
		return 0, err
	}
	v := script.Test(prog, m, script.Testing{All: true})
	for _, d := range v.Differences {
		err = fmt.Errorf("%v", d)
		fmt.Println(err)
	}
	if v.Err != nil {
		err = fmt.Errorf("%s: %w", file, v.Err)
	}
	return v.Statements, err
}
