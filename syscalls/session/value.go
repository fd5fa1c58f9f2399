package session

import (
	"errors"
	"fmt"
	"strings"

	"vmsim/syscalls/script"
	"vmsim/vm"
)

// maxWorth is how many bytes of memory Worth shows.
const maxWorth = 16

// Worth is what a text is worth now, in a line: an expression, a counter as in .expect, a condition, or bytes of memory
// as a load would find them, which takes no fault. The error is a *script.Error where the text cannot be read.
func (s *Session) Worth(text string) (string, error) {
	text = strings.TrimSpace(text)
	v, exprErr := s.Eval(text)
	if exprErr == nil {
		return text + " = " + number(v), nil
	}
	if op, err := s.parser().Line(text); err == nil {
		if a, ok := op.Do.(*script.Access); ok {
			return s.bytesWorth(text, a)
		}
	}
	op, err := s.parser().Line(".expect " + text)
	var unread *script.Error
	switch {
	case err == nil:
		return s.counterWorth(text, op.Do.(*script.Expect))
	case errors.As(err, &unread) && strings.Contains(text, "("):
		unread.Text, unread.Col = text, max(1, unread.Col-len(".expect "))
		return "", unread
	}
	return "", exprErr
}

func number(v uint64) string {
	if v < 1<<16 {
		return fmt.Sprint(v)
	}
	return fmt.Sprintf("%#x", v)
}

func (s *Session) counterWorth(text string, e *script.Expect) (string, error) {
	if len(e.Conds) != 1 {
		return "", errors.New("one condition at a time, as  minflt == 1")
	}
	v, ok, err := s.live.runner.Cond(s.live.pid(), e.Conds[0])
	switch {
	case err != nil:
		return "", err
	case e.Conds[0].Op == "":
		return text + " = " + number(v), nil
	case ok:
		return text + ": it holds", nil
	}
	return fmt.Sprintf("%s: it does not hold, %v is %s", text, e.Conds[0].X, number(v)), nil
}

// bytesWorth is what a load of a would find.
func (s *Session) bytesWorth(text string, a *script.Access) (string, error) {
	if a.Store {
		return "", fmt.Errorf("%s is a store: type it as a line of its own", text)
	}
	base, n, err := s.place(a)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for i := range vm.Addr(n) {
		c, ok := s.Peek(s.live.pid(), base+i)
		if !ok {
			return "", s.notInMemory(text, base+i)
		}
		if c.Undetermined {
			b.WriteString(" ?")
			continue
		}
		fmt.Fprintf(&b, " 0x%02x", c.Byte)
	}
	if a.Value == nil {
		return text + " ==" + b.String(), nil
	}
	c := &Condition{access: a}
	if a.Form == script.Span {
		return "", fmt.Errorf("one byte at a time is compared, as  p[0] == 'x'; print p[0:%d] shows them", n)
	}
	if ok, err := s.live.holds(c); err != nil || ok {
		return text + ": it holds", err
	}
	return fmt.Sprintf("%s: it does not hold, the byte is%s", text, b.String()), nil
}

// place is where an access begins, and how many bytes it has.
func (s *Session) place(a *script.Access) (at vm.Addr, n uint64, err error) {
	base, err := script.Eval(a.Base, s.Value)
	if err != nil || a.Form == script.Deref {
		return vm.Addr(base), 1, err
	}
	from, err := script.Eval(a.A, s.Value)
	if err != nil || a.Form == script.Index {
		return vm.Addr(base + from), 1, err
	}
	if n, err = script.Eval(a.B, s.Value); err == nil && (a.Form != script.Span || n == 0 || n > maxWorth) {
		err = fmt.Errorf("1 to %d bytes are printed, as  p[0:%d]; x/N ADDR shows more", maxWorth, maxWorth)
	}
	return vm.Addr(base + from), n, err
}

// notInMemory says why there is no byte to be seen.
func (s *Session) notInMemory(text string, x vm.Addr) error {
	p, ok := s.Kernel().Process(s.live.pid())
	if !ok || p.Space.Find(x) == nil {
		return fmt.Errorf("no area holds %v: %s would be a SIGSEGV", x, text)
	}
	return fmt.Errorf("%v is not in memory, and looking takes no fault\nTry: %s as a line of its own, which loads it",
		x, text)
}
