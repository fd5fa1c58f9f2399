package script

import (
	"fmt"
	"strings"
	"syscall"
)

// String is the call with its binding and its asserted result.
func (c *Call) String() string {
	var b strings.Builder
	if c.Bind != "" {
		b.WriteString(c.Bind + " = ")
	}
	b.WriteString(c.Name + "(")
	for i, a := range c.Args {
		if i > 0 {
			b.WriteString(", ")
		}
		if a.Label != "" {
			b.WriteString(a.Label + ": ")
		}
		b.WriteString(a.X.String())
	}
	b.WriteString(")")
	if c.Want != nil {
		b.WriteString(" = " + c.Want.String())
	}
	return b.String()
}

// String is the result as it is written after the equals sign.
func (w *Want) String() string {
	switch {
	case w.Any:
		return "?"
	case w.Errno != 0:
		return FormatErrno(w.Errno)
	}
	return w.X.String()
}

func FormatErrno(n syscall.Errno) string { return "-1 " + ErrnoName(n) + " (" + ErrnoText(n) + ")" }

// String is the access as it is typed.
func (a *Access) String() string {
	s := a.target()
	switch {
	case a.Store:
		s += " = " + a.Value.String()
	case a.Value != nil:
		s += " == " + a.Value.String()
	case a.Any:
		s += " == ?"
	}
	return s
}

func (a *Access) target() string {
	if a.Form == Deref {
		return "*" + inParens(a.Base, precUnary)
	}
	s := inParens(a.Base, precPrimary) + "[" + a.A.String()
	switch a.Form {
	case Range:
		s += ".." + a.B.String()
		if a.Step != nil {
			s += " step " + a.Step.String()
		}
	case Span:
		s += ":" + a.B.String()
	}
	return s + "]"
}

// String is the touch as it is typed.
func (t *Touch) String() string { return "touch(" + t.Addr.String() + ", " + t.Kind.String() + ")" }

// String is the binding as it is typed.
func (l *Let) String() string { return l.Name + " = " + l.X.String() }

// String is strace's line for it.
func (*End) String() string { return "+++ exited +++" }

// String is the directive and its areas, a line each.
func (l *Layout) String() string {
	var b strings.Builder
	b.WriteString(".layout")
	if l.Brk != 0 {
		fmt.Fprintf(&b, " brk=%#x", uint64(l.Brk))
	}
	if l.Mmap != 0 {
		fmt.Fprintf(&b, " mmap_base=%#x", uint64(l.Mmap))
	}
	for _, a := range l.Areas {
		b.WriteString("\n    " + a.String())
	}
	for _, p := range l.Present {
		fmt.Fprintf(&b, "\n    present %#x", uint64(p))
	}
	return b.String()
}

// String is the area as a line of /proc/PID/maps without device and inode.
func (a Area) String() string {
	s := fmt.Sprintf("%08x-%08x %s %08x", uint64(a.Start), uint64(a.End), a.Perm, a.Offset)
	if a.Name != "" {
		s += " " + a.Name
	}
	return s
}

// String is the directive as it is typed.
func (d *Directive) String() string {
	return strings.Join(append([]string{"." + d.Name}, d.Args...), " ")
}

// String is the conditions as they are typed.
func (e *Expect) String() string {
	var conds []string
	for _, c := range e.Conds {
		conds = append(conds, c.String())
	}
	return ".expect " + strings.Join(conds, ", ")
}

// String is the condition as it is typed.
func (c Cond) String() string {
	if c.Op == "" {
		return c.X.String()
	}
	return c.X.String() + " " + c.Op + " " + c.Y.String()
}

// String is the term as it is typed.
func (t Term) String() string {
	s := t.Name
	if t.Args != nil {
		var args []string
		for _, a := range t.Args {
			args = append(args, a.String())
		}
		s += "(" + strings.Join(args, ", ") + ")"
	}
	if t.Field != "" {
		s += "." + t.Field
	}
	return s
}
