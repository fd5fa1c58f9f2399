package session

import (
	"errors"

	"vmsim/syscalls/script"
)

// errBuilt is a .machine that comes too late.
var errBuilt = errors.New("the machine is running already: .machine comes before the first statement\n" +
	"Write it on the first line of a file, what you typed so far below it (save FILE.vms), and type: vmsim -i FILE.vms")

// Configure builds the machine anew where op is a .machine line and nothing has run that could have seen another
// machine: .file and .sysctl lines at most. done is false for any other operation.
func (s *Session) Configure(op *script.Op) (done bool, err error) {
	if d, ok := op.Do.(*script.Directive); !ok || d.Name != "machine" {
		return false, nil
	}
	b := s.Branch()
	n := len(b.stmts)
	if len(s.branches) > 1 || s.At() != b.End() || s.Inside() || headLength(&script.Program{Ops: b.ops[:n]}) < n {
		return false, errBuilt
	}
	old, fresh := s.head, &Branch{session: s, ops: b.ops[n:]}
	ops := append(old.Ops[:len(old.Ops):len(old.Ops)], b.ops[:n]...)
	s.head = &script.Program{Name: old.Name, Ops: append(ops, *op), Files: old.Files}
	m, err := newMachine(fresh)
	if err != nil {
		s.head = old
		return false, err
	}
	s.live.discard()
	s.live, s.branches, s.marks = m, []*Branch{fresh}, nil
	return true, nil
}
