package fault

import (
	"errors"
	"fmt"
	"testing"

	"vmsim/disk"
	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// pin gives pages to a device, which reads or writes them.
func (u *users) pin(p *user) error {
	a, n, k := u.somewhere(), 1+u.IntN(2*vm.PageSize), vm.Access(u.IntN(2))
	frames, off, got := p.Pin(a, n, k)
	value, same := byte(u.IntN(256)), true
	want := u.reaches(p, a, n, k, func(i int, b *byte) {
		if i >= got {
			return
		}
		f, at := frames[(off+i)/vm.PageSize], (off+i)%vm.PageSize
		if k == vm.Store {
			*b = value
			p.Space.Memory.Write(f, at, []byte{value})
		}
		same = same && f.Byte(uint64(at)) == *b
	})
	if k == vm.Store {
		for _, f := range frames {
			MarkDirty(f)
		}
	}
	// A device does not read what may only be written or executed.
	for i := 0; i < want; i++ {
		if k == vm.Load && !p.rights[(a+vm.Addr(i)).Floor()].Has(vm.Read) {
			want = i
		}
	}
	if off != int(a.Offset()) || got < want && k == vm.Store || got > want && k == vm.Store || !same {
		return fmt.Errorf("%d bytes from %v were pinned for a %v, want %d; equal: %v", got, a, k, want, same)
	}
	return nil
}

// populate faults in a range of one place.
func (u *users) populate(p *user) error {
	at := places[u.IntN(len(places))]
	first := u.IntN(at.pages)
	end := min(first+1+u.IntN(8), at.pages)
	defer func() { // private pages that may be stored to were copied
		for i := first; i < end; i++ {
			if f := p.Space.NormalFrame(p.Space.Entry(page(at.at, i))); f != nil && f.Has(phys.Anon) {
				u.page(p, page(at.at, i), vm.Store)
			}
		}
	}()
	if u.IntN(2) == 0 {
		p.PopulateQuietly(page(at.at, first), page(at.at, end))
		return nil
	}
	k := vm.Access(u.IntN(2))
	err := p.Prefault(page(at.at, first), page(at.at, end), k)
	for i := first; i < end && err == nil; i++ {
		a := page(at.at, i)
		if why := u.why(p, a, k); why != "" {
			return fmt.Errorf("%v was faulted in for a %v, though it is %s", a, k, why)
		}
		if e := p.Space.Entry(a); !e.Present() || k == vm.Store && !e.Writable() {
			return fmt.Errorf("%v was faulted in for a %v, and the entry is %v", a, k, e)
		}
	}
	return nil
}

// debug reaches a page as a debugger does.
func (u *users) debug(p *user) error {
	a, k := u.somewhere(), vm.Access(u.IntN(2))
	faults := p.Minor + p.Major
	e, err := p.Borrow(a, k)
	_, mapped := p.rights[a.Floor()]
	shared := a >= fileBase && a < privateBase
	beyond := a >= fileBase && u.indexOf(a) >= u.pages
	can := mapped && !beyond && (k == vm.Load || !shared || p.rights[a.Floor()].Has(vm.Write))
	switch {
	case can != (err == nil):
		return fmt.Errorf("a debugger's %v of %v is %v; it can: %v", k, a, err, can)
	case faults != p.Minor+p.Major:
		return fmt.Errorf("a debugger's %v of %v counts as a fault of the process", k, a)
	case err != nil:
		return nil
	}
	f := p.Space.Memory.Frame(e.PFN())
	if k == vm.Store {
		value := byte(u.IntN(256))
		p.Space.Memory.Write(f, int(a.Offset()), []byte{value})
		MarkDirty(f)
		u.page(p, a, k)[a.Offset()] = value
	}
	if b := f.Byte(a.Offset()); b != u.page(p, a, k)[a.Offset()] {
		return fmt.Errorf("a debugger finds %#x at %v, want %#x", b, a, u.page(p, a, k)[a.Offset()])
	}
	return nil
}

// protect gives pages other rights, among them a key.
func (u *users) protect(p *user) error {
	at := places[u.IntN(len(places))]
	first := u.IntN(at.pages)
	end := min(first+1+u.IntN(8), at.pages)
	rights := vm.Flags(u.IntN(8)).WithKey(u.IntN(3))
	for i := first; i < end; i++ {
		p.rights[page(at.at, i)] = rights
	}
	set := func(a *vm.Area, start, end vm.Addr) error {
		_, err := p.Space.Protect(a, start, end, a.Flags&^(vm.AccessFlags|vm.KeyFlags)|rights)
		return err
	}
	return p.Space.Walk(page(at.at, first), page(at.at, end), vm.StopAtHole, set)
}

func (u *users) restrict(p *user) error {
	p.Restrict(u.IntN(3), vm.KeyRights(u.IntN(4)))
	return nil
}

// evict writes pages of all kinds out and takes them from memory.
func (u *users) evict(p *user) error {
	at := places[u.IntN(len(places))]
	first := u.IntN(at.pages)
	u.cache.Reclaim.PageOut(p.Space, page(at.at, first), page(at.at, min(first+u.IntN(12), at.pages)))
	return nil
}

// truncate gives the file another end. Private copies go with the pages that it loses, and what its last page has
// beyond the end reads as zero. Then the file gets all of that page: what is stored beyond an end is lost with the next
// writeback.
func (u *users) truncate(p *user) error {
	size := u.IntN(filePages*vm.PageSize + 1)
	if u.IntN(2) == 0 {
		size = filePages * vm.PageSize
	}
	now := (size + vm.PageSize - 1) / vm.PageSize
	for i := range filePages {
		switch {
		case i >= now:
			u.file[i] = content{}
		case i == now-1 && size%vm.PageSize != 0:
			clear(u.file[i][size%vm.PageSize:])
		}
	}
	if now < u.pages {
		for _, p := range u.procs {
			for a := range p.own {
				if a >= privateBase && u.indexOf(a) >= now {
					delete(p.own, a)
				}
			}
		}
	}
	u.pages = now
	err := u.machine.file.Mapping.Truncate(int64(size))
	err = errors.Join(err, u.try(p, page(fileBase, max(now, 1))-1, vm.Load))
	return errors.Join(err, u.machine.file.Mapping.Truncate(int64(now)*vm.PageSize))
}

// sync makes the file durable: the disk has its bytes then.
func (u *users) sync(*user) error {
	if err := u.machine.file.Sync(0, pagecache.LastPage, pagecache.ItsBytes); err != nil {
		return err
	}
	var there [filePages]content
	for _, e := range u.machine.file.Mapping.Extents() {
		for b := e.First; b < e.End() && e.State == disk.Written; b++ {
			var block [disk.BlockSize]byte
			u.disk.Peek((e.Place + disk.Place(b-e.First)).Block(), &block)
			at := int(b%disk.Parts) * disk.FileBlockSize
			copy(there[b/disk.Parts][at:at+disk.FileBlockSize], block[at:])
		}
	}
	for i := range u.pages {
		if there[i] != u.file[i] {
			return fmt.Errorf("the disk has other bytes of page %d than the file", i)
		}
	}
	return nil
}

func (u *users) discard(p *user) error {
	at := places[u.IntN(len(places))]
	a := page(at.at, u.IntN(at.pages))
	delete(p.own, a)
	p.Space.Discard(p.Space.Find(a), a, a+vm.PageSize)
	return nil
}

func (u *users) fork(p *user) error {
	if len(u.procs) == 3 {
		u.end(1 + u.IntN(2))
		return nil
	}
	s := vm.NewSpace(p.Space.Log, p.Space.LRU, p.Space.Commit, p.Space.Limits)
	s.Profile = p.Space.Profile
	if err := p.Space.Fork(s); err != nil {
		return err
	}
	child := &user{CPU: NewCPU(s, p.Handler), rights: map[vm.Addr]vm.Flags{}, own: map[vm.Addr]*content{}}
	child.Rights = p.Rights
	for a, f := range p.rights {
		child.rights[a] = f
	}
	for a, c := range p.own {
		own := *c
		child.own[a] = &own
	}
	u.procs = append(u.procs, child)
	return nil
}

func (u *users) end(i int) {
	p := u.procs[i]
	u.procs = append(u.procs[:i:i], u.procs[i+1:]...)
	p.Detach()
	p.Space.UnmapAll()
	p.Space.LRU.Drain()
}

// actions are what a step may do; below is the upper bound of the numbers from 0 to 99 that choose it.
var actions = []struct {
	below int
	name  string
	do    func(*users, *user) error
}{
	{60, "access", (*users).access}, {68, "copy", (*users).copies}, {72, "pin", (*users).pin},
	{76, "populate", (*users).populate}, {79, "debug", (*users).debug}, {83, "protect", (*users).protect},
	{85, "restrict", (*users).restrict}, {91, "evict", (*users).evict}, {93, "truncate", (*users).truncate},
	{95, "sync", (*users).sync}, {97, "discard", (*users).discard}, {100, "fork", (*users).fork},
}

// run does steps things at random; the error is the first fact that does not hold.
func (u *users) run(steps int) (err error) {
	what := ""
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s: %v", what, r)
		}
	}()
	for step := range steps {
		p, at := u.procs[u.IntN(len(u.procs))], u.IntN(100)
		for _, a := range actions {
			if at < a.below {
				what = fmt.Sprintf("step %d, %s", step, a.name)
				err = errors.Join(a.do(u, p), u.check())
				break
			}
		}
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	return nil
}

func (u *users) check() error {
	var all []error
	for _, p := range u.procs {
		all = append(all, p.Check(), p.Space.Check())
	}
	return errors.Join(append(all, u.Space.Memory.Check(), u.cache.Check())...)
}

func TestAccessesFindTheBytesAndTheSignalsOfARecordOfAllPages(t *testing.T) {
	old := profile.New(profile.Release{Major: 5, Minor: 10}, profile.Config{})
	for _, which := range []*profile.Profile{profile.Default(), old} {
		for seed := range uint64(4) {
			if err := newUsers(t, seed, which).run(1500); err != nil {
				t.Fatalf("%v, seed %d, %v", which, seed, err)
			}
		}
	}
}

// A test that cannot fail holds nothing: each kernel with an error in a fault has to be found.
func TestAccessesOnKernelsWithAnErrorDisagree(t *testing.T) {
	for _, m := range []profile.Mutant{
		profile.CopyForgotten, profile.SharedTakenOver, profile.BeyondEndSegv, profile.PrivateStoreThrough,
		profile.SwapWrongSlot, profile.SwapOutDrops, profile.DirtyBitLost, profile.WritebackKeepsWritable,
		profile.TruncateKeepsPart, profile.TruncateKeepsCopies,
	} {
		t.Run(m.String(), func(t *testing.T) {
			for seed := range uint64(6) {
				u := newUsers(t, seed, profile.Default().Mutated(m))
				if err := u.run(1500); err != nil {
					t.Log(err)
					return
				}
			}
			t.Errorf("not found: %s", m.Info().Says)
		})
	}
}
