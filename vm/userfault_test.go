package vm

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"vmsim/vm/profile"
)

// registered is a picture whose pages in [first, end) are registered with a handler that has the features.
func registered(t *testing.T, picture string, first, end int, modes Flags, fs UserfaultFeatures) (*pictured, *Area) {
	t.Helper()
	p := newPictured(t, picture)
	u := &Userfaults{Space: p.Space, Features: fs, Ready: true}
	a, err := p.Register(p.Find(pageAt(first)), pageAt(first), pageAt(end), u, modes)
	require.NoError(t, err)
	require.Equal(t, u, a.Handler)
	require.Equal(t, modes, a.Flags&Registered)
	require.NoError(t, p.Check())
	return p, a
}

func TestRegisteredPartIsAnAreaOfItsOwn(t *testing.T) {
	p, a := registered(t, "AaaA", 1, 3, UserMissing|UserWrite, 0)
	p.expect("A|aa|A")
	a, err := p.Unregister(a, a.Start, a.End)
	require.NoError(t, err)
	require.Nil(t, a.Handler)
	p.expect("AaaA")
	require.NoError(t, p.Check())
}

func TestPartOfARegisteredAreaJoinsTheNextOneSinceLinux64(t *testing.T) {
	for _, merges := range []bool{false, true} {
		p, a := registered(t, "AAAA", 0, 2, UserMissing, 0)
		p.Profile = p.Profile.With(profile.MergesRegistered, merges)
		p.expect("AA|AA")
		_, err := p.Unregister(a, pageAt(1), pageAt(2))
		require.NoError(t, err)
		p.expect(map[bool]string{false: "A|A|AA", true: "A|AAA"}[merges])
		require.NoError(t, p.Check())
	}
}

func TestProtectionEndsWithTheRegistrationWhereTheReleaseSaysSo(t *testing.T) {
	unregister := func(p *pictured, a *Area) (*Area, error) { return p.Unregister(a, a.Start, a.End) }
	release := func(p *pictured, a *Area) (*Area, error) { return p.Release(a) }
	for _, c := range []struct {
		rule profile.Rule
		end  func(*pictured, *Area) (*Area, error)
	}{{profile.UnregisterAllows, unregister}, {profile.CloseAllows, release}} {
		for _, follows := range []bool{false, true} {
			p, a := registered(t, "aa", 0, 2, UserWrite, 0)
			p.Profile = p.Profile.With(c.rule, follows)
			p.ForbidWrites(a, a.Start, a.End)
			a, err := c.end(p, a)
			require.NoError(t, err)
			require.Nil(t, a.Handler)
			require.Equal(t, !follows, p.Entry(a.Start).Protected(), "%v", c.rule)
		}
	}
}

func TestAFaultThatIsHandedOverWaitsUnlessTheProgramWantsASignal(t *testing.T) {
	for _, c := range []struct {
		name  string
		u     *Userfaults
		fault Fault
		want  error
	}{
		{"a program that waits", &Userfaults{}, Fault{}, ErrUserfault},
		{"UFFD_FEATURE_SIGBUS", &Userfaults{Features: UserfaultSignal}, Fault{}, ErrNoPage},
		{"the kernel's access, for a program's alone", &Userfaults{UserOnly: true}, Fault{Kernel: true}, ErrNoPage},
		{"the kernel's access", &Userfaults{}, Fault{Kernel: true}, ErrUserfault},
		{"a caller that keeps its locks", &Userfaults{}, Fault{Locked: true}, ErrNoPage},
		{"no handler", nil, Fault{}, ErrNoPage},
	} {
		p := newPictured(t, "A")
		f := c.fault
		f.Space, f.Area, f.Addr = p.Space, p.Find(pageAt(0)), pageAt(0)
		f.Area.Handler = c.u
		require.Equal(t, c.want, f.HandOver(UserMissing), c.name)
	}
	require.ErrorContains(t, ErrUserfault, "waits")
}

func TestWriteProtectedPagesLoseAndRegainTheirPermission(t *testing.T) {
	p, a := registered(t, "aaA", 0, 3, UserWrite, 0)
	p.ForbidWrites(a, pageAt(0), pageAt(3))
	for i, present := range []bool{true, true, false} {
		e := p.Entry(pageAt(i))
		require.Equal(t, present, e.Present())
		require.Equal(t, present, a.Protects(e), "page %d: private memory has no markers", i)
		require.False(t, e.Writable())
	}
	require.NoError(t, p.Check())
	p.AllowWrites(a, pageAt(0), pageAt(1))
	require.True(t, p.Entry(pageAt(0)).Writable())
	require.False(t, a.Protects(p.Entry(pageAt(0))))
	require.True(t, a.Protects(p.Entry(pageAt(1))))
	require.False(t, p.KeepsProtected(a, a.Start, a.End))
	require.NoError(t, p.Check())
}

func TestMarkersProtectPagesThatAreNotThere(t *testing.T) {
	p, a := registered(t, "Aa", 0, 2, UserWrite, UserfaultUnpopulated)
	p.ForbidWrites(a, a.Start, a.End)
	require.Equal(t, ProtectedMarker, p.Entry(pageAt(0)))
	require.NoError(t, p.Check())
	a, err := p.Unregister(a, a.Start, a.End)
	require.NoError(t, err)
	require.True(t, p.Entry(pageAt(0)).None(), "the marker says nothing else")
	require.True(t, p.Entry(pageAt(1)).Writable())
	require.NoError(t, p.Check())

	q, b := registered(t, "FF", 0, 2, UserWrite, 0)
	q.ForbidWrites(b, pageAt(1), pageAt(2))
	require.True(t, q.KeepsProtected(b, b.Start, b.End), "those of a file outlive a zap")
	require.False(t, q.KeepsProtected(b, pageAt(0), pageAt(1)))
	require.NoError(t, q.Check())
	_ = a
}

func TestFilledPageIsDirtyAndWritableAsTheProgramAsks(t *testing.T) {
	for _, w := range []Writes{WritesAllowed, WritesProtected} {
		p, a := registered(t, "Aa", 0, 2, UserMissing|UserWrite, 0)
		f := p.Memory.Frame(p.Entry(pageAt(1)).PFN())
		f.Hold()
		p.SetEntry(pageAt(1), 0)
		p.PrepareEntry(pageAt(0))
		p.Fill(a, pageAt(0), f, w)
		e := p.Entry(pageAt(0))
		require.True(t, e.Dirty())
		require.Equal(t, w == WritesAllowed, e.Writable())
		require.Equal(t, w == WritesProtected, a.Protects(e))
	}
}

func TestFaultKeepsTheProtectionOfThePageThatItShows(t *testing.T) {
	p := newPictured(t, "a")
	e := p.Entry(pageAt(0))
	require.Equal(t, e, (&Fault{}).Keep(e))
	require.True(t, (&Fault{Protected: true}).Keep(e).Protected())
	require.Equal(t, e&^PteWrite, (&Fault{Protected: true}).Keep(e).Unprotect())
}

func TestMovedPageBelongsToItsNewArea(t *testing.T) {
	p := newPictured(t, "a A")
	from, to := p.Find(pageAt(0)), p.Find(pageAt(2))
	to.PrepareAnon()
	f := p.Memory.Frame(p.Entry(pageAt(0)).PFN())
	p.PrepareEntry(pageAt(2))
	p.MoveEntry(pageAt(0), to, pageAt(2), f)
	require.True(t, p.Entry(pageAt(0)).None())
	e := p.Entry(pageAt(2))
	require.Equal(t, f.PFN(), e.PFN())
	require.True(t, e.Writable() && e.Dirty())
	require.EqualValues(t, to.IndexOf(pageAt(2)), f.Index)
	require.NotEqual(t, from.Anon, f.Owner)

	p.SetEntry(pageAt(2), NewPTE(p.Memory.Zero().PFN(), to.Flags)|PteSpecial)
	p.MoveEntry(pageAt(2), from, pageAt(0), nil)
	require.True(t, p.Entry(pageAt(0))&PteSpecial != 0, "the page of zeros moves as one")
}

func TestSwapEntryHoldsAnAreaAndAPlace(t *testing.T) {
	e := NewSwapEntry(3, 1<<33+5)
	require.Equal(t, 3, e.Area())
	require.EqualValues(t, 1<<33+5, e.Place())
	require.False(t, swapPTE(e).Vacant())
	require.True(t, ProtectedMarker.Vacant() && GuardMarker.Vacant() && PTE(0).Vacant())
}

func TestMoveNeedsRoomForItsSplits(t *testing.T) {
	p := newPictured(t, "A B A")
	for _, c := range []struct {
		most int
		err  error
	}{{9, nil}, {8, syscall.ENOMEM}} {
		p.Limits.MaxMapCount = c.most
		require.Equal(t, c.err, p.RoomToMove(UnmapOld), "vm.max_map_count=%d", c.most)
	}
}

func TestAddressesAreRoundedUpUnlessThatWraps(t *testing.T) {
	up, ok := (pageAt(1) + 1).Ceil()
	require.Equal(t, pageAt(2), up)
	require.True(t, ok)
	_, ok = (^Addr(0)).Ceil()
	require.False(t, ok)
	require.EqualValues(t, 3*PageSize, PageIndex(3).FileOffset())
}
