package session

import (
	"fmt"
	"slices"
)

// Mark gives the present moment a name.
func (s *Session) Mark(name string) {
	if s.marks == nil {
		s.marks = map[string]Moment{}
	}
	s.marks[name] = s.At()
}

// Marked is the moment that a name was given to.
func (s *Session) Marked(name string) (Moment, bool) {
	t, ok := s.marks[name]
	return t, ok
}

// Marks are the names that were given, the earliest moment first.
func (s *Session) Marks() (names []string) {
	for n := range s.marks {
		names = append(names, n)
	}
	slices.SortFunc(names, func(a, b string) int {
		if s.marks[a] != s.marks[b] {
			return int(s.marks[a]) - int(s.marks[b])
		}
		if a < b {
			return -1
		}
		return 1
	})
	return names
}

// BranchNumbered is the branch of that number.
func (s *Session) BranchNumbered(id int) (*Branch, error) {
	if id < 0 || id >= len(s.branches) {
		return nil, fmt.Errorf("there is no branch %d; there are 0 to %d", id, len(s.branches)-1)
	}
	return s.branches[id], nil
}

// Replay runs the statements again that followed in the parent of the present branch, where the branch left it. It
// stops at the first that cannot run.
func (s *Session) Replay() (n int, err error) {
	b := s.Branch()
	if b.Parent == nil {
		return 0, fmt.Errorf("this is branch 0: it has no parent whose statements could be run again")
	}
	from := b.Parent.StatementAt(b.From + 1)
	for _, op := range b.Parent.ops[min(from, len(b.Parent.ops)):] {
		if _, err := s.Do(&op); err != nil {
			return n, err
		}
		if s.Inside() { // a stop was met
			if _, err := s.Next(); err != nil {
				return n, err
			}
		}
		n++
	}
	return n, nil
}
