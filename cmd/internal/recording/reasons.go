package recording

import (
	"slices"

	"vmsim/pagecache"
	"vmsim/syscalls/session"
	"vmsim/vm"
	"vmsim/vm/trace"
)

// maxReasons is how many chains of causes are asked for in one recording. Those of a program that a lecture shows are
// some hundreds.
const maxReasons = 6000

// reasons asks the session why things are as they are, whenever they change.
type reasons struct {
	s    *session.Session
	r    *Recording
	left int
	page map[key]bool // the things that there have been
	last int          // the step at which too many chains had been asked for; 0 while there are not
}

// newReasons begins with what is there before the first step.
func newReasons(s *session.Session, r *Recording, there []key) *reasons {
	y := &reasons{s: s, r: r, left: maxReasons, page: map[key]bool{}}
	for _, k := range there {
		y.note(k)
	}
	y.statementDone()
	return y
}

// note reports whether there is a chain of causes for things like k, and remembers k.
func (y *reasons) note(k key) bool {
	if k.panel == entry || k.panel == cached || k.panel == area {
		y.page[k] = true
		return true
	}
	return false
}

// stepDone asks about what a step has changed.
func (y *reasons) stepDone(e trace.Event, changed []int, keys []key) {
	for i := 0; i < len(changed); i += 3 {
		if k := keys[changed[i]]; y.note(k) {
			y.ask(k)
		}
	}
	switch e.Kind {
	case trace.FaultMinor, trace.FaultMajor, trace.SignalRaised:
		if !y.may(1) {
			return
		}
		if chain, err := y.s.WhyFault(); err == nil {
			y.r.Faults = append(y.r.Faults, Reason{int(y.s.At()), chain})
		}
	}
}

// statementDone asks about all of them anew: what has become of one may have to do with another.
func (y *reasons) statementDone() {
	if n := len(y.page); n > y.left {
		y.may(n)
		return
	}
	all := make([]key, 0, len(y.page))
	for k := range y.page {
		all = append(all, k)
	}
	slices.SortFunc(all, compareKeys)
	for _, k := range all {
		y.ask(k)
	}
}

// ask keeps the chain of a thing where it is another one than before.
func (y *reasons) ask(k key) {
	if !y.may(1) {
		return
	}
	chain := y.chain(k)
	name := k.String()
	have := y.r.Reasons[name]
	if n := len(have); n > 0 && slices.Equal(have[n-1].Chain, chain) || n == 0 && chain == nil {
		return
	}
	at := int(y.s.At())
	if n := len(have); n > 0 && have[n-1].At == at {
		have = have[:n-1]
	}
	y.r.Reasons[name] = append(have, Reason{at, chain})
}

func (y *reasons) chain(k key) (chain []session.Link) {
	var err error
	switch k.panel {
	case entry:
		chain, err = y.s.WhyEntry(int(k.of), vm.Addr(k.at))
	case area:
		chain, err = y.areaChain(int(k.of), vm.Addr(k.at))
	case cached:
		y.s.EachFile(func(name string, m *pagecache.Mapping) {
			if m.Number == k.of && chain == nil {
				chain, err = y.s.WhyPage(name, vm.PageIndex(k.at))
			}
		})
	}
	if err != nil {
		return nil
	}
	return chain
}

// areaChain is why the area of an address is there, and why it stays apart from its neighbours.
func (y *reasons) areaChain(pid int, at vm.Addr) ([]session.Link, error) {
	chain, err := y.s.WhyAddress(pid, at)
	if err != nil {
		return nil, err
	}
	if apart, err := y.s.WhyMerge(pid, at); err == nil && len(apart) > 1 {
		chain = append(chain, apart[1:]...)
	}
	return chain, nil
}

// may reports whether n more chains may be asked for.
func (y *reasons) may(n int) bool {
	if y.last == 0 && n > y.left {
		y.last, y.left = int(y.s.At()), 0
	}
	if y.last > 0 {
		return false
	}
	y.left -= n
	return true
}

// until is the last step before which all chains are known.
func (y *reasons) until() int {
	if y.last == 0 {
		return int(y.s.At())
	}
	return y.last - 1
}
