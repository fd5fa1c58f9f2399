package policy

// queues are the lists of a policy that has several, and the list that each page is in. A list may hold ghosts: pages
// that were evicted and are remembered.
type queues struct {
	links
	in notes // the list that a page is in, plus one; 0 for none
}

func newQueues(pages int) queues { return queues{links: newLinks(pages)} }

// isIn reports whether a page is in a list.
func (q *queues) isIn(page ID, l list) bool { return list(q.in.of(page)) == l+1 }

// enter puts a page that is in no list at the front of one.
func (q *queues) enter(to list, page ID) {
	q.push(to, page)
	q.in.set(page, uint8(to)+1)
}

// shift moves a page from the list that it is in to the front of another, or to the front of the same.
func (q *queues) shift(page ID, to list) {
	from := list(q.in[page] - 1)
	if from == to {
		q.refresh(to, page)
		return
	}
	q.move(from, to, page)
	q.in[page] = uint8(to) + 1
}

// drop takes the page at the back out of a list that is not empty, and forgets it.
func (q *queues) drop(from list) ID {
	page := q.pop(from)
	q.in[page] = 0
	return page
}

// Remove forgets a page.
func (q *queues) Remove(page ID) {
	q.take(list(q.in[page]-1), page)
	q.in[page] = 0
}

// retire makes the page at the back of a list a ghost, and forgets the oldest ghost when there are more than most.
func (q *queues) retire(from, ghosts list, most int) ID {
	page := q.back(from)
	q.shift(page, ghosts)
	if q.size[ghosts] > most {
		q.drop(ghosts)
	}
	return page
}

// removeGhost takes a page out of the ghosts, and reports whether it was one.
func (q *queues) removeGhost(page ID, ghosts list) bool {
	was := q.isIn(page, ghosts)
	if was {
		q.Remove(page)
	}
	return was
}
