package policy

// The lists of S3-FIFO.
const (
	s3Small list = iota // a tenth of memory: where new pages come in
	s3Main
	s3Ghost // ghosts of s3Small, as many as s3Main has room for
)

// s3FIFO has three FIFOs. Most pages are used once and leave soon by the small one. A page that was used twice there,
// or that is referenced as a ghost, comes into the main one, which gives used pages further rounds.
// Source: J. Yang et al., FIFO Queues are All You Need for Cache Eviction (SOSP 2023).
type s3FIFO struct {
	links
	in             notes // the list that a page is in, plus one; 0 for none
	used           notes // how often it was hit, up to three
	room, mainRoom int   // how long the small queue and the main one should be
	ghosts         int
	promote        bool // the page that comes was a ghost
}

func newS3FIFO(pages int) *s3FIFO {
	small := max(1, pages/10)
	return &s3FIFO{links: newLinks(pages), room: small, mainRoom: pages - small, ghosts: pages * 9 / 10}
}

func (p *s3FIFO) Hit(page ID) { p.used[page] = min(p.used[page]+1, 3) }

func (p *s3FIFO) Victim(coming ID) ID {
	p.forgive(coming)
	for {
		if p.size[s3Main] > p.mainRoom || p.size[s3Small] == 0 {
			return p.evictMain()
		}
		page := p.pop(s3Small)
		if p.used[page] < 2 {
			p.in[page] = 0
			p.remember(page)
			return page
		}
		p.push(s3Main, page)
		p.in[page], p.used[page] = uint8(s3Main)+1, 0
	}
}

// evictMain gives used pages another round until one is found that was not used.
func (p *s3FIFO) evictMain() ID {
	for {
		page := p.back(s3Main)
		if p.used[page] == 0 {
			p.in[page] = 0
			return p.pop(s3Main)
		}
		p.used[page]--
		p.refresh(s3Main, page)
	}
}

// remember makes a ghost of a page, and forgets the oldest one when there are too many.
func (p *s3FIFO) remember(page ID) {
	if p.ghosts == 0 {
		return
	}
	if p.size[s3Ghost] == p.ghosts {
		p.in[p.pop(s3Ghost)] = 0
	}
	p.push(s3Ghost, page)
	p.in[page] = uint8(s3Ghost) + 1
}

// forgive takes a page that was a ghost out of the ghosts, and notes that it was one.
func (p *s3FIFO) forgive(page ID) {
	if list(p.in.of(page)) == s3Ghost+1 {
		p.take(s3Ghost, page)
		p.in[page] = 0
		p.promote = true
	}
}

func (p *s3FIFO) Add(page ID) {
	p.forgive(page)
	to := s3Small
	if p.promote {
		to, p.promote = s3Main, false
	}
	p.push(to, page)
	p.in.set(page, uint8(to)+1)
	p.used.set(page, 0)
}

func (p *s3FIFO) Remove(page ID) {
	p.take(list(p.in[page]-1), page)
	p.in[page] = 0
}
