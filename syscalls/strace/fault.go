package strace

import (
	"fmt"
	"strings"

	"vmsim/vm"
)

// fault makes an access of a line in perf trace's form:
//
//	minfault [_dl_start+0x0] => /usr/lib/ld.so@0x1b70 (x.)
//
// It tells what was touched and whether it was code. A second fault on a page can only be a store.
func (im *importer) fault(t *task, l *line) {
	_, target, _ := strings.Cut(l.text, "] => ")
	target, flags, _ := strings.Cut(target, " (")
	a, ok := im.target(t, strings.TrimSpace(target))
	if !ok {
		im.count(Outside, "a fault in a file that the log has not seen mapped", 1, l.text)
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
	if len(im.faulted) < maxFaulted {
		im.faulted[page] = true
	}
	t.space.knows(span{page, page + vm.PageSize}, inUse)
	im.count(Ran, "", 1, "")
	im.emit(t, fmt.Sprintf("touch(%s, %s)", hex(a), kind), "")
}

// kernelKind tells by the kernel's function whether it read or wrote the process's memory.
func kernelKind(text string) string {
	for f := range writers {
		if strings.Contains(text, f) {
			return "kw"
		}
	}
	return "kr"
}

// writers are parts of the names of the kernel's functions that write a process's memory.
var writers = words("copy_to_user clear_user elf_load put_user writeable copy_page_to_iter _copy_to_iter")

// maxFaulted bounds how many pages are remembered.
const maxFaulted = 1 << 20

// target is the address that a fault's target names: absolute, or in a file that the log has seen mapped.
func (im *importer) target(t *task, text string) (uint64, bool) {
	file, off, ok := strings.Cut(text, "@")
	if !ok {
		return parseAddr(text)
	}
	v, isNum := parseAddr(off)
	if !isNum {
		return 0, false
	}
	if strings.HasPrefix(file, "//anon") || strings.HasPrefix(file, "[") {
		return v, true
	}
	for i := len(t.space.files) - 1; i >= 0; i-- {
		m := t.space.files[i]
		if strings.HasSuffix(m.path, file) && v >= m.off && v < m.off+m.to-m.from {
			return m.from + v - m.off, true
		}
	}
	return 0, false
}
