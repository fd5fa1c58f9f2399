package vm

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A device's frames are shown at once. They are not counted, and the area is not locked whatever it asks for.
func TestADeviceShowsItsFramesWithoutAFault(t *testing.T) {
	p := newPictured(t, "")
	frames := p.Memory.Reserve(&cached{}, 3)
	for _, c := range []struct {
		flags Flags
		index PageIndex // of the area afterwards
	}{
		{Read | Write | Shared | MayShare | MayWrite | Locked, 7},
		{Read | Write | MayWrite, PageIndex(frames[0].PFN())},
	} {
		a, err := p.Map(Region{Start: pageAt(0), End: pageAt(3), Flags: c.flags, Index: 7,
			Backing: &opened{name: "/dev/fb0"}})
		require.NoError(t, err)
		p.Remap(a, frames[0].PFN())
		require.Equal(t, c.index, a.Index)
		for i, f := range frames {
			e := p.Entry(pageAt(i))
			require.Equal(t, f.PFN(), e.PFN())
			require.Equal(t, c.flags.Has(Shared), e.Writable(), "only the store to a private page is seen")
			require.Nil(t, p.NormalFrame(e))
			require.Zero(t, f.Maps())
		}
		require.Zero(t, p.Stats.Locked)
		require.Zero(t, p.Stats.Resident())
		require.True(t, a.Flags.Has(IO|PFNMap|DontExpand|DontDump) && !a.Flags.Has(Locked))
		require.NoError(t, p.Check())
		child := p.fork()
		require.Equal(t, p.Entry(pageAt(2)).PFN(), child.Entry(pageAt(2)).PFN(), "fork copies what no fault would find")
		require.NoError(t, p.Unmap(pageAt(0), 3*PageSize))
	}
}
