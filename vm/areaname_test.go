package vm

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The heap and the stack have their names by where they lie, and these come before the one that a program gives.
func TestNamesOfAreasComeFromWhatTheyAre(t *testing.T) {
	file, odd, shared := &opened{name: "/f"}, &opened{name: "/a\nb"}, &opened{name: "/dev/zero (deleted)"}
	for _, c := range []struct {
		name    string
		at      int
		backing Backing
		label   string
		want    string
	}{
		{"memory", 2, nil, "", ""},
		{"memory that the program has named", 2, nil, "x", "[anon:x]"},
		{"shared memory that it has named", 2, shared, "x", "[anon_shmem:x]"},
		{"a file", 2, file, "", "/f"},
		{"a file with a line break in its name", 2, odd, "", `/a\012b`},
		{"a file where the heap is", 11, file, "", "/f"},
		{"what lies in the heap", 11, nil, "", "[heap]"},
		{"the heap, named", 11, nil, "x", "[heap]"},
		{"what holds the top of the stack", 20, nil, "x", "[stack]"},
		{"what lies below it", 19, nil, "", ""},
	} {
		p := newPictured(t, "")
		p.Layout.StartBrk, p.Layout.Brk, p.Layout.StackTop = pageAt(10), pageAt(13), pageAt(20)+0x800
		a, err := p.Map(Region{Start: pageAt(c.at), End: pageAt(c.at + 1), Flags: Read | MayRead,
			Index: PageIndex(pageAt(c.at).Page()), Backing: c.backing})
		require.NoError(t, err)
		a.setLabel(c.label)
		require.Equal(t, c.want, p.NameOf(a), c.name)
	}
}

// Until 6.7 what touches the heap's ends is shown as heap, too.
func TestNeighboursOfTheHeapAreHeapOnOldKernels(t *testing.T) {
	for _, c := range []struct {
		release string
		at      int
		want    string
	}{
		{"6.7", 9, ""}, {"6.7", 12, "[heap]"}, {"6.7", 13, ""},
		{"6.1", 9, "[heap]"}, {"6.1", 13, "[heap]"}, {"6.1", 14, ""},
	} {
		p := newPictured(t, "")
		p.Profile = release(t, c.release)
		p.Layout.StartBrk, p.Layout.Brk = pageAt(10), pageAt(13)
		p.mapPages('A', c.at, 1)
		require.Equal(t, c.want, p.NameOf(p.First()), "%+v", c)
	}
}
