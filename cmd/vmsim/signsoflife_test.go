package main

import (
	"strings"
	"testing"
	"time"

	"vmsim/syscalls/script"
)

func TestLongStatementsAndSleepsAreAnnounced(t *testing.T) {
	var err strings.Builder
	a := &app{err: &err}
	s := a.signsOfLife(time.Hour)
	prog, perr := script.Parse("x", "p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, 3, 0)\n.sleep 40s\n")
	if perr != nil {
		t.Fatal(perr)
	}
	before := s.of("x.vms")
	report := func(after time.Duration) { s.report(s.since.Add(after), 3*time.Second) }
	before(&prog.Ops[0], 1, 2)
	report(time.Second)
	report(5 * time.Second)
	report(6 * time.Second)
	report(11 * time.Second)
	before(&prog.Ops[1], 2, 2)
	report(30 * time.Second)
	before(nil, 0, 0)
	report(4 * time.Second)
	s.end()
	const statement = "vmsim: x.vms: statement 1 of 2, p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, 3, 0): "
	want := statement + "5 s so far\n" + statement + "11 s so far\n" +
		"vmsim: x.vms: the kernel's side sleeps for 40s now (line 2)\n" +
		"vmsim: x.vms: making the program that differs shorter: 4 s so far\n"
	if err.String() != want {
		t.Errorf("%s\nnot\n%s", err.String(), want)
	}
}
