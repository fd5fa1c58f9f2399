package policy

// Simulation counts the misses of a policy over a trace that comes in parts. The first reference to each page is a miss
// for every policy (a cold miss), so ratios never fall to zero.
// Linux: none.
type Simulation struct {
	Pages    int // the memory's size
	Requests uint64
	Misses   uint64

	policy Policy
	here   []bool // for each page, whether it is in memory
	count  int    // pages in memory
}

// NewSimulation makes a simulation of a policy that was made for so many pages.
func NewSimulation(p Policy, pages int) *Simulation { return &Simulation{Pages: pages, policy: p} }

// Ratio is misses divided by references, 0 before the first one.
func (s *Simulation) Ratio() float64 {
	if s.Requests == 0 {
		return 0
	}
	return float64(s.Misses) / float64(s.Requests)
}

// Run makes the references of a part of the trace, in order.
func (s *Simulation) Run(part []ID) {
	s.Requests += uint64(len(part))
	here := s.here
	for _, page := range part {
		if int(page) < len(here) && here[page] {
			s.policy.Hit(page)
			continue
		}
		s.miss(page)
		here = s.here
	}
}

// miss brings a page in.
func (s *Simulation) miss(page ID) {
	s.Misses++
	if int(page) >= len(s.here) {
		s.here = append(s.here, make([]bool, max(int(page)+1-len(s.here), len(s.here)/4))...)
	}
	if s.count == s.Pages {
		s.here[s.policy.Victim(page)] = false
	} else {
		s.count++
	}
	s.policy.Add(page)
	s.here[page] = true
}
