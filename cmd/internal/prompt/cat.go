package prompt

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"vmsim/pagecache"
	"vmsim/syscalls"
	"vmsim/syscalls/procfs"
	"vmsim/syscalls/session"
	"vmsim/vm"
)

var catCommands = []command{
	{
		name: "cat", group: "Look", args: "/proc/…", line: "a file of /proc, as the kernel prints it",
		text: "/proc/self or /proc/PID with maps, smaps, smaps_rollup, status (its memory lines), statm, pagemap; " +
			"/proc/vmstat, /proc/meminfo. " +
			"pagemap, which is binary, is printed as page and entry.",
		example: "cat /proc/self/maps", shows: "[vdso]", run: (*Prompt).cat, words: func(*Prompt,
			[]string) []string {
			return procFiles()
		},
	},
}

var (
	ofProcess = []string{"maps", "smaps", "smaps_rollup", "status", "statm", "pagemap"}
	ofMachine = []string{"vmstat", "meminfo", "swaps"}
)

func procFiles() (names []string) {
	for _, n := range ofProcess {
		names = append(names, "/proc/self/"+n)
	}
	for _, n := range ofMachine {
		names = append(names, "/proc/"+n)
	}
	return names
}

func (p *Prompt) cat(rest string) error {
	path, ok := strings.CutPrefix(rest, "/proc/")
	if p.fileNamed(rest) {
		return wrong("info pagecache "+rest, "cat shows files of /proc; a program reads %s with openat and pread64",
			rest)
	}
	if rest == "" {
		return wrong("cat /proc/self/maps", "cat wants a file of /proc")
	}
	if !ok {
		return wrong("cat /proc/self/maps", "cat shows files of /proc, not %q", rest)
	}
	if slices.Contains(ofMachine, path) {
		text, err := p.Session.Kernel().Proc.File(path)
		fmt.Fprint(p.out, text)
		return err
	}
	return p.catProcess(rest, path)
}

// catProcess shows a file of a process: path is PID/NAME, rest is what was typed.
func (p *Prompt) catProcess(rest, path string) error {
	who, name, _ := strings.Cut(path, "/")
	if !slices.Contains(ofProcess, name) {
		return p.unknownOf("file of /proc", rest, procFiles(), "cat /proc/self/maps")
	}
	proc, err := p.process(who)
	if err != nil {
		return err
	}
	if name == "pagemap" {
		return p.catPagemap(proc)
	}
	text, err := proc.ProcFile(name)
	fmt.Fprint(p.out, text)
	return err
}

// fileNamed reports whether a file of the program has that name.
func (p *Prompt) fileNamed(path string) (found bool) {
	p.Session.EachFile(func(known string, _ *pagecache.Mapping) {
		found = found || path == known || path == session.ShortName(known)
	})
	return found
}

// catPagemap prints the entries of pagemap that are not 0, eight bytes each.
func (p *Prompt) catPagemap(proc *syscalls.Process) (err error) {
	proc.Space.Table().Each(0, vm.TaskSize.Page(), func(n vm.VPN, _ vm.PTE) {
		var e [1]procfs.PagemapEntry
		if err = proc.Pagemap(n, e[:]); err == nil && e[0] != 0 {
			raw := binary.LittleEndian.AppendUint64(nil, uint64(e[0]))
			fmt.Fprintf(p.out, "%v  % x  %v\n", n.Addr(), raw, e[0])
		}
	})
	return err
}

// procView is a view that is a file of /proc of a process.
func procView(name string) func(*Prompt, string) (*sheet, error) {
	return func(p *Prompt, rest string) (*sheet, error) {
		proc, err := p.process(rest)
		if err != nil {
			return nil, err
		}
		text, err := proc.ProcFile(name)
		return &sheet{text: text}, err
	}
}
