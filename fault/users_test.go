package fault

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"vmsim/vm"
	"vmsim/vm/profile"
)

// content is the bytes of a page.
type content [vm.PageSize]byte

// user is a process, and what its accesses have to find: the rights of its pages and their bytes, without a page table,
// a page cache or a swap area.
type user struct {
	*CPU
	rights map[vm.Addr]vm.Flags // of each mapped page: AccessFlags and KeyFlags
	own    map[vm.Addr]*content // its private pages
}

// users are a few processes that map one file twice, shared and private.
type users struct {
	*machine
	*rand.Rand
	procs []*user
	file  [filePages]content
	pages int // of the file; the others are beyond its end
}

const anonPages = 10

// places are where there is memory, and how many pages.
var places = []struct {
	at    vm.Addr
	pages int
}{{base, anonPages}, {fileBase, filePages}, {privateBase, filePages}}

func newUsers(t *testing.T, seed uint64, which *profile.Profile) *users {
	m := newUnchecked(t)
	m.Space.Profile, m.Handler.Profile, m.cache.Profile = which, which, which
	m.anon(anonPages)
	u := &users{machine: m, Rand: rand.New(rand.NewPCG(seed, 8)), pages: filePages}
	first := &user{CPU: m.CPU, rights: map[vm.Addr]vm.Flags{}, own: map[vm.Addr]*content{}}
	for _, p := range places {
		for i := range p.pages {
			first.rights[page(p.at, i)] = vm.Read | vm.Write
		}
	}
	for i := range anonPages {
		first.own[page(base, i)] = &content{'a' + byte(i)}
	}
	for i := range filePages {
		for j := range vm.PageSize {
			u.file[i][j] = 'a' + byte(i%26)
		}
	}
	u.procs = []*user{first}
	return u
}

// somewhere is an address in or near memory. It is often close to the border of two pages.
func (u *users) somewhere() vm.Addr {
	p := places[u.IntN(len(places))]
	a := page(p.at, u.IntN(p.pages))
	switch u.IntN(20) {
	case 0:
		return p.at + vm.Addr(p.pages)*vm.PageSize - 1 + vm.Addr(u.IntN(2))
	case 1, 2, 3:
		return a + vm.PageSize - 1
	}
	return a + vm.Addr(u.IntN(3))
}

// why is which signal an access raises; empty for none.
func (u *users) why(p *user, a vm.Addr, k vm.Access) string {
	f, mapped := p.rights[a.Floor()]
	need := map[vm.Access]vm.Flags{vm.Load: vm.AccessFlags, vm.Store: vm.Write, vm.Fetch: vm.Exec}[k]
	beyond := a >= fileBase && mapped && u.indexOf(a) >= u.pages
	switch {
	case !mapped:
		return "SEGV_MAPERR"
	case p.Rights.Forbids(f.Key(), k):
		return "SEGV_PKUERR"
	case beyond && f.Any(need|vm.AccessFlags) && k != vm.Store: // whether code may run shows once the page is there
		return "BUS_ADRERR"
	case !f.Any(need):
		return "SEGV_ACCERR"
	case beyond:
		return "BUS_ADRERR"
	}
	return ""
}

// indexOf is the page of the file that a file's area shows at a.
func (u *users) indexOf(a vm.Addr) int {
	if a >= privateBase {
		a -= privateBase - fileBase
	}
	return int((a - fileBase) >> vm.PageShift)
}

// page is the bytes that p sees at a; for a store a private page is the process's own from then on.
func (u *users) page(p *user, a vm.Addr, k vm.Access) *content {
	at := a.Floor()
	own := p.own[at]
	switch {
	case a >= fileBase && a < privateBase:
		return &u.file[u.indexOf(a)]
	case own != nil:
		return own
	case a >= privateBase:
		own = new(content)
		*own = u.file[u.indexOf(a)]
	default:
		own = new(content)
	}
	if k == vm.Store {
		p.own[at] = own
	}
	return own
}

// reaches is how many of n bytes from a on an access reaches before its first signal, and calls fn for each.
func (u *users) reaches(p *user, a vm.Addr, n int, k vm.Access, fn func(i int, b *byte)) int {
	for i := range n {
		x := a + vm.Addr(i)
		if u.why(p, x, k) != "" {
			return i
		}
		fn(i, &u.page(p, x, k)[x.Offset()])
	}
	return n
}

// access loads, stores or fetches.
func (u *users) access(p *user) error {
	return u.try(p, u.somewhere(), []vm.Access{vm.Load, vm.Load, vm.Store, vm.Store, vm.Store, vm.Fetch}[u.IntN(6)])
}

func (u *users) try(p *user, a vm.Addr, k vm.Access) error {
	var b byte
	var err error
	value := byte(u.IntN(256))
	switch k {
	case vm.Load:
		b, err = p.Load(a)
	case vm.Store:
		err = p.Store(a, value)
	default:
		err = p.Touch(a, k)
	}
	got, want := "", u.why(p, a, k)
	var s *Signal
	if errors.As(err, &s) {
		got = s.CodeName()
	}
	switch {
	case got != want:
		return fmt.Errorf("%v of %v: %q, want %q", k, a, got, want)
	case want == "" && k == vm.Store:
		u.page(p, a, k)[a.Offset()] = value
	case want == "" && k == vm.Load && b != u.page(p, a, k)[a.Offset()]:
		return fmt.Errorf("%v has %#x, want %#x", a, b, u.page(p, a, k)[a.Offset()])
	}
	return nil
}

// copies lets the kernel copy to and from memory, with and without faults.
func (u *users) copies(p *user) error {
	a, buf := u.somewhere(), make([]byte, 1+u.IntN(3*vm.PageSize))
	same := true
	compare := func(i int, b *byte) { same = same && buf[i] == *b }
	switch u.IntN(4) {
	case 0:
		for i := range buf {
			buf[i] = byte(u.IntN(256))
		}
		n := p.CopyOut(a, buf)
		if want := u.reaches(p, a, len(buf), vm.Store, func(i int, b *byte) { *b = buf[i] }); n != want {
			return fmt.Errorf("%d of %d bytes were copied out to %v, want %d", n, len(buf), a, want)
		}
	case 1:
		n := p.CopyIn(a, buf)
		if want := u.reaches(p, a, len(buf), vm.Load, compare); n != want || !same {
			return fmt.Errorf("%d of %d bytes were copied in from %v, want %d; equal: %v", n, len(buf), a, want, same)
		}
	case 2:
		faults := p.Minor + p.Major
		n := p.CopyInNoFault(a, buf)
		if most := u.reaches(p, a, n, vm.Load, compare); n > most || !same || faults != p.Minor+p.Major {
			return fmt.Errorf("%d bytes were copied in from %v, at most %d are right; equal: %v", n, a, most, same)
		}
	case 3:
		n := len(buf) - p.FaultIn(a, len(buf))
		if want := u.reaches(p, a, len(buf), vm.Load, func(int, *byte) {}); n != want {
			return fmt.Errorf("%d of %d bytes at %v were faulted in, want %d", n, len(buf), a, want)
		}
	}
	return nil
}
