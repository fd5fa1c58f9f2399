package strace

import (
	"fmt"
	"strings"

	"vmsim/syscalls/script"
	"vmsim/vm"
)

// fault makes an access of a line in perf trace's form:
//
//	minfault [_dl_start+0x0] => /usr/lib/ld.so@0x1b70 (x.)
//
// It tells what was touched and whether it was code. A second fault on a page can only be a store.
func (im *importer) fault(l straceLine, line string) {
	_, target, _ := strings.Cut(l.text, "] => ")
	target, flags, _ := strings.Cut(target, " (")
	pid := perfPID(l.text)
	p := im.proc(pid)
	a, ok := im.target(p, strings.TrimSpace(target))
	if !ok {
		im.skip(line, "a fault at a symbol: its address is not in the log")
		return
	}
	page := a &^ vm.PageMask
	kind := "r"
	switch {
	case len(flags) > 1 && flags[1] == 'k':
		kind = kernelKind(l.text)
	case strings.HasPrefix(flags, "x"):
		kind = "x"
	case im.faulted[page]:
		kind = "w"
	}
	im.faulted[page] = true
	im.emit(p, fmt.Sprintf("touch(%v, %s)", vm.Addr(a), kind), "")
}

// kernelKind tells by the kernel's function whether it read or wrote the process's memory.
func kernelKind(text string) string {
	for _, f := range []string{"copy_to_user", "clear_user", "elf_load", "put_user", "writeable", "copy_page_to_iter", "_copy_to_iter"} {
		if strings.Contains(text, f) {
			return "kw"
		}
	}
	return "kr"
}

// perfPID is the thread's number in  "0.123 ( 0.000 ms): cat/1234 minfault …".
func perfPID(text string) string {
	head, _, _ := strings.Cut(text, "fault [")
	for _, w := range strings.Fields(head) {
		if _, pid, ok := strings.Cut(w, "/"); ok && isDecimal(pid) {
			return pid
		}
	}
	return ""
}

// target is the address that a fault's target names: absolute, or in a file that the log has seen mapped.
func (im *importer) target(p *logProc, text string) (uint64, bool) {
	file, off, ok := strings.Cut(text, "@")
	if !ok {
		return script.Number(text)
	}
	v, isNum := script.Number(off)
	if !isNum {
		return 0, false
	}
	if strings.HasPrefix(file, "//anon") || strings.HasPrefix(file, "[") {
		return v, true
	}
	for i := len(p.seg.files) - 1; i >= 0; i-- {
		m := p.seg.files[i]
		if strings.HasSuffix(m.path, file) && v >= m.off && v < m.off+m.to-m.from {
			return m.from + v - m.off, true
		}
	}
	return 0, false
}
