//go:build linux && amd64

package shadow

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"vmsim/disk"
	"vmsim/syscalls"
	"vmsim/syscalls/script"
)

// fileCalls are the calls on open files that change or show what the page cache has.
var fileCalls = map[syscalls.Number]bool{
	syscalls.SysRead: true, syscalls.SysWrite: true, syscalls.SysPread64: true, syscalls.SysPwrite64: true,
	syscalls.SysReadv: true, syscalls.SysWritev: true, syscalls.SysPreadv: true, syscalls.SysPwritev: true,
	syscalls.SysPreadv2: true, syscalls.SysPwritev2: true, syscalls.SysLseek: true, syscalls.SysFtruncate: true,
	syscalls.SysFallocate: true, syscalls.SysFsync: true, syscalls.SysFdatasync: true,
	syscalls.SysSyncFileRange: true, syscalls.SysReadahead: true, syscalls.SysFadvise64: true,
	syscalls.SysSendfile: true, syscalls.SysCopyFileRange: true, syscalls.SysTruncate: true,
}

// mostVectors is how many buffers of a call are written out.
const mostVectors = 64

// file runs a call on an open file in the model, where that has the file.
func (w *witness) file(x *tracee, nr syscalls.Number) error {
	a := x.call.args
	if nr == syscalls.SysTruncate {
		path, ok := w.absolute(x, unix.AT_FDCWD, a[0])
		if _, known := w.paths[path]; ok && known {
			return w.fileStatement(x, nr, map[int]script.Expr{0: script.Str{Val: path}})
		}
		w.report.Left++
		return nil
	}
	args := map[int]script.Expr{}
	row, _ := script.SpecOf(nr.String())
	for i, p := range row.Params {
		switch {
		case p.IsFD():
			if s, known := x.proc.fds.slots[int(int32(a[i]))]; !known || s.outside {
				w.report.Left++
				return nil
			}
		case p.Kind == script.OffsetParam && a[i] != 0:
			at, ok := readWords(x.tid, a[i], 1)
			if !ok {
				return nil
			}
			args[i] = script.Composite{Open: '[', Items: []script.Field{{X: decimal(at[0] - x.call.ret)}}}
		case p.Kind == script.IovInParam || p.Kind == script.IovOutParam:
			v, ok := vectors(x, a[i], a[i+1])
			if !ok {
				w.report.Left++
				return nil
			}
			args[i] = v
		case p.Kind == script.IntParam:
			args[i] = decimal(a[i])
			if int64(a[i]) < 0 {
				args[i] = script.Unary{Op: "-", X: decimal(-a[i])}
			}
		}
	}
	return w.fileStatement(x, nr, args)
}

func (w *witness) fileStatement(x *tracee, nr syscalls.Number, args map[int]script.Expr) error {
	op := w.statement(x, nr, args)
	res, diff, err := w.do(op)
	if err != nil {
		return err
	}
	w.extraFaults(x, op, res)
	why := ""
	switch {
	case nr == syscalls.SysLseek && w.pagedOut:
		why = unseenStores
	case nr == syscalls.SysLseek && w.blocks(x, res.Value):
		why = otherBlocks
	}
	for _, d := range diff {
		w.differs(d.What, d.Op, d.Want, d.Got, why)
	}
	return nil
}

// blocks reports whether the call that has just ended was an lseek to a hole or to data whose answer is in the same
// block of the file's as the model's, whose blocks are smaller.
func (w *witness) blocks(x *tracee, got uint64) bool {
	const seekData, seekHole = 3, 4
	a := x.call.args
	var st unix.Stat_t
	err := unix.Stat(fmt.Sprintf("/proc/%d/fd/%d", x.tid, int32(a[0])), &st)
	if err != nil || st.Blksize <= disk.FileBlockSize || a[2] != seekData && a[2] != seekHole {
		return false
	}
	size := uint64(st.Blksize)
	return x.call.err == 0 && (x.call.ret+size-1)/size == (got+size-1)/size
}

// direct reports whether the call that has just ended was on a file that is open with O_DIRECT. The kernel takes hold
// of the pages of its buffer without a fault that a tracepoint or a perf event would show.
// Linux: mm_account_fault without registers (mm/memory.c).
func (x *tracee) direct() bool {
	row, _ := script.SpecOf(syscalls.Number(x.call.nr).String())
	for i, p := range row.Params {
		if p.IsFD() && x.flags(int(int32(x.call.args[i])))&unix.O_DIRECT != 0 {
			return true
		}
	}
	return false
}

// flags are those of the open file of a descriptor.
func (x *tracee) flags(fd int) (flags uint64) {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%d", x.tid, fd))
	_, rest, _ := strings.Cut(string(text), "flags:")
	octal, _, _ := strings.Cut(strings.TrimSpace(rest), "\n")
	flags, _ = strconv.ParseUint(octal, 8, 64)
	return flags
}

// vectors is an array of buffers of a tracee's.
func vectors(x *tracee, at, n uint64) (script.Expr, bool) {
	if n > mostVectors {
		return nil, false
	}
	words, ok := readWords(x.tid, at, int(2*n))
	if !ok {
		return nil, false
	}
	c := script.Composite{Open: '['}
	for i := 0; i < len(words); i += 2 {
		c.Items = append(c.Items, script.Field{X: script.Composite{Open: '{', Items: []script.Field{
			{Name: "iov_base", X: num(words[i])}, {Name: "iov_len", X: decimal(words[i+1])}}}})
	}
	return c, true
}
