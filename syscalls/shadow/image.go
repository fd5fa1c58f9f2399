//go:build linux && amd64

package shadow

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
)

// exec gives the model the image that execve has made. Where the image does not show at which address mappings begin,
// that is left to layOut.
func (w *witness) exec(x *tracee) error {
	p := x.proc
	p.threads, p.many, p.huge, p.own, p.number = 1, false, false, nil, x.number
	p.mappers, p.copied = nil, nil
	w.report.Images++
	if w.runner != nil && p.maps > 0 {
		p.close()
	}
	text, err := p.readMaps()
	if err != nil {
		return err
	}
	if w.runner == nil {
		w.writeHead()
	}
	if err := w.imageFiles(x, text); err != nil {
		return err
	}
	if p.image = layoutOf(p.tgid, text); p.image.Mmap == 0 {
		return nil
	}
	op, err := w.layOut(x)
	if err != nil {
		return err
	}
	return w.compareMaps(x, op)
}

// layOut makes the image of a process in the model.
func (w *witness) layOut(x *tracee) (op *script.Op, err error) {
	p := x.proc
	op, p.image = &script.Op{Do: p.image}, nil
	if w.runner != nil {
		op.PID = x.number
	}
	if _, _, err := w.do(op); err != nil {
		return nil, err
	}
	if w.runner == nil {
		if err := w.begin(x); err != nil {
			return nil, err
		}
	} else {
		p.fds = p.fds.unshared()
		p.fds.closeOnExec()
	}
	w.learnScratch(x)
	return op, nil
}

// writeHead writes what comes before the first image.
func (w *witness) writeHead() {
	w.head.Ops = append(w.head.Ops, script.Op{Comment: "# Recorded on Linux " + w.how.Kernel + " x86_64."})
	words := ".machine"
	if p := w.how.Profile; p != nil {
		words += " kernel=" + p.Release.String()
		for _, s := range p.Config.Settings() {
			words += " " + s.Name + "=" + s.Value
		}
	}
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) == nil {
		words += fmt.Sprintf(" ram=%dM", info.Totalram*uint64(info.Unit)>>20)
	}
	var fs unix.Statfs_t
	if unix.Statfs("/", &fs) == nil && fs.Type == unix.EXT4_SUPER_MAGIC {
		words += " fs=ext4"
		w.ext4 = true
		if kb, err := os.ReadFile("/sys/dev/block/" + device("/") + "/queue/read_ahead_kb"); err == nil {
			words += " read_ahead_kb=" + strings.TrimSpace(string(kb))
		}
	}
	if os.Geteuid() != 0 {
		words += " user=nobody"
	}
	_ = w.directive(words) // before the first image nothing runs
}

// device is the number of the device that a path is on.
func device(path string) string {
	var st unix.Stat_t
	_ = unix.Stat(path, &st)
	return fmt.Sprintf("%d:%d", unix.Major(st.Dev), unix.Minor(st.Dev))
}

// begin makes the model, once the head is whole.
func (w *witness) begin(x *tracee) (err error) {
	w.machine = &model.Machine{Profile: w.how.Profile}
	if w.runner, err = run.NewRunner(w.head, w.machine, run.Options{Show: shown}); err != nil {
		return err
	}
	w.report.Processes = 1
	if w.how.Save != nil {
		for i := range w.head.Ops {
			if _, w.err = fmt.Fprintln(w.how.Save, w.head.Ops[i].String()); w.err != nil {
				break
			}
		}
	}
	if err := w.persona(x); err != nil {
		return err
	}
	return w.inherited(x)
}

// persona gives the model the program's personality: there it has none of the kernel's, but one without randomisation.
func (w *witness) persona(x *tracee) error {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/personality", x.tid))
	if err != nil {
		return nil
	}
	flags, err := strconv.ParseUint(strings.TrimSpace(string(text)), 16, 32)
	if err != nil {
		return nil
	}
	_, err = w.made(x, "personality", num(flags))
	return err
}

// learnScratch finds the area that the model has for the strings of calls, and the kernel does not.
func (w *witness) learnScratch(x *tracee) {
	kernel := map[string]bool{}
	for _, l := range run.MapLines(x.proc.text) {
		kernel[l] = true
	}
	x.proc.scratch = ""
	for _, l := range run.MapLines(w.model(x).Maps()) {
		from, to := span(l)
		if !kernel[l] && to-from == script.ScratchSize {
			x.proc.scratch = l
			return
		}
	}
}

// model is a tracee's task of the model.
func (w *witness) model(x *tracee) *syscalls.Process {
	p, _ := w.machine.Kernel.Process(x.number)
	return p
}

// imageFiles makes the files that an image's areas show.
func (w *witness) imageFiles(x *tracee, text string) error {
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 6 || !strings.HasPrefix(f[5], "/") {
			continue
		}
		path := strings.Join(f[5:], " ")
		key, st, ok := stat(path)
		if !ok {
			continue
		}
		if _, err := w.place(x, key, path, int64(st.Size)); err != nil {
			return err
		}
	}
	return nil
}

// mappingsBegin is an address that mappings begin above, with the usual limit of the stack. Programs and heaps lie
// below it, but for programs that may be loaded anywhere and name no interpreter.
const mappingsBegin = vm.TaskSize / 8 * 7

// layoutOf is a process's image as a layout. Its Mmap is 0 where execve has left nothing at the top of the mapping
// area: up to 6.8 at least [vdso] lies above the stack, and a program without an interpreter has nothing else there.
func layoutOf(pid int, text string) *script.Layout {
	l := &script.Layout{Brk: vm.Addr(startOfBreak(pid))}
	for _, line := range run.MapLines(text) {
		f := strings.SplitN(line, " ", 4)
		from, to := span(line)
		offset, _ := strconv.ParseUint(f[2], 16, 64)
		a := script.Area{Start: vm.Addr(from), End: vm.Addr(to), Perm: f[1], Offset: offset}
		if len(f) > 3 {
			a.Name = f[3]
		}
		if strings.HasPrefix(a.Name, "[heap]") {
			a.Name = ""
		}
		switch {
		case a.Name == "[stack]" && len(l.Areas) > 0:
			if top := l.Areas[len(l.Areas)-1].End; top > mappingsBegin {
				l.Mmap = top // the first that execve maps lies at the top
			}
			l.Areas = append(l.Areas, a)
		default:
			l.Areas = append(l.Areas, a)
		}
	}
	l.Present = present(pid, l.Areas)
	return l
}

// span is the range of a line of maps.
func span(line string) (from, to uint64) {
	a, rest, _ := strings.Cut(line, "-")
	b, _, _ := strings.Cut(rest, " ")
	from, _ = strconv.ParseUint(a, 16, 64)
	to, _ = strconv.ParseUint(b, 16, 64)
	return from, to
}

// startOfBreak is where the heap of a process begins.
func startOfBreak(pid int) uint64 {
	const startBrk = 47 // the field of stat, from 1
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text[max(0, strings.LastIndexByte(string(text), ')')):]), " ")
	f := strings.Fields(rest)
	if len(f) < startBrk-2 {
		return 0
	}
	v, _ := strconv.ParseUint(f[startBrk-3], 10, 64)
	return v
}

// mostPresent is how many pages of an area are looked at.
const mostPresent = 1 << 16

// present are the pages that execve has touched.
func present(pid int, areas []script.Area) (out []vm.Addr) {
	file, err := os.Open(fmt.Sprintf("/proc/%d/pagemap", pid))
	if err != nil {
		return nil
	}
	defer file.Close()
	for _, a := range areas {
		n := min(int((a.End-a.Start)/vm.PageSize), mostPresent)
		if a.End > vm.TaskSize {
			continue
		}
		for i, e := range pagemap(file, a.Start, n) {
			if e.Present() {
				out = append(out, a.Start+vm.Addr(i)*vm.PageSize)
			}
		}
	}
	return out
}

// entry is an entry of /proc/PID/pagemap.
type entry uint64

// Present reports whether a page is in memory.
func (e entry) Present() bool { return e>>63 != 0 }

// pagemap are n entries of the file, from that of an address on.
func pagemap(file *os.File, from vm.Addr, n int) []entry {
	buf := make([]byte, 8*n)
	got, _ := file.ReadAt(buf, int64(from/vm.PageSize*8))
	out := make([]entry, got/8)
	for i := range out {
		for k := 7; k >= 0; k-- {
			out[i] = out[i]<<8 | entry(buf[8*i+k])
		}
	}
	return out
}
