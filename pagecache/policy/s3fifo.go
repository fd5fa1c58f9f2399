package policy

// The lists of S3-FIFO.
const (
	s3Small list = iota // a tenth of memory: where new pages come in
	s3Main
	s3Ghost // ghosts of s3Small, as many as s3Main has room for
)

// s3FIFO has three FIFOs. Most pages are used once and leave soon by the small one. A page that was used twice there,
// or that is referenced as a ghost, comes into the main one, which gives used pages further rounds.
//
//	new -->  small [10%] -- used twice or more -->  main [90%] --> leaves if not used since, else another round
//	              |                                   ^
//	              +-- not -->  leaves, ghost ---------+ referenced as a ghost
//
// Source: J. Yang et al., FIFO Queues are All You Need for Cache Eviction (SOSP 2023).
type s3FIFO struct {
	queues
	used     notes // how often it was hit, up to three
	mainRoom int   // how long the main queue should be
	ghosts   int
	promote  bool // the page that comes was a ghost
}

func newS3FIFO(pages int) *s3FIFO {
	small := max(1, pages/10)
	return &s3FIFO{queues: newQueues(pages), mainRoom: pages - small, ghosts: pages * 9 / 10}
}

func (p *s3FIFO) Hit(page ID) { p.used[page] = min(p.used[page]+1, 3) }

// Victim moves pages that were used twice from the small queue to the main one, and evicts the first that was not. The
// main queue gives way only when it is over its share.
func (p *s3FIFO) Victim(coming ID) ID {
	p.promote = p.removeGhost(coming, s3Ghost)
	for {
		if p.size[s3Main] > p.mainRoom || p.size[s3Small] == 0 {
			return p.evictMain()
		}
		page := p.back(s3Small)
		if p.used[page] < 2 {
			return p.retire(s3Small, s3Ghost, p.ghosts)
		}
		p.shift(page, s3Main)
		p.used[page] = 0
	}
}

// evictMain gives used pages another round until one is found that was not used.
func (p *s3FIFO) evictMain() ID {
	for {
		page := p.back(s3Main)
		if p.used[page] == 0 {
			return p.drop(s3Main)
		}
		p.used[page]--
		p.refresh(s3Main, page)
	}
}

// Add puts a page whose ghost is remembered into the main queue, any other into the small one.
func (p *s3FIFO) Add(page ID) {
	to := s3Small
	if p.removeGhost(page, s3Ghost) || p.promote {
		to, p.promote = s3Main, false
	}
	p.enter(to, page)
	p.used.set(page, 0)
}
