package session

import (
	"slices"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
)

// Rebuilt says what Configure has done.
type Rebuilt uint8

// What a .machine line does.
const (
	NotAMachine Rebuilt = iota // it was another line
	InPlace                    // nothing had run: the machine is another one
	Branched                   // a new branch has another machine, on which the same statements have run
)

// Configure takes a .machine line. Where nothing has run that could have seen another machine (.file and .sysctl lines
// at most), the machine is built anew. Else a branch begins at the start, on a machine with the setting, and runs as
// many statements as have run here; those that are to come follow.
func (s *Session) Configure(op *script.Op) (Rebuilt, error) {
	if d, ok := op.Do.(*script.Directive); !ok || d.Name != "machine" {
		return NotAMachine, nil
	}
	b := s.Branch()
	n := headLength(&script.Program{Ops: b.ops[:s.live.done]})
	head := *b.head
	head.Ops = append(slices.DeleteFunc(slices.Concat(head.Ops, b.ops[:n]), overriddenBy(op)), *op)
	fresh := &Branch{session: s, head: &head, ops: slices.Clone(b.ops[n:]), names: map[uint64]string{}}
	inPlace := len(s.branches) == 1 && s.At() == b.End() && !s.Inside() && n == s.live.done
	if !inPlace {
		fresh.ID, fresh.Parent = len(s.branches), b
	}
	fresh.foresee()
	m, err := newMachine(fresh)
	if err != nil {
		return NotAMachine, err
	}
	done := s.live.done - n
	b.tip = s.live.at
	s.live.discard()
	if s.live = m; inPlace {
		s.branches, s.marks = []*Branch{fresh}, nil
		return InPlace, nil
	}
	s.branches = append(s.branches, fresh)
	for s.live.done < done && err == nil {
		_, err = s.Next()
	}
	return Branched, err
}

// overriddenBy reports of a line whether all that it says of the machine is said anew by a .machine line.
func overriddenBy(later *script.Op) func(script.Op) bool {
	return func(op script.Op) bool {
		d, ok := op.Do.(*script.Directive)
		if !ok || d.Name != "machine" {
			return false
		}
		for _, s := range d.Settings {
			if !slices.ContainsFunc(later.Do.(*script.Directive).Settings, func(x script.Setting) bool {
				return x.Name == s.Name
			}) {
				return false
			}
		}
		return true
	}
}

// foresee finds out which pages the branch's statements use, where its machine has a policy that wants to know. What is
// typed later is not known.
func (b *Branch) foresee() {
	m := model.New()
	m.Foresee(&script.Program{Ops: slices.Concat(b.head.Ops, b.ops), Files: b.head.Files}, settings(b.head))
	b.future = m.Future
}

func settings(prog *script.Program) (all []script.Setting) {
	for i := range prog.Ops {
		if d, ok := prog.Ops[i].Do.(*script.Directive); ok && d.Name == "machine" {
			all = append(all, d.Settings...)
		}
	}
	return all
}
