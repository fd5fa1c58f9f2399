package trace

import (
	"strconv"
	"strings"
)

// fields are what the kernel's tracepoints print of a step: {a}, {b} and {c} are the step's arguments, {a:x} in hex. What
// names a frame, an inode or a device is left out: it differs from one machine to the next.
var fields = [NumKinds]string{
	GapSearch:        "addr={a:x} length={b:x}",
	Faulted:          "address={a:x}",
	CacheMiss:        "index={a}",
	FaultAround:      "index={b}",
	CacheAdded:       "index={a}",
	CacheRemoved:     "index={a}",
	ReadaheadPlanned: "index={a} size={b}",
	PageDirtied:      "index={a}",
}

// Tracepoint is the step as the kernel's tracepoint prints it: its name and its fields. ok is false for a step that has
// none, or one that is not followed.
func (e Event) Tracepoint() (text string, ok bool) {
	f := fields[e.Kind]
	if f == "" {
		return "", false
	}
	var b strings.Builder
	b.WriteString(table[e.Kind].Tracepoint)
	b.WriteByte(' ')
	for f != "" {
		i := strings.IndexByte(f, '{')
		if i < 0 {
			break
		}
		b.WriteString(f[:i])
		v := e.Args[f[i+1]-'a']
		if f[i+2] == ':' {
			b.WriteString("0x" + strconv.FormatUint(v, 16))
		} else {
			b.WriteString(strconv.FormatUint(v, 10))
		}
		f = f[i+strings.IndexByte(f[i:], '}')+1:]
	}
	b.WriteString(f)
	return b.String(), true
}
