package session

import "strings"

// Text is what has run up to this moment, as a program that asserts what it did.
func (s *Session) Text() string {
	var b strings.Builder
	b.WriteString(s.live.runner.Head())
	for _, st := range s.Branch().stmts[:s.live.done] {
		if st.Err == nil {
			b.WriteString(st.Test)
		}
	}
	b.WriteString(s.live.runner.Tail())
	return b.String()
}

// Whole is the program of this branch, what is still to come included. It asserts nothing.
func (s *Session) Whole() string {
	var b strings.Builder
	b.WriteString(s.live.runner.Head())
	for i := range s.Branch().ops {
		b.WriteString(s.Branch().ops[i].Head() + "\n")
	}
	b.WriteString(s.live.runner.Tail())
	return b.String()
}
