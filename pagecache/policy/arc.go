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
// Source: N. Megiddo and D. S. Modha, ARC: A Self-Tuning, Low Overhead Replacement Cache (FAST 2003), figure 4.
type arc struct {
	links
	in     notes   // the list that a page is in, plus one; 0 for none
	pages  int     // c of the paper
	target float64 // p of the paper: how many pages arcT1 should have
}

func newARC(pages int) *arc { return &arc{links: newLinks(pages), pages: pages} }

func (p *arc) Hit(page ID) { p.shift(page, arcT2) }

// shift moves a page from the list that it is in to another one.
func (p *arc) shift(page ID, to list) {
	from := list(p.in[page] - 1)
	if from == to {
		p.refresh(to, page)
		return
	}
	p.move(from, to, page)
	p.in[page] = uint8(to) + 1
}

// Victim follows cases II, III and IV of the paper up to the eviction.
func (p *arc) Victim(coming ID) ID {
	switch list(p.in.of(coming)) {
	case arcB1 + 1:
		p.target = min(p.target+max(1, float64(p.size[arcB2])/float64(p.size[arcB1])), float64(p.pages))
		return p.replace(false)
	case arcB2 + 1:
		p.target = max(p.target-max(1, float64(p.size[arcB1])/float64(p.size[arcB2])), 0)
		return p.replace(true)
	}
	if p.size[arcT1] == p.pages {
		page := p.pop(arcT1)
		p.in[page] = 0
		return page
	}
	p.forget(p.pages - 1)
	return p.replace(false)
}

// replace evicts from the side that is larger than its target, and makes a ghost of the victim.
func (p *arc) replace(frequent bool) ID {
	recent, from, to := float64(p.size[arcT1]), arcT2, arcB2
	if recent >= 1 && (recent > p.target || frequent && recent == p.target) || p.size[arcT2] == 0 {
		from, to = arcT1, arcB1
	}
	page := p.back(from)
	p.move(from, to, page)
	p.in[page] = uint8(to) + 1
	return page
}

// forget drops the oldest ghosts until a page that was never seen has its place: at most limit pages in arcT1 and
// arcB1, and at most so many and one memory more in all four lists.
func (p *arc) forget(limit int) {
	for p.size[arcB1] > 0 && p.size[arcT1]+p.size[arcB1] > limit {
		p.in[p.pop(arcB1)] = 0
	}
	for p.size[arcB2] > 0 && p.size[arcT1]+p.size[arcB1]+p.size[arcT2]+p.size[arcB2] > limit+p.pages {
		p.in[p.pop(arcB2)] = 0
	}
}

func (p *arc) Add(page ID) {
	if p.in.of(page) != 0 {
		p.shift(page, arcT2)
		return
	}
	p.forget(p.pages - 1)
	p.push(arcT1, page)
	p.in.set(page, uint8(arcT1)+1)
}

func (p *arc) Remove(page ID) {
	p.take(list(p.in[page]-1), page)
	p.in[page] = 0
}
