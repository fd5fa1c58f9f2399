package policy_test

import "vmsim/pagecache/policy"

func naiveLIRS(size int) naive {
	l := &lirs{size: size, coldRoom: max(1, size/100), hot: map[policy.ID]bool{}}
	return func(page policy.ID) bool {
		hit := l.use(page)
		if !hit {
			l.bring(page)
		}
		for len(l.stack) > 2*size && len(l.ghosts) > 0 {
			l.stack.drop(l.ghosts.pop())
		}
		return hit
	}
}

// lirs is the state of naiveLIRS, in the words of its paper: the stack S, the queue Q of resident cold pages, and the
// cold pages of S that are not in memory.
type lirs struct {
	size, coldRoom       int
	stack, queue, ghosts pages
	hot                  map[policy.ID]bool
}

// prune removes cold pages from the end of the stack.
func (l *lirs) prune() {
	for len(l.stack) > 0 && !l.hot[l.stack.last()] {
		l.ghosts.drop(l.stack.pop())
	}
}

// heat makes a page hot, and the coldest hot pages cold where there are too many.
func (l *lirs) heat(page policy.ID) {
	l.stack.drop(page)
	l.stack.push(page)
	l.hot[page] = true
	l.prune()
	for len(l.hot) > l.size-l.coldRoom {
		page := l.stack.pop()
		delete(l.hot, page)
		l.queue.push(page)
		l.prune()
	}
}

// use notes a use of a page in memory; false if it is not there.
func (l *lirs) use(page policy.ID) bool {
	switch {
	case l.hot[page]:
		l.stack.drop(page)
		l.stack.push(page)
		l.prune()
	case l.queue.has(page) && l.stack.has(page):
		l.queue.drop(page)
		l.heat(page)
	case l.queue.has(page):
		l.queue.drop(page)
		l.queue.push(page)
		l.stack.push(page)
		l.prune()
	default:
		return false
	}
	return true
}

// bring brings a page into memory, in the place of the first cold one if memory is full.
func (l *lirs) bring(page policy.ID) {
	if len(l.hot)+len(l.queue) == l.size {
		if victim := l.queue.pop(); l.stack.has(victim) {
			l.ghosts.push(victim)
		}
	}
	switch {
	case l.ghosts.has(page):
		l.ghosts.drop(page)
		l.heat(page)
	case len(l.hot) < l.size-l.coldRoom:
		l.stack.push(page)
		l.hot[page] = true
	default:
		l.stack.push(page)
		l.queue.push(page)
		l.prune()
	}
}
