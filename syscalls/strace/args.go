package strace

import (
	"fmt"
	"strconv"
	"strings"

	"vmsim/syscalls/script"
)

// statement makes a statement of a call.
func (im *importer) statement(p *logProc, l straceLine, args []string, got answer) {
	params, known := script.Params(l.name)
	if !known || script.Outside(l.name) {
		im.emit(p, l.name+"("+strings.Join(outsideArgs(args), ", ")+")", got.text)
		return
	}
	if got.good() && im.large(p, l, args, got.value) {
		return
	}
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = a
		if i < len(params) {
			out[i] = importedArg(params[i], a)
		}
	}
	if l.name == "open" || l.name == "openat" {
		im.absoluteOpen(p, l.name, args, out)
	}
	b := im.emit(p, l.name+"("+strings.Join(out, ", ")+")", got.text)
	if l.name == "mincore" && got.good() && len(args) == 3 {
		if vec := vector(args[2]); vec != "" {
			b.notes = append(b.notes, "mincore "+vec)
		}
	}
}

// outsideArgs are the arguments of a call outside the model: as they are, less what the line limit could not hold.
func outsideArgs(args []string) []string {
	out := make([]string, len(args))
	for i, a := range args {
		if len(a) > 4096 {
			a = a[:64] + "…"
			if strings.HasPrefix(a, `"`) {
				a = `"…"`
			}
		}
		out[i] = a
	}
	return out
}

// importedArg is an argument of a call of the model as the language has it. What strace shows in the place of an address (the
// bytes, a structure) becomes scratch, since the address itself is not in the log.
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
	case script.StructParam, script.OffsetParam:
		if before, _, found := strings.Cut(a, " => "); found {
			a = before
		}
		if strings.HasPrefix(a, "{") && strings.Contains(a, "...") {
			return "scratch"
		}
	case script.OutParam, script.VecParam, script.AddrParam, script.StatParam, script.StatxParam, script.CacheStatParam:
		if shown || !isNumeric(a) {
			return "scratch"
		}
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
	for _, e := range splitArgs(inner) {
		n := field(e, "iov_len=")
		if n == "" {
			continue
		}
		base := "scratch"
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
	for _, w := range splitArgs(strings.Trim(a, "[]")) {
		n, err := strconv.Atoi(w)
		if err != nil {
			return ""
		}
		b.WriteByte('0' + byte(n&1))
	}
	return b.String()
}

// absoluteOpen writes a path as the file it means where the log tells: in a program there is no directory to stand in.
func (im *importer) absoluteOpen(p *logProc, call string, args, out []string) {
	at, dir := 0, ""
	if call == "openat" {
		at = 1
	}
	if len(args) <= at || !strings.HasPrefix(args[at], `"`) {
		return
	}
	if call == "openat" {
		dir = im.dirOf(p, args[0])
	}
	name := script.Unquote(args[at])
	path := p.absolute(dir, name)
	if path == name || !strings.HasPrefix(path, "/") {
		return
	}
	out[at] = script.Quote(path)
	if call == "openat" {
		out[0] = "AT_FDCWD"
	}
}

// maxParts bounds what large makes of a log: a line of a few bytes can tell of a transfer of gigabytes.
const maxParts = 1 << 18

// large makes several statements of a read or write that scratch cannot hold at once.
func (im *importer) large(p *logProc, l straceLine, args []string, value uint64) bool {
	params, _ := script.Params(l.name)
	if len(args) < 3 || len(params) < 3 || isNumeric(args[1]) ||
		value <= script.ScratchSize || params[1] != script.OutParam && params[1] != script.InParam {
		return false
	}
	if im.parts += value / script.ScratchSize; value > 1<<34 || im.parts > maxParts {
		im.skip(l.name+"("+l.args+")", "too many bytes for scratch")
		return true
	}
	buf := "scratch"
	if params[1] == script.InParam {
		buf = "pattern(0)"
	}
	for done := uint64(0); done < value; {
		n := min(value-done, script.ScratchSize)
		text := fmt.Sprintf("%s(%s, %s, %d", l.name, args[0], buf, n)
		if len(args) == 4 {
			off, _ := strconv.ParseInt(args[3], 10, 64)
			text += fmt.Sprintf(", %d", off+int64(done))
		}
		im.emit(p, text+")", strconv.FormatUint(n, 10))
		done += n
	}
	return true
}
