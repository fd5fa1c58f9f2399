// Package policytest holds policies of the page cache against what the cache relies on, so that an exercise may replace
// one and find out whether it plays by the rules. How good a policy is, it does not say.
//
// A policy may read too much or write too late: that costs time. It must not leave out the page that a task waits
// for, or go back, or never come to an end, or decide otherwise when it is asked the same again.
package policytest

import (
	"errors"
	"fmt"
	"time"

	"vmsim/pagecache"
	"vmsim/vm"
)

// most are the longest windows that are tried, in pages: read_ahead_kb of 0 is none of them, since the policy is not
// called then.
var most = []uint64{1, 4, 32, 256}

// Readahead asks a policy of reading ahead about readers of many kinds; the error is the first rule that it breaks.
//
//	wanted pages      1 to 1000, also more than a window may have
//	longest window    1 to 256 pages, and no policy may exceed it
//	the reader        follows the last read, or has jumped; with or without cached pages before the miss
func Readahead(p pagecache.Readahead) error {
	for _, limit := range most {
		for _, page := range []vm.PageIndex{0, 1, 7, 40, 1 << 20} {
			for _, wanted := range []uint64{1, 2, 31, 64, 1000} {
				for _, x := range []pagecache.Miss{
					{Page: page, Wanted: wanted, Most: limit, Follows: true},
					{Page: page, Wanted: wanted, Most: limit},
					{Page: page, Wanted: wanted, Most: limit, Before: min(limit, uint64(page))},
				} {
					if err := follow(p, x); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// follow asks for the first window and for those after it. The windows must join: a page between two of them would
// never be read ahead, one in both would be read twice.
func follow(p pagecache.Readahead, x pagecache.Miss) error {
	w, ok := p.Start(x)
	if again, also := p.Start(x); again != w || also != ok {
		return fmt.Errorf("Start(%+v) gives %+v, and then %+v", x, w, again)
	}
	if !ok {
		return nil
	}
	if x.Page < w.First || uint64(x.Page-w.First) >= w.Pages {
		return fmt.Errorf("Start(%+v) gives %+v, which has not the page that was missed", x, w)
	}
	if err := sound(w, x.Most); err != nil {
		return fmt.Errorf("Start(%+v): %w", x, err)
	}
	for range 20 {
		next := p.Next(w, x.Most)
		if again := p.Next(w, x.Most); again != next {
			return fmt.Errorf("Next(%+v, %d) gives %+v, and then %+v", w, x.Most, next, again)
		}
		if next.First != w.First+vm.PageIndex(w.Pages) {
			return fmt.Errorf("Next(%+v, %d) gives %+v, which does not begin where that one ends", w, x.Most, next)
		}
		if err := sound(next, max(x.Most, w.Pages)); err != nil {
			return fmt.Errorf("Next(%+v, %d): %w", w, x.Most, err)
		}
		w = next
	}
	return nil
}

// sound holds a window against the rules that every one is under.
func sound(w pagecache.Window, most uint64) error {
	switch {
	case w.Pages == 0:
		return fmt.Errorf("%+v has no pages", w)
	case w.Pages > most:
		return fmt.Errorf("%+v is longer than %d pages", w, most)
	case w.Async > w.Pages:
		return fmt.Errorf("the mark of %+v comes before it", w)
	case w.Order < 0:
		return fmt.Errorf("%+v has folios of no size", w)
	}
	return nil
}

// Flusher asks a policy of writing back about queues of many kinds; the error is the first rule that it breaks. Queues
// of 0 to 5 files of different ages are offered every 5 seconds, with little and with much dirty: an old file must be
// chosen in the end, and with much dirty some file at once.
func Flusher(p pagecache.Flusher) error {
	const expire = 30 * time.Second
	for n := range 6 {
		queue := make([]pagecache.Queued, n)
		for i := range queue {
			queue[i] = pagecache.Queued{Since: time.Duration(i) * 10 * time.Second, Pages: 100 * (n - i)}
		}
		for now := time.Duration(0); now <= 100*time.Second; now += 5 * time.Second {
			for _, load := range []pagecache.Load{pagecache.Light, pagecache.Heavy} {
				if err := chosen(p, queue, now, expire, load); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// chosen holds one choice against the rules: each file once and from the queue, the same whenever it is asked, and
// sooner or later everything. With much dirty, a choice of nothing would let every writer wait for a flusher that does
// not write.
func chosen(p pagecache.Flusher, queue []pagecache.Queued, now, expire time.Duration, load pagecache.Load) error {
	out := p.Choose(queue, now, expire, load)
	ask := fmt.Sprintf("Choose(%d files, %v, %v, load %d)", len(queue), now, expire, load)
	if again := p.Choose(queue, now, expire, load); fmt.Sprint(again) != fmt.Sprint(out) {
		return fmt.Errorf("%s gives %v, and then %v", ask, out, again)
	}
	seen := map[int]bool{}
	for _, i := range out {
		if i < 0 || i >= len(queue) || seen[i] {
			return fmt.Errorf("%s gives %v: not each a file of the queue, and once", ask, out)
		}
		seen[i] = true
	}
	if len(queue) > 0 && len(out) == 0 && (load == pagecache.Heavy || now-queue[0].Since >= 2*expire) {
		return fmt.Errorf("%s gives nothing, though much is dirty, or has been for long", ask)
	}
	return nil
}

// Replacer sends pages through a policy of reclaim, which make makes anew and empty; the error is the first rule that
// it breaks. A page is added, used, named as a victim and removed as a machine does it, with some pages that may not
// go.
func Replacer(make func() pagecache.Replacer) error {
	for _, frames := range []int{1, 2, 7, 40} {
		r := replacing{policy: make(), in: map[pagecache.Page]bool{}, frames: frames}
		if _, ok := r.policy.Victim(r.may); ok {
			return errors.New("a Victim is named though no page is in memory")
		}
		for i := range 2000 {
			// A page is used again soon, or seldom; one in five may not go.
			p := pagecache.Page((i*i + i/3) % (3 * frames))
			r.pinned = pagecache.Page(i % 5)
			if err := r.use(p); err != nil {
				return fmt.Errorf("with %d frames, at step %d: %w", frames, i, err)
			}
		}
	}
	return nil
}

// replacing is a memory of a few frames. It has the two things that a policy must not assume away: pages that leave
// without having been named, and pages that may not be named.
type replacing struct {
	policy pagecache.Replacer
	in     map[pagecache.Page]bool
	frames int
	pinned pagecache.Page // pages of this number, modulo 5, may not go
}

// may reports whether a page is in memory and not pinned at the moment.
func (r *replacing) may(p pagecache.Page) bool { return r.in[p] && p%5 != r.pinned }

// use brings a page in, or uses it once more.
func (r *replacing) use(p pagecache.Page) error {
	if r.in[p] {
		r.policy.Accessed(p)
		return nil
	}
	if len(r.in) >= r.frames {
		if err := r.evict(); err != nil {
			return err
		}
	}
	r.in[p] = true
	r.policy.Added(p)
	return nil
}

// evict removes what the policy names, or anything where nothing may go. Victim is called twice: it may be asked
// without consequence, and must then name the same page.
func (r *replacing) evict() error {
	any := false
	for p := range r.in {
		any = any || r.may(p)
	}
	v, ok := r.policy.Victim(r.may)
	again, still := r.policy.Victim(r.may)
	switch {
	case ok != any:
		return fmt.Errorf("the answer of Victim is %v, though there being a page that may go is %v", ok, any)
	case ok != still || ok && v != again:
		return fmt.Errorf("the Victim is %d, and then %d", v, again)
	case ok && !r.in[v]:
		return fmt.Errorf("the Victim is page %d, which is not in memory", v)
	case ok && !r.may(v):
		return fmt.Errorf("the Victim is page %d, which may not go", v)
	}
	if !ok {
		for p := range r.in {
			v = max(v, p)
		}
	}
	delete(r.in, v)
	r.policy.Removed(v)
	return nil
}
