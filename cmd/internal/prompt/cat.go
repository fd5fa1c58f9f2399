package prompt

import (
	"fmt"
	"strings"

	"vmsim/syscalls"
)

var catCommands = []command{
	{
		name: "cat", group: "Look", args: "/proc/…", line: "a file of /proc, as the kernel prints it",
		text:    "/proc/self or /proc/PID: maps, and what else the model has. /proc/vmstat.",
		example: "cat /proc/self/maps", shows: "[vdso]", run: (*Prompt).cat, words: func(p *Prompt, _ []string) []string { return procFiles() },
	},
}

// ofProcess are the files of /proc/PID.
var ofProcess = map[string]func(*syscalls.Process) string{
	"maps": (*syscalls.Process).Maps,
}

// ofMachine are the files of /proc that are about the machine.
var ofMachine = map[string]func(*syscalls.Kernel) string{
	"vmstat": (*syscalls.Kernel).VMStatText,
}

func procFiles() (names []string) {
	for n := range ofProcess {
		names = append(names, "/proc/self/"+n)
	}
	for n := range ofMachine {
		names = append(names, "/proc/"+n)
	}
	return names
}

func (p *Prompt) cat(rest string) error {
	path, ok := strings.CutPrefix(rest, "/proc/")
	if !ok {
		return wrong("cat /proc/self/maps", "cat shows files of /proc, not %q", rest)
	}
	if f, ok := ofMachine[path]; ok {
		fmt.Fprint(p.out, f(p.Session.Kernel()))
		return nil
	}
	who, name, _ := strings.Cut(path, "/")
	f, ok := ofProcess[name]
	if !ok {
		return p.unknownOf("file of /proc", rest, procFiles(), "cat /proc/self/maps")
	}
	proc, err := p.process(who)
	if err != nil {
		return err
	}
	fmt.Fprint(p.out, f(proc))
	return nil
}
