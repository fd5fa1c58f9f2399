package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"vmsim/syscalls/crash"
	"vmsim/syscalls/plural"
	"vmsim/syscalls/script"
)

// crashVersion is a version of the program that demo crash shows: its statements, and what is said before it is tried.
type crashVersion struct{ statements, intro string }

const crashHead = `.machine fs=ext4
.file /data/log 8192 fill=0
.invariant marked: bytes("/data/log", 4096, 1) == "\0" or bytes("/data/log", 0, 5) == "hello"
`

var crashVersions = []crashVersion{
	{`p[0:5] = "hello"
p[PAGE] = 1
`, "A program maps a file, stores a record in page 0, and then a mark in page 1 that says that the record is " +
		"complete. It calls no msync. If the power fails, may the mark be on the disk without the record?"},
	{`p[0:5] = "hello"
p[PAGE] = 1
msync(p, 2*PAGE, MS_SYNC)
`, "So it needs msync. Is one at the end enough?"},
	{`p[0:5] = "hello"
msync(p, 2*PAGE, MS_SYNC)
p[PAGE] = 1
msync(p, 2*PAGE, MS_SYNC)
`, "One msync before the mark, and one behind it:"},
}

// demoCrash shows three versions of a program, and what a power cut may leave of each.
func (a *app) demoCrash(f *flags) int {
	enc := json.NewEncoder(a.out)
	for i, v := range crashVersions {
		said, err := v.tried()
		if err != nil {
			return a.fail(err)
		}
		if f.has("json") {
			if err := enc.Encode(demoScene{Statement: v.statements, Answer: said}); err != nil {
				return a.fail(err)
			}
			continue
		}
		if i > 0 {
			fmt.Fprintln(a.out)
		}
		fmt.Fprint(a.out, indent(wrap(v.intro, 80), ""))
		fmt.Fprint(a.out, "\n"+indent(strings.Split(strings.TrimSpace(v.statements), "\n"), "  ")+"\n")
		fmt.Fprint(a.out, indent(wrap(said, 74), "    "))
	}
	if !f.has("json") {
		fmt.Fprint(a.out, "\nType next:\n"+
			"  vmsim crash docs/examples/crash-record.vms    the last version as a file\n"+
			"  vmsim help crash                              what is tried, and how to ask\n")
	}
	return exitFine
}

// tried is what a power cut may leave of a version, in words.
func (v crashVersion) tried() (string, error) {
	prog, err := script.Parse("demo", crashHead+`fd = openat(AT_FDCWD, "/data/log", O_RDWR)
p = mmap(NULL, 2*PAGE, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)
`+v.statements)
	if err != nil {
		return "", err
	}
	rep, err := crash.Try(prog, crash.Options{})
	if err != nil {
		return "", err
	}
	said := fmt.Sprintf("The power may fail at any of %s; %s of the disk can be told apart. ",
		plural.Count(rep.Steps, "step", "steps"), plural.Count(rep.States, "state", "states"))
	if len(rep.Findings) == 0 {
		return said + "In none of them is the mark there without the record.", nil
	}
	return said + foundCrash(prog, rep.Findings[0]), nil
}

// foundCrash says during which statement the power must fail, and which change removes the finding.
func foundCrash(prog *script.Program, x crash.Finding) string {
	said := fmt.Sprintf("In one of them, from \"%s\" on, the mark is there and the record is not: the kernel may "+
		"write the pages back in any order, and at any time.", x.During.Head())
	if remedies := crash.Remedies(prog, x, crash.Options{}); len(remedies) == 1 {
		_, line, _ := strings.Cut(remedies[0], ":  ")
		said += " What removes it: " + line + " before the mark."
	}
	return said
}
