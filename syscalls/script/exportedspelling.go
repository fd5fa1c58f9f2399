package script

import (
	"strings"

	"vmsim/syscalls"
)

// What a package that writes programs needs to know of how they are spelt.

// Params are the kinds of a call's arguments, to be read alone. ok is false for a call that the language does not know.
func Params(call string) (kinds []ParamKind, ok bool) {
	r, ok := SpecOf(call)
	if !ok {
		return nil, false
	}
	return r.kinds, true
}

// Unquote is the text of a string of the language; what is none stays as it is.
func Unquote(s string) string {
	quoted := strings.TrimLeft(s, " \t\r")
	if !strings.HasPrefix(quoted, `"`) {
		return s
	}
	var t token
	if t.lexQuoted(quoted, 0, tokString); t.kind == tokString {
		return t.text
	}
	return s
}

// Constant is the value of an argument that holds no bound name, however it is spelt; 0 where it has none.
func Constant(text string) uint64 {
	x, err := newCursor(text).expr(1)
	if err != nil {
		return 0
	}
	v, _ := Fold(x)
	return v
}

// Visible is text with a question mark for each character that would move a terminal's cursor.
func Visible(text string) string { return strings.Map(visible, text) }

// SplitExpr reads an expression that a line begins with. ok is false where the line is none, or begins with none.
func SplitExpr(line string) (x Expr, rest string, ok bool) {
	c := newCursor(line)
	x, err := c.expr(1)
	if err != nil || c.peek().from == 0 {
		return nil, line, false
	}
	return x, line[c.peek().from:], true
}

// NamedConstant is the value of a flag or another name that has one in every program.
func NamedConstant(name string) (v uint64, ok bool) {
	v, ok = constants[name]
	return v, ok
}

// DevicePath reports whether a path is of a device that every machine has: no .file line makes it.
func DevicePath(path string) bool {
	return path == "/dev/fb0" || path == syscalls.SwapDevice || syscalls.IsMemoryDevice(path)
}

// OutsidePath reports whether a path is of a file that is no file: a terminal, procfs.
func OutsidePath(path string) bool {
	at := path + "/"
	if strings.HasPrefix(at, "/dev/shm/") || DevicePath(path) {
		return false
	}
	return strings.HasPrefix(at, "/dev/") || strings.HasPrefix(at, "/proc/") || strings.HasPrefix(at, "/sys/")
}
