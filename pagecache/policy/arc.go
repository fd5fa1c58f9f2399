package policy

// The lists of ARC, all of them in the order of the last use.
const (
	arcT1 list = iota // in memory, referenced once lately
	arcT2             // in memory, referenced twice or more
	arcB1             // ghosts of arcT1
	arcB2             // ghosts of arcT2
)

// arc divides memory between pages used once and pages used more often. A hit on a ghost of one side moves the division
// towards that side: the policy tunes itself.
//
//	           recency                    frequency
//	ghosts     B1  <-- evicted -- [ T1 | T2 ] -- evicted -->  B2
//	                               target: pages of T1
//
// Four lists of numbers, of which only T1 and T2 have frames: together at most pages. T1 and B1 together have at most
// pages as well, and all four at most twice as many.
// Source: N. Megiddo and D. S. Modha, ARC: A Self-Tuning, Low Overhead Replacement Cache (FAST 2003), figure 4.
type arc struct {
	queues
	pages  int     // c of the paper
	target float64 // p of the paper: how many pages arcT1 should have
	moved  bool    // the page that comes has moved the target already
}

func newARC(pages int) *arc { return &arc{queues: newQueues(pages), pages: pages} }

// Hit moves the page to the front of T2: it has been used at least twice.
func (p *arc) Hit(page ID) { p.shift(page, arcT2) }

// Victim follows cases II, III and IV of the paper up to the eviction.
func (p *arc) Victim(coming ID) ID {
	p.moved = p.moveTarget(coming)
	if !p.moved {
		if p.size[arcT1] == p.pages {
			return p.drop(arcT1)
		}
		p.forget(p.pages - 1)
	}
	return p.replace(p.isIn(coming, arcB2))
}

// moveTarget moves the division of memory towards the side whose ghost is coming, and reports whether it is one. The
// step is 1, or the ratio of the two ghost lists if that is more: a ghost of the shorter list says more.
func (p *arc) moveTarget(coming ID) bool {
	b1, b2 := float64(p.size[arcB1]), float64(p.size[arcB2])
	switch {
	case p.isIn(coming, arcB1):
		p.target = min(p.target+max(1, b2/b1), float64(p.pages))
	case p.isIn(coming, arcB2):
		p.target = max(p.target-max(1, b1/b2), 0)
	default:
		return false
	}
	return true
}

// replace evicts from the side that is larger than its target, and makes a ghost of the victim. At the target a page
// that was used more often takes the place of one that was used once.
func (p *arc) replace(frequent bool) ID {
	recent, from, to := float64(p.size[arcT1]), arcT2, arcB2
	if recent >= 1 && (recent > p.target || frequent && recent == p.target) || p.size[arcT2] == 0 {
		from, to = arcT1, arcB1
	}
	page := p.back(from)
	p.shift(page, to)
	return page
}

// forget drops the oldest ghosts until a page that was never seen has its place: at most limit pages in arcT1 and
// arcB1, and at most so many and one memory more in all four lists.
func (p *arc) forget(limit int) {
	for p.size[arcB1] > 0 && p.size[arcT1]+p.size[arcB1] > limit {
		p.drop(arcB1)
	}
	for p.size[arcB2] > 0 && p.size[arcT1]+p.size[arcB1]+p.size[arcT2]+p.size[arcB2] > limit+p.pages {
		p.drop(arcB2)
	}
}

// Add puts a page that a ghost remembers into T2, after the target has moved towards the list that would have kept it,
// and any other into T1.
func (p *arc) Add(page ID) {
	if p.in.of(page) != 0 {
		if !p.moved {
			p.moveTarget(page)
		}
		p.moved = false
		p.shift(page, arcT2)
		return
	}
	p.forget(p.pages - 1)
	p.enter(arcT1, page)
}
