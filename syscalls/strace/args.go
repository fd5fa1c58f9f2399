package strace

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"vmsim/syscalls/script"
)

// statement makes a statement of a call.
func (im *importer) statement(t *task, l *line, args []string, got answer) {
	kinds, _ := script.Params(l.name)
	if got.good() && im.large(t, l, args, got.value) {
		return
	}
	if len(args) > len(kinds) && l.name != "mmap" {
		args = args[:len(kinds)] // ltrace prints registers that the call does not have
	}
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = a
		if i < len(kinds) {
			out[i] = importedArg(kinds[i], a)
		}
	}
	switch {
	case l.name == "mmap":
		out = im.mmapArgs(t, out, got)
	case l.name == "sigaltstack" && len(out) == 2 && !t.space.image.known && !isNumeric(out[1]):
		out[1] = "scratch" // the stack that an unseen call has set
	case pidCalls[l.name] && len(out) > 0 && im.tasks[out[0]] != nil:
		out[0] = strconv.Itoa(im.tasks[out[0]].number)
	}
	if b := slices.IndexFunc(kinds, isVector); b >= 0 && b+1 < len(out) && isNumeric(args[b]) && got.good() {
		out[b], out[b+1] = fmt.Sprintf("[{iov_base=scratch, iov_len=%d}]", got.value), "1"
	}
	var notes []string
	if l.name == "mincore" && got.good() && len(args) == 3 {
		if vec := vector(args[2]); vec != "" {
			notes = append(notes, "mincore "+vec)
		}
	}
	answer := got.text
	switch {
	case l.name == "personality" && got.good():
		answer = "?" // a program runs without randomisation
	case l.name == "shmctl" && len(out) > 1 && got.good() && aboutAll(out[1]):
		answer = "?"
	case l.name == "shmget" && got.good():
		im.segment(t, out, got)
		return
	case segmentCalls[l.name] && len(out) > 0:
		out[0] = im.segmentOf(out[0])
	}
	im.emit(t, l.name+"("+strings.Join(out, ", ")+")", answer, notes...)
}

// isVector reports whether an argument is an array of buffers. A log that has only its address does not show what lies
// there: one buffer of as many bytes as the call moved takes its place.
func isVector(k script.ParamKind) bool { return k == script.IovInParam || k == script.IovOutParam }

// remoteBuffers is the argument of process_vm_readv and its twin that describes memory of the other process.
const remoteBuffers = 3

// pidCalls are the calls of the language whose first argument is the number of a process.
var pidCalls = words("pidfd_open prlimit64 process_vm_readv process_vm_writev")

// mmapArgs are the arguments of mmap. Of a log that begins in the middle nothing says what was free, so the program
// asks for the address that the log has.
func (im *importer) mmapArgs(t *task, out []string, got answer) []string {
	if len(out) == 4 {
		fd := "-1"
		if !anonymous(out) {
			fd = im.latest(t)
		}
		out = append(out, fd, "0")
	}
	if len(out) == 6 && out[0] == "0" {
		out[0] = "NULL"
	}
	if !t.space.image.known && got.good() && len(out) == 6 && out[0] == "NULL" {
		out[0] = hex(got.value)
		im.account.madeFor(askedUnknown, im.no, "mmap("+strings.Join(out, ", ")+")")
	}
	return out
}

// latest is the descriptor that was opened last, for tracers that print only the first arguments of mmap.
func (im *importer) latest(t *task) string {
	best := -1
	for n, s := range t.fds.slots {
		if s.open != nil && !s.open.file.other && n > best {
			best = n
		}
	}
	return strconv.Itoa(best)
}

// importedArg is an argument of a call of the model as the language has it. What strace shows in the place of an
// address (the bytes, a structure) becomes scratch, since the address itself is not in the log.
func importedArg(kind script.ParamKind, a string) string {
	shown := strings.HasPrefix(a, `"`) || strings.HasPrefix(a, "{") || strings.HasPrefix(a, "[")
	switch kind {
	case script.PathParam:
		return strings.TrimSuffix(a, "...")
	case script.InParam:
		if shown {
			return inBuffer(a)
		}
	case script.IovInParam, script.IovOutParam:
		if shown {
			return iovec(kind, a)
		}
	case script.StructParam, script.OffsetParam, script.GiveStackParam, script.StackParam:
		if before, _, found := strings.Cut(a, " => "); found {
			a = before
		}
		if strings.HasPrefix(a, "{") && strings.Contains(a, "...") {
			return "scratch"
		}
	case script.OutParam, script.VecParam, script.AddrParam,
		script.StatParam, script.StatxParam, script.CacheStatParam,
		script.IntPointerParam, script.SigInfoParam:
		if shown || !isNumeric(a) {
			return "scratch"
		}
	}
	if shown && strings.HasSuffix(a, `"...`) {
		return strings.TrimSuffix(a, "...")
	}
	return strings.TrimPrefix(a, "|") // strace -X raw prints |0x800
}

func isNumeric(a string) bool { return a == "NULL" || a != "" && isDigit(a[0]) }

// inBuffer is what a call has read from memory: the bytes where the log has them all, else any.
func inBuffer(a string) string {
	if strings.HasSuffix(a, "...") {
		return "pattern(0)"
	}
	return a
}

// iovec is an array of buffers with scratch, or the bytes, for the addresses.
func iovec(kind script.ParamKind, a string) string {
	inner := strings.TrimSuffix(strings.TrimPrefix(a, "["), "]")
	var parts []string
	for _, e := range splitArgs(nil, inner) {
		n := field(e, "iov_len=")
		if n == "" {
			continue
		}
		base := "scratch"
		if at := field(e, "iov_base="); strings.HasPrefix(at, "0x") {
			base = at
		}
		if i := strings.Index(e, `iov_base="`); i >= 0 && kind == script.IovInParam {
			s := e[i+len("iov_base="):]
			if end := endOfString(s, 0); end < len(s) && !strings.HasPrefix(s[end+1:], "...") {
				base = s[:end+1]
			}
		} else if i >= 0 {
			n = iovLen(e)
		}
		parts = append(parts, fmt.Sprintf("{iov_base=%s, iov_len=%s}", base, n))
	}
	if len(parts) == 0 {
		return "scratch"
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// iovLen is the length after the bytes, which may themselves look like one.
func iovLen(e string) string {
	i := strings.LastIndex(e, "iov_len=")
	return strings.TrimRight(e[i+len("iov_len="):], "}] ")
}

// vector is mincore's vector as strace prints it, [1, 0, 1], as the language has it.
func vector(a string) string {
	if !strings.HasPrefix(a, "[") || strings.Contains(a, "...") {
		return ""
	}
	var b strings.Builder
	for _, w := range splitArgs(nil, strings.Trim(a, "[]")) {
		n, err := strconv.Atoi(w)
		if err != nil {
			return ""
		}
		b.WriteByte('0' + byte(n&1))
	}
	return b.String()
}

// maxParts bounds what large makes of a log: a line of a few bytes can tell of a transfer of gigabytes.
const maxParts = 1 << 18

// large makes several statements of a read or write that scratch cannot hold at once.
func (im *importer) large(t *task, l *line, args []string, value uint64) bool {
	kinds, _ := script.Params(l.name)
	if len(args) < 3 || len(kinds) < 3 || isNumeric(args[1]) || value <= script.ScratchSize ||
		kinds[1] != script.OutParam && kinds[1] != script.InParam {
		return false
	}
	if im.parts += value / script.ScratchSize; value > 1<<34 || im.parts > maxParts {
		im.refused(l.name+"("+l.args+")", "too many bytes for scratch")
		return true
	}
	buf := "scratch"
	if kinds[1] == script.InParam {
		buf = "pattern(0)"
	}
	for done := uint64(0); done < value; {
		n := min(value-done, script.ScratchSize)
		text := fmt.Sprintf("%s(%s, %s, %d", l.name, args[0], buf, n)
		if len(args) == 4 {
			off, _ := strconv.ParseInt(args[3], 10, 64)
			text += fmt.Sprintf(", %d", off+int64(done))
		}
		im.emit(t, text+")", strconv.FormatUint(n, 10))
		done += n
	}
	return true
}
