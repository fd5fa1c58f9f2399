package session

import (
	"fmt"

	"vmsim/vm"
	"vmsim/vm/trace"
)

// WhyEvicted is why reclaim took page i of a file when it did so last: what memory was short for, where on which list
// the page was, and when it came back.
func (s *Session) WhyEvicted(name string, i vm.PageIndex) ([]Link, error) {
	path, m, err := s.File(name)
	if err != nil {
		return nil, err
	}
	of := func(kind trace.Kind) func(trace.Event) bool {
		return func(e trace.Event) bool {
			return e.Kind == kind && e.Args[0] == uint64(i) && e.Args[2] == m.Number
		}
	}
	t := s.last(of(trace.PageEvicted))
	if t == 0 {
		return []Link{{0, fmt.Sprintf("reclaim has not taken page %d of %s; why page %s:%d says how it is", i, path,
			name, i)}}, nil
	}
	added, used := s.lastBefore(t, of(trace.CacheAdded)), s.lastBefore(t, of(trace.CacheHit))
	chain := []Link{{0, fmt.Sprintf("page %d of %s was taken by reclaim:", i, path)}}
	if added > 0 {
		chain = append(chain, Link{added, "it had come in at  " + s.statementText(s.Branch().StatementAt(added))})
	}
	if used > added {
		chain = append(chain, Link{used, "it was looked up last at  " +
			s.statementText(s.Branch().StatementAt(used))})
	}
	chain = append(chain, s.causes(t)...)
	if back := s.last(of(trace.CacheAdded)); back > t {
		chain = append(chain, Link{back, "it came back at  " + s.statementText(s.Branch().StatementAt(back))})
	}
	return chain, nil
}

// lastBefore is the last step before t that fits; 0 where there is none.
func (s *Session) lastBefore(t Moment, fits func(trace.Event) bool) Moment {
	b := s.Branch()
	for t--; t > 0; t-- {
		if fits(b.Event(t)) {
			return t
		}
	}
	return 0
}
