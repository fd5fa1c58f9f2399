// Command fuzz holds random programs against the kernel it runs on, and prints what differs.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"vmsim/syscalls/difftest"
	"vmsim/syscalls/host"
	"vmsim/syscalls/script"
)

func main() {
	var c difftest.Campaign
	kinds := flag.String("kinds", "main", "kinds of program: main, all, anon, errors, …")
	flag.DurationVar(&c.For, "for", 0, "how long")
	flag.Uint64Var(&c.Seed, "seed", 1, "seed of the first program")
	flag.IntVar(&c.Count, "n", 0, "how many programs")
	flag.IntVar(&c.Len, "len", 0, "statements of a program")
	flag.IntVar(&c.Limit, "limit", 20, "end after so many different differences")
	flag.IntVar(&c.Workers, "workers", 2, "programs at a time")
	list := flag.String("evidence", "", "what is compared: results,signals,bytes,maps,smaps,…")
	wide := flag.Bool("wide", false, "go beyond what ordinary programs do")
	dir := flag.String("o", "", "directory for the differences")
	flag.Parse()
	if *wide {
		c.Reach = difftest.Wide
	}
	if err := run(c, *kinds, *list, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "fuzz:", err)
		os.Exit(1)
	}
}

func run(c difftest.Campaign, kinds, list, dir string) (err error) {
	evidence, err := difftest.ParseEvidence(list)
	if err != nil {
		return err
	}
	if c.Kinds, err = difftest.ParseKinds(kinds); err != nil {
		return err
	}
	if c.For == 0 && c.Count == 0 {
		c.For = 10 * time.Second
	}
	c.NewLab = func() (*difftest.Lab, func(), error) {
		lab, done, err := newLab()
		if err == nil {
			lab.Kinds = evidence
		}
		return lab, done, err
	}
	last := time.Now()
	c.Progress = func(t difftest.Tally) {
		if time.Since(last) > 2*time.Second {
			last = time.Now()
			fmt.Fprintf(os.Stderr, "\r%v", t)
		}
	}
	n := 0
	c.Found = func(b difftest.Bundle) {
		n++
		fmt.Printf("--- %03d\n%v", n, b)
		if dir != "" {
			_ = os.MkdirAll(dir, 0o755)
			_ = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%03d.txt", n)), []byte(b.String()), 0o644)
		}
	}
	t, err := c.Run()
	fmt.Fprintf(os.Stderr, "\r%v\n%s\n", t, t.LastLoss)
	return err
}

func newLab() (*difftest.Lab, func(), error) {
	m, err := host.New()
	if err != nil {
		return nil, nil, err
	}
	lab, err := difftest.NewLab(m, script.NewModel())
	if err != nil {
		m.Close()
		return nil, nil, err
	}
	return lab, m.Close, nil
}
